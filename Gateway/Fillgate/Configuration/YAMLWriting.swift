/// Writes the little YAML that the printed configuration needs.
enum YAMLWriting {
    private static let width = 100

    /// `text` as a plain scalar where every YAML reader takes it for this text, in flow context too; otherwise in
    /// double quotes.
    static func scalar(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || "./_-:*+@".utf8.contains($0)
            }
            && text.first.map { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "." } == true
            && text.last != ":"
        guard !isPlain else { return text }
        let escaped = text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"\(escaped)\""
    }

    static func list(_ texts: [String]) -> String { "[\(texts.map(scalar).joined(separator: ", "))]" }

    static func indented(_ lines: [String]) -> [String] { lines.map { $0.isEmpty ? "" : "  \($0)" } }

    /// A mapping as an item of a list.
    static func item(_ lines: [String]) -> [String] {
        lines.enumerated().map { index, line in index == 0 ? "- \(line)" : "  \(line)" }
    }

    /// Comment lines, broken between words.
    static func comment(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append("# \(word)")
            }
        }
        return lines
    }
}
