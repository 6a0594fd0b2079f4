/// A `Content-Type` (RFC 9110 §8.3.1): the type in lower case, and its parameters.
struct MediaType {
    var name: String
    /// By name in lower case. The first of a repeated one counts.
    var parameters: [String: String]

    /// nil for a text that is no media type.
    init?(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        func trimmed(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
            var scalars = scalars
            while scalars.first == " " || scalars.first == "\t" { scalars.removeFirst() }
            while scalars.last == " " || scalars.last == "\t" { scalars.removeLast() }
            return String(String.UnicodeScalarView(scalars))
        }
        let head = rest.prefix { $0 != ";" }
        rest = rest.dropFirst(head.count)
        name = trimmed(head).lowercased()
        parameters = [:]
        guard name.contains("/"), !name.contains(" ") else { return nil }
        while rest.popFirst() != nil {
            let key = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(key.count)
            guard rest.first == "=" else { continue }
            rest.removeFirst()
            while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
            let value: String
            if rest.first == "\"" {
                guard let quoted = Self.quoted(&rest) else { return nil }
                value = quoted
                rest = rest.drop { $0 != ";" }
            } else {
                let token = rest.prefix { $0 != ";" }
                rest = rest.dropFirst(token.count)
                value = trimmed(token)
            }
            let name = trimmed(key).lowercased()
            if parameters[name] == nil { parameters[name] = value }
        }
    }

    /// A quoted string (RFC 9110 §5.6.4), without its quotes; nil if it is not closed.
    private static func quoted(_ rest: inout ArraySlice<Unicode.Scalar>) -> String? {
        rest.removeFirst()
        var value = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(value)
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped)
            default: value.append(scalar)
            }
        }
        return nil
    }
}
