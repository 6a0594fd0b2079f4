extension FramingCase {
    /// Chunked bodies that end early to one parser and late to another.
    static let chunks: [FramingCase] = table(
        brokenChunks(
            "chunk size, RFC 9112 §7.1",
            [
                ("no size", "\r\n0\r\n\r\n"), ("a space before a size", " 5\r\nhello\r\n0\r\n\r\n"),
                ("a space behind a size", "5 \r\nhello\r\n0\r\n\r\n"),
                ("a tab behind a size", "5\t\r\nhello\r\n0\r\n\r\n"),
                ("a space behind the last size", "0 \r\n\r\n"),
                ("a size with a plus sign", "+5\r\nhello\r\n0\r\n\r\n"),
                ("a negative size", "-5\r\nhello\r\n0\r\n\r\n"), ("a size of minus zero", "-0\r\n\r\n"),
                ("a size with a base", "0x5\r\nhello\r\n0\r\n\r\n"),
                ("a last size with a base", "0x0\r\n\r\n"),
                ("a grouped size", "0_5\r\nhello\r\n0\r\n\r\n"),
                ("a size that is not hexadecimal", "g\r\nhello\r\n0\r\n\r\n"),
                ("a size with a fraction", "5.0\r\nhello\r\n0\r\n\r\n"),
                ("a size with a comma", "5,\r\nhello\r\n0\r\n\r\n"),
                ("a quoted size", "\"5\"\r\nhello\r\n0\r\n\r\n"),
                ("a size in Arabic digits", "\u{665}\r\nhello\r\n0\r\n\r\n"),
                ("a size with a NUL", "5\u{0}\r\nhello\r\n0\r\n\r\n"),
                ("a size with a vertical tab", "5\u{B}\r\nhello\r\n0\r\n\r\n"),
            ]),
        brokenChunks(
            "chunk-size overflow",
            [
                ("a chunk of 2^64", "10000000000000000\r\n\r\n"),
                ("2^64 and five", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
                ("2^64 - 1", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
                ("a chunk of 2^63", "8000000000000000\r\nhello\r\n0\r\n\r\n"),
                ("2^60", "1000000000000000\r\nhello\r\n0\r\n\r\n"),
                ("sixteen digits, all but one zero", "0000000000000005\r\nhello\r\n0\r\n\r\n"),
                ("sixteen zeros", "0000000000000000\r\n\r\n"),
            ]),
        brokenChunks(
            "chunk line ends, RFC 9112 §2.2 and §7.1",
            [
                ("a size line that ends with LF", "5\nhello\r\n0\r\n\r\n"),
                ("a last size that ends with LF", "0\n\r\n"),
                ("a body of LFs", "5\nhello\n0\n\n"),
                ("a size line that ends with CR", "5\rhello\r\n0\r\n\r\n"),
                ("a size line with two CRs", "0\r\r\n\r\n"),
                ("a chunk that ends with LF", "5\r\nhello\n0\r\n\r\n"),
                ("a chunk that ends with CR", "5\r\nhello\r0\r\n\r\n"),
                ("a chunk that does not end", "5\r\nhello0\r\n\r\n"),
                ("a chunk longer than its size", "5\r\nhello!\r\n0\r\n\r\n"),
                ("a chunk shorter than its size", "6\r\nhello\r\n0\r\n\r\n"),
                ("two bytes of anything behind a chunk", "5\r\nhelloXX0\r\n\r\n"),
                ("a last line that ends with LF", "0\r\n\n"),
                ("a last line that ends with CR", "0\r\n\rX"),
            ]),
        brokenChunks(
            "chunk extensions, RFC 9112 §7.1.1 (TERM.EXT, EXT.TERM)",
            [
                ("an empty extension", "5;\r\nhello\r\n0\r\n\r\n"),
                ("two semicolons", "5;;a\r\nhello\r\n0\r\n\r\n"),
                ("a space before an extension", "5 ;a\r\nhello\r\n0\r\n\r\n"),
                ("a space in front of its name", "5; a\r\nhello\r\n0\r\n\r\n"),
                ("spaces around its equals sign", "5;a = b\r\nhello\r\n0\r\n\r\n"),
                ("an extension without a name", "5;=b\r\nhello\r\n0\r\n\r\n"),
                ("an extension without its value", "5;a=\r\nhello\r\n0\r\n\r\n"),
                ("an open quote", "5;a=\"b\r\nhello\r\n0\r\n\r\n"),
                ("text behind a quote", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n"),
                ("a quoted line break", "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n"),
                ("a quoted LF", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"),
                ("an extension that ends with LF", "5;a\nhello\r\n0\r\n\r\n"),
                ("a request behind an extension's LF", "2;\nxx\r\n2d\r\n0\r\n\r\n"),
                ("an extension that ends with CR", "5;a\rhello\r\n0\r\n\r\n"),
                ("a bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
                ("a NUL in an extension", "5;a\u{0}\r\nhello\r\n0\r\n\r\n"),
                ("an accent in an extension", "5;\u{E9}\r\nhello\r\n0\r\n\r\n"),
                ("an extension of the last chunk with LF", "0;a\n\r\n"),
                (
                    "an extension beyond its bound",
                    "5;\(String(repeating: "e", count: 256))\r\nhello\r\n0\r\n\r\n"
                ),
            ]),
        brokenChunks(
            "trailers, RFC 9110 §6.5.1 and RFC 9112 §7.1.2",
            [
                ("a length in the trailer", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n"),
                ("a coding in the trailer", "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"),
                (
                    "a coding in the trailer, in capitals",
                    "5\r\nhello\r\n0\r\nX: y\r\nTRANSFER-ENCODING:\r\n\r\n"
                ),
                ("a space before a trailer's colon", "0\r\nX : y\r\n\r\n"),
                ("a folded trailer", "0\r\nX: y\r\n z\r\n\r\n"),
                ("a trailer that begins with a space", "0\r\n X: y\r\n\r\n"),
                ("a trailer that ends with LF", "0\r\nX: y\n\r\n"),
                ("a trailer that ends with CR", "0\r\nX: y\rZ: w\r\n\r\n"),
                ("a NUL in a trailer", "0\r\nX: \u{0}\r\n\r\n"),
                ("a trailer without a name", "0\r\n: y\r\n\r\n"),
                ("a trailer without a colon", "0\r\nX\r\n\r\n"),
                ("a request for a trailer", "0\r\nGET /open/hidden HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("trailers beyond their bound", "0\r\nX: \(String(repeating: "t", count: 4_096))\r\n\r\n"),
            ]),
        goodChunks(
            "RFC 9112 §7.1",
            [
                ("one chunk", "5\r\nhello\r\n0\r\n\r\n", nil),
                ("two chunks", "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
                ("sizes with leading zeros", "0005\r\nhello\r\n000\r\n\r\n", nil),
                ("fifteen digits", "000000000000005\r\nhello\r\n000000000000000\r\n\r\n", nil),
                ("an extension", "5;a\r\nhello\r\n0;b\r\n\r\n", nil),
                ("an extension with a value", "5;a=b;c=d\r\nhello\r\n0\r\n\r\n", nil),
                (
                    "an extension with a quoted value", "5;a=\"b;c\\\"\\\\ 0\"\r\nhello\r\n0;d=\"\"\r\n\r\n",
                    nil
                ),
                ("an extension that looks like a chunk", "5;0=0\r\nhello\r\n0\r\n\r\n", nil),
                (
                    "an extension at its bound",
                    "5;\(String(repeating: "e", count: 254))\r\nhello\r\n0\r\n\r\n", nil
                ),
                ("a trailer", "5\r\nhello\r\n0\r\nX: y\r\nZ:\r\n\r\n", nil),
                (
                    "a trailer that states an identity",
                    "5\r\nhello\r\n0\r\nX-Fillgate-Assertion: forged\r\nCookie: a=b\r\n\r\n", nil
                ),
                (
                    "a trailer that names a host",
                    "5\r\nhello\r\n0\r\nHost: evil\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n", nil
                ),
                (
                    "a trailer that an underscore makes a length",
                    "5\r\nhello\r\n0\r\nContent_Length: 9\r\n\r\n", nil
                ),
                ("a trailer with obs-text", "5\r\nhello\r\n0\r\nX: \u{E9}\r\n\r\n", nil),
            ]),
        [
            forwarded(
                "a chunk that holds chunks and a request", "TE.CL",
                "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "2D\r\n0\r\n\r\n\(hidden)\n\n\r\n0\r\n\r\n",
                ["POST /open/x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"],
                body: "2d\r\n0\r\n\r\n\(hidden)\n\n\r\n0\r\n\r\n", content: "0\r\n\r\n\(hidden)\n\n"),
            forwarded(
                "no chunk but the last", "RFC 9112 §7.1",
                "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                ["POST /open/x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"], body: "0\r\n\r\n",
                content: ""),
        ])
}
