extension FramingCase {
    /// Header lines whose name or value two parsers could take for different ones.
    static let headerLines: [FramingCase] = table(
        refusedFields(
            "obs-fold, RFC 9112 §5.2",
            [
                ("a value folded with a space", "X: a\r\n b"), ("a value folded with a tab", "X: a\r\n\tb"),
                ("a value folded to hide a field", "X: a\r\n Content-Length: §"),
                ("a value folded twice", "X: a\r\n b\r\n c"), ("an empty value, folded", "X:\r\n b"),
            ]),
        refusedFields(
            "space before colon, RFC 9112 §5.1",
            [
                ("a space before a colon", "X : y"), ("a tab before a colon", "X\t: y"),
                ("three spaces before a colon", "X   : y"), ("a no-break space before a colon", "X\u{A0}: y"),
            ]),
        refusedFields(
            "field name, RFC 9110 §5.1",
            [
                ("no name", ": y"), ("no colon", "X y"), ("an empty word for a field", "X"),
                ("a space in a name", "X Y: z"),
                ("a name with a slash", "X/Y: z"), ("a name with brackets", "X[]: y"),
                ("a name with parentheses", "X(): y"),
                ("a name with an at sign", "X@Y: z"), ("a name in quotes", "\"X\": y"),
                ("a name with a comma", "X,Y: z"),
                ("a name with a semicolon", "X;Y: z"), ("a name with an equals sign", "X=Y: z"),
                ("a name with a backslash", "X\\Y: z"), ("a name with a brace", "X{: y"),
                ("a name with a NUL", "X\u{0}Y: z"),
                ("a name with a DEL", "X\u{7F}: y"), ("a name with an escape", "X\u{1B}: y"),
                ("a name with an accent", "X\u{E9}: y"),
                ("a name with a bare CR", "X\rY: z"), ("a name with a bare LF", "X\nY: z"),
            ]),
        refusedFields(
            "field value, RFC 9110 §5.5",
            [
                ("a NUL in a value", "X: a\u{0}b"), ("a value that is a NUL", "X: \u{0}"),
                ("a bell in a value", "X: \u{7}"),
                ("a backspace in a value", "X: a\u{8}b"), ("a vertical tab in a value", "X: a\u{B}b"),
                ("a form feed in a value", "X: a\u{C}b"), ("an escape in a value", "X: \u{1B}[2J"),
                ("a DEL in a value", "X: a\u{7F}"), ("a bare CR in a value", "X: a\rb"),
                ("a bare CR at a value's end", "X: a\r"),
                ("a bare LF in a value", "X: a\nY: b"), ("LF, CR in a value", "X: a\n\rY: b"),
            ]),
        refusedFields(
            "expectation, RFC 9110 §10.1.1",
            [
                ("an unknown expectation", "Expect: 200-ok\r\nContent-Length: §"),
                ("two expectations", "Expect: 100-continue, x\r\nContent-Length: §"),
                ("no expectation", "Expect:\r\nContent-Length: §"),
                ("an expectation with a parameter", "Expect: 100-continue;x\r\nContent-Length: §"),
                (
                    "a good expectation and a bad one",
                    "Expect: 100-continue\r\nExpect: y\r\nContent-Length: §"
                ),
            ]),
        [
            raw("an octet above ASCII in a name", "X\u{E9}: y", 0xE9),
            raw("an octet above ASCII in a method", "", 0xE9),
            passing("a field without a value", "RFC 9110 §5.5", "X:\r\nY: \t ", ["X:", "Y: \t "]),
            passing("tabs inside a value", "RFC 9110 §5.5", "X: a\tb", ["X: a\tb"]),
            passing("obs-text in a value", "RFC 9110 §5.5", "X: \u{E9}", ["X: \u{C3}\u{A9}"]),
            passing(
                "a colon in a value", "RFC 9110 §5.5", "X: Transfer-Encoding: chunked",
                ["X: Transfer-Encoding: chunked"]),
            passing(
                "an encoded line break in a value", "header injection", "X: a%0d%0aY: b", ["X: a%0d%0aY: b"]),
            passing(
                "every character of a token in a name", "RFC 9110 §5.6.2", "!#$%&'*+-.^_`|~09azAZ: y",
                ["!#$%&'*+-.^_`|~09azAZ: y"]),
            passing(
                "a framing field's name with more behind it", "RFC 9110 §5.1",
                "Content-Length-X: 5\r\nX-Transfer-Encoding: chunked",
                ["Content-Length-X: 5", "X-Transfer-Encoding: chunked"]),
            passing("a repeated field", "RFC 9110 §5.3", "X: a\r\nX: b", ["X: a", "X: b"]),
            forwarded(
                "100 fields", "RFC 6585 §5",
                "GET /open/x HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 99))\r\n",
                ["GET /open/x HTTP/1.1", "Host: a"] + Array(repeating: "X: y", count: 99)),
        ])

    /// A row with an octet that no Swift string holds by itself.
    private static func raw(_ name: String, _ field: String, _ octet: UInt8) -> FramingCase {
        let line = field.isEmpty ? [] : [UInt8(ascii: "X"), octet] + Array(": y\r\n".utf8)
        let method = field.isEmpty ? [UInt8(ascii: "G"), octet, UInt8(ascii: "T")] : Array("GET".utf8)
        let bytes =
            method + Array(" /open/x HTTP/1.1\r\nHost: a\r\n".utf8) + line + Array("\r\n\(hidden)".utf8)
        return FramingCase(
            name: name, rule: "RFC 9110 §5.6.2", bytes: bytes, expectation: .refused(400, "malformed-request")
        )
    }
}
