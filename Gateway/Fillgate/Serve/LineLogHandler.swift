import GatewayCore
import GatewayProxy
import Logging
import ServiceCore

/// Writes each log record as one line, JSON (RFC 8259) or text, through the sink that the access log uses
/// too, so that no event loop ever waits for whoever reads the log, and no two lines mix.
struct LineLogHandler: LogHandler {
    /// What this logger was set to, if anybody did.
    private var ownLevel: Logger.Level?
    var logLevel: Logger.Level {
        get { ownLevel ?? control.level }
        set { ownLevel = newValue }
    }
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let control: LogControl
    private let write: @Sendable ([UInt8]) -> Void

    /// `write` takes whole lines and never blocks.
    init(_ control: LogControl, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.control = control
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        let pairs = fields.map { (key: $0.key, value: Self.text($0.value)) }.sorted { $0.key < $1.key }
        let line =
            switch control.format {
            case .json: Self.json(event, pairs, at: Clock.now)
            case .text: Self.text(event, pairs, at: Clock.now)
            }
        write(Array(line.utf8))
    }

    /// The names of the fields that every record has; metadata does not take their place.
    private static let own: Set<String> = ["time", "level", "message"]

    private static func json(
        _ event: LogEvent, _ pairs: [(key: String, value: String)], at now: Timestamp
    ) -> String {
        let fixed = [
            ("time", stamp(now)), ("level", event.level.rawValue), ("message", event.message.description),
        ]
        let fields = fixed + pairs.map { (own.contains($0.key) ? "\($0.key)_" : $0.key, $0.value) }
        return "{" + fields.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }.joined(separator: ",")
            + "}\n"
    }

    private static func text(
        _ event: LogEvent, _ pairs: [(key: String, value: String)], at now: Timestamp
    ) -> String {
        let fields = pairs.map {
            " \($0.key)=\($0.value.contains(where: \.isWhitespace) ? JSONText.quoted($0.value) : $0.value)"
        }
        let words = "\(stamp(now)) \(event.level.rawValue.uppercased()) \(event.message)\(fields.joined())"
        return String(
            String.UnicodeScalarView(words.unicodeScalars.map { JSONText.isControl($0) ? "?" : $0 })) + "\n"
    }

    /// To the millisecond, as the access log has it.
    private static func stamp(_ now: Timestamp) -> String {
        let millis = String(now.milliseconds % 1_000)
        let padding = String(repeating: "0", count: 3 - millis.count)
        return "\(CalendarText.dateAndTime(now.seconds)).\(padding)\(millis)Z"
    }

    private static func text(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): text
        case .stringConvertible(let object): object.description
        case .array(let values): "[\(values.map(text).joined(separator: ", "))]"
        case .dictionary(let values):
            "{\(values.sorted { $0.key < $1.key }.map { "\($0.key): \(text($0.value))" }.joined(separator: ", "))}"
        }
    }
}

extension LogSettings {
    var loggerLevel: Logger.Level { Logger.Level(rawValue: level.rawValue) ?? .info }
}
