/// One key of the configuration: its name, what it means, and how it becomes a part of `Root`.
///
/// The table of these (`ConfigTable`) is all there is: reading, the names of environment variables and the
/// printed default configuration follow from it.
struct ConfigKey<Root> {
    let name: String
    /// Sentences for `config print`.
    let comment: String
    let shape: ConfigShape
    /// Whether a mapping without it is a fault.
    var isRequired = false
    let read: (Written, ConfigPath, inout Root, inout ConfigReading) -> Void
    /// The lines that write the key with the value that `Root` has, with or without comments.
    let lines: (Root, _ commented: Bool) -> [String]
    /// The keys at or under this one that two configurations have different values for; nil where what is written
    /// tells.
    var differences: ((Root, Root, ConfigPath) -> [ConfigPath])?

    var outline: ConfigOutline { ConfigOutline(name: name, shape: shape) }
}

/// What may stand under a key, as far as finding it by name needs to know.
indirect enum ConfigShape: Sendable, Hashable {
    case scalar(isSecret: Bool)
    case scalars
    case section([ConfigOutline])
    /// A list of mappings.
    case items([ConfigOutline])
    /// A mapping from names that the operator chooses.
    case table([ConfigOutline])
    /// Named here so that it is refused with a better reason than being unknown.
    case unavailable
}

struct ConfigOutline: Sendable, Hashable {
    var name: String
    var shape: ConfigShape
}

/// The path of a key: `routes[2].upstream`.
struct ConfigPath: Sendable, Hashable {
    var text: String

    static let root = ConfigPath(text: "")

    func child(_ name: String) -> ConfigPath { ConfigPath(text: text.isEmpty ? name : "\(text).\(name)") }
    func item(_ index: Int) -> ConfigPath { ConfigPath(text: "\(text)[\(index)]") }
}

/// What reading has found so far: faults, and where each key was written.
struct ConfigReading {
    private(set) var faults: [ConfigFault] = []
    private var places: [String: ConfigPlace] = [:]

    mutating func fault(_ path: ConfigPath, at place: ConfigPlace? = nil, _ message: String) {
        faults.append(ConfigFault(place: place ?? self.place(of: path), key: path.text, message: message))
    }

    mutating func note(_ path: ConfigPath, at place: ConfigPlace) { places[path.text] = place }

    /// Where the key was written, or the nearest key around it that was.
    func place(of path: ConfigPath) -> ConfigPlace {
        var text = path.text[...]
        while true {
            if let place = places[String(text)] { return place }
            guard let cut = text.lastIndex(where: { $0 == "." || $0 == "[" }) else { return .nowhere }
            text = text[..<cut]
        }
    }

    func wasWritten(_ path: ConfigPath) -> Bool { places[path.text] != nil }

    /// Whether something at or under `path` is wrong already, so that what follows from it is not worth
    /// telling.
    func hasFault(under path: ConfigPath) -> Bool {
        faults.contains {
            $0.key == path.text || $0.key.hasPrefix(path.text + ".") || $0.key.hasPrefix(path.text + "[")
        }
    }
}

extension ConfigKey {
    /// Reads a mapping of `keys` into `root`; what is not written stays as it was.
    static func read(
        _ keys: [ConfigKey], from written: Written, at path: ConfigPath, into root: inout Root,
        _ reading: inout ConfigReading
    ) {
        let entries: [Written.Entry]
        switch written.content {
        case .nothing: entries = []
        case .mapping(let found): entries = found
        default:
            reading.fault(path, at: written.place, "must be a mapping of keys to values, not \(written.kind)")
            return
        }
        for entry in entries {
            let child = path.child(entry.key)
            guard let key = keys.first(where: { $0.name == entry.key }) else {
                let hint = NearestName.hint(for: entry.key, among: keys.map(\.name))
                reading.fault(child, at: entry.keyPlace, "is not a known key\(hint)")
                continue
            }
            reading.note(child, at: entry.value.place)
            key.read(entry.value, child, &root, &reading)
        }
        for key in keys where key.isRequired && !entries.contains(where: { $0.key == key.name }) {
            reading.fault(path.child(key.name), at: written.place, "is missing")
        }
    }

    /// The keys at or under `path` that have different values in `old` and `new`, in the order of `keys`. Names
    /// only: what they are set to may be secret.
    static func changes(
        _ keys: [ConfigKey], from old: Root, to new: Root, at path: ConfigPath = .root
    ) -> [ConfigPath] {
        keys.flatMap { key -> [ConfigPath] in
            let child = path.child(key.name)
            if let differences = key.differences { return differences(old, new, child) }
            return key.lines(old, false) == key.lines(new, false) ? [] : [child]
        }
    }

    /// The lines of a block mapping of `keys`.
    static func lines(_ keys: [ConfigKey], of root: Root, commented: Bool) -> [String] {
        keys.flatMap { key in
            let lines = key.lines(root, commented)
            return commented ? YAMLWriting.comment(key.comment) + lines : lines
        }
    }
}
