/// The validator of something that has a version, for `If-Match` (RFC 9110 §13.1.1).
struct VersionTag {
    /// With its quotes, as the header carries it.
    let value: String

    init(_ version: Int) { value = "\"v\(version)\"" }

    /// What an `If-Match` says that the sender saw.
    enum Condition: Equatable {
        /// Whatever there is.
        case any
        case version(Int)
        /// Nothing that ever was: tags that are weak, several, or not ours.
        case none
    }

    /// nil if there is no such header.
    static func condition(_ header: String?) -> Condition? {
        guard let text = header?.trimmingPrefix(while: { $0 == " " || $0 == "\t" }) else { return nil }
        if text == "*" { return .any }
        guard text.hasPrefix("\"v"), text.hasSuffix("\""), let version = Int(text.dropFirst(2).dropLast()),
            version >= 0
        else { return Condition.none }
        return .version(version)
    }
}
