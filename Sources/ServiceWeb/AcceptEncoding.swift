/// What a browser says about compression (RFC 9110 section 12.5.3).
package enum AcceptEncoding {
    /// Whether gzip is acceptable: named, or meant by `*`, with a weight that is not zero. Without the field it is not,
    /// although the RFC would allow it: whoever says nothing may be a tool that does not decompress.
    package static func takesGzip(_ field: String?) -> Bool {
        var byWildcard = false
        for element in (field ?? "").lowercased().split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.trimmingSpaces }
            let isRefused = parts.dropFirst().contains { parameter in
                parameter.hasPrefix("q=") && Double(parameter.dropFirst(2)) == 0
            }
            switch parts.first {
            case "gzip", "x-gzip": return !isRefused
            case "*": byWildcard = !isRefused
            default: break
            }
        }
        return byWildcard
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return drop(while: isSpace).trimmingSuffix(while: isSpace)
    }

    private func trimmingSuffix(while isSpace: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
