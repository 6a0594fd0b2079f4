/// Where a value was written.
enum ConfigPlace: Sendable, Hashable {
    /// A line of the file, counted from 1.
    case line(Int)
    /// An environment variable.
    case variable(String)
    /// Nowhere: a default, or the file as a whole.
    case nowhere

    /// Lines in order, then variables.
    fileprivate var order: Int {
        switch self {
        case .nowhere: 0
        case .line(let line): line
        case .variable: .max
        }
    }
}

/// One thing that is wrong with a configuration. It never repeats the value of a secret.
struct ConfigFault: Sendable, Hashable {
    var place: ConfigPlace
    /// The key as a path, `routes[2].upstream`; empty for the file as a whole.
    var key: String
    /// A sentence without a full stop that follows the key.
    var message: String

    /// `FILE:LINE: key: message`, or `VARIABLE: key: message` for what came from the environment.
    func text(file: String) -> String {
        let origin =
            switch place {
            case .line(let line): "\(file):\(line)"
            case .variable(let name): name
            case .nowhere: file
            }
        return [origin, key, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// Every fault of one configuration, in the order of the file.
struct ConfigFaults: Error, Sendable, CustomStringConvertible {
    /// The file's path as the operator named it.
    var file: String
    var faults: [ConfigFault]

    init(file: String, faults: [ConfigFault]) {
        self.file = file
        self.faults = faults.enumerated()
            .sorted { ($0.element.place.order, $0.offset) < ($1.element.place.order, $1.offset) }
            .map(\.element)
    }

    /// One line a fault.
    var description: String { faults.map { $0.text(file: file) }.joined(separator: "\n") }
}

/// Why a text is not a value of its kind: a sentence that follows the key's name.
struct Complaint: Error, Sendable, Hashable {
    var message: String

    init(_ message: String) { self.message = message }
}
