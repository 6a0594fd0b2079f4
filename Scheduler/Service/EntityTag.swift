/// The strong validator of a representation that never changes again (RFC 9110 §8.8.3).
struct EntityTag {
    /// Which representation of a result it is of.
    enum Representation: String {
        case schedule = "s"
        case json = "j"
        case csv = "c"
        case xlsx = "x"
        case pdf = "p"
        case html = "h"
        case structured = "st"
        case comparison = "m"
        case comparisonWithActivities = "ma"
    }

    /// Changes when a version of the program writes representations differently.
    private static let format = "1"

    /// With its quotes, as the header carries it.
    let value: String

    init(_ representation: Representation, digest: String) {
        value = "\"\(Self.format)\(representation.rawValue)-\(digest)\""
    }

    /// Whether an `If-None-Match` names it, so that 304 is the answer (RFC 9110 §13.1.2, weak comparison).
    func isMatched(by header: String?) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { item in
            let item = item.drop { $0 == " " || $0 == "\t" }
            let tag = item.hasPrefix("W/") ? item.dropFirst(2) : item
            let end = tag.lastIndex { $0 != " " && $0 != "\t" }.map(tag.index(after:)) ?? tag.endIndex
            return tag[..<end] == "*" || tag[..<end] == value
        }
    }
}
