extension FramingCase {
    /// The first line, what stands in front of it, and how a head ends.
    static let requestLines: [FramingCase] = table(
        refused(
            "request line, RFC 9112 §3",
            [
                ("two spaces behind the method", "GET  /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("two spaces behind the target", "GET /open/x  HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a tab behind the method", "GET\t/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a tab behind the target", "GET /open/x\tHTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a form feed behind the method", "GET\u{C}/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a space in front of the method", " GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a space behind the version", "GET /open/x HTTP/1.1 \r\nHost: a\r\n\r\n"),
                ("a word behind the version", "GET /open/x HTTP/1.1 x\r\nHost: a\r\n\r\n"),
                ("a space in the target", "GET /open/x y HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a version in the target", "GET /open/x HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("no method", "/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("no version", "GET /open/x\r\nHost: a\r\n\r\n"),
                ("a line of HTTP/0.9", "GET /open/x\r\n\r\n"),
                ("a method that is not a token", "G(T /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a method with a colon", "GET: /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a method with a NUL", "GE\u{0}T /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a method with an accent", "G\u{C9}T /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                (
                    "a method of 33 characters",
                    "\(String(repeating: "M", count: 33)) /open/x HTTP/1.1\r\nHost: a\r\n\r\n"
                ),
                ("a request line that ends with LF", "GET /open/x HTTP/1.1\nHost: a\r\n\r\n"),
                ("a request line that ends with CR", "GET /open/x HTTP/1.1\rHost: a\r\n\r\n"),
                ("a request line with two CRs", "GET /open/x HTTP/1.1\r\r\nHost: a\r\n\r\n"),
                ("a bare LF in the target", "GET /open/\nx HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a bare CR in the target", "GET /open/\rx HTTP/1.1\r\nHost: a\r\n\r\n"),
            ]),
        refused(
            "version, RFC 9112 §2.3",
            [
                ("a version in lower case", "GET /open/x http/1.1\r\nHost: a\r\n\r\n"),
                ("a version without a minor number", "GET /open/x HTTP/1\r\nHost: a\r\n\r\n"),
                ("a version with two minor digits", "GET /open/x HTTP/1.10\r\nHost: a\r\n\r\n"),
                ("a version with a leading zero", "GET /open/x HTTP/01.1\r\nHost: a\r\n\r\n"),
                ("a version with three numbers", "GET /open/x HTTP/1.1.1\r\nHost: a\r\n\r\n"),
                ("a version with a comma", "GET /open/x HTTP/1,1\r\nHost: a\r\n\r\n"),
                ("a version with a sign", "GET /open/x HTTP/+1.1\r\nHost: a\r\n\r\n"),
                ("a version with a space", "GET /open/x HTTP/ 1.1\r\nHost: a\r\n\r\n"),
                ("a version with a letter", "GET /open/x HTTP/1.x\r\nHost: a\r\n\r\n"),
                ("a version of another protocol", "GET /open/x ICAP/1.0\r\nHost: a\r\n\r\n"),
            ]),
        refused(
            "version that is not served, RFC 9110 §15.6.6",
            [
                ("HTTP/0.9 by name", "GET /open/x HTTP/0.9\r\nHost: a\r\n\r\n"),
                ("HTTP/1.2", "GET /open/x HTTP/1.2\r\nHost: a\r\n\r\n"),
                ("HTTP/2.0", "GET /open/x HTTP/2.0\r\nHost: a\r\n\r\n"),
                ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                ("HTTP/9.9", "GET /open/x HTTP/9.9\r\nHost: a\r\n\r\n"),
            ], status: 505, code: "unsupported-version"),
        refused(
            "what stands in front, RFC 9112 §2.2",
            [
                ("a bare LF in front", "\nGET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a bare CR in front", "\rGET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("CR, CR, LF in front", "\r\r\nGET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("three empty lines in front", "\r\n\r\n\r\nGET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a blank line in front", " \r\nGET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a NUL in front", "\u{0}GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a byte-order mark in front", "\u{FEFF}GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a header in front", "Host: a\r\nGET /open/x HTTP/1.1\r\n\r\n"),
                ("a response for a request", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                ("a TLS record", "\u{16}\u{3}\u{1}\u{0}\u{5}\r\n\r\n"),
                ("a chunk for a request", "5\r\nhello\r\n0\r\n\r\n"),
                (
                    "a PROXY line that nobody expects",
                    "PROXY TCP4 6.6.6.6 6.6.6.6 1 2\r\nGET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"
                ),
            ]),
        refused(
            "end of the head, RFC 9112 §2.2",
            [
                ("a request of LFs", "GET /open/x HTTP/1.1\nHost: a\n\n"),
                ("an empty line that is LF", "GET /open/x HTTP/1.1\r\nHost: a\r\n\n"),
                (
                    "a header line that ends with LF before an empty line",
                    "GET /open/x HTTP/1.1\r\nHost: a\n\r\n"
                ),
                ("an empty line that is CR", "GET /open/x HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n"),
                ("an empty line with two CRs", "GET /open/x HTTP/1.1\r\nHost: a\r\n\r\r\n\r\n"),
                ("an empty line with a space", "GET /open/x HTTP/1.1\r\nHost: a\r\n \r\n\r\n"),
            ]),
        refused(
            "limits, RFC 9110 §15.5.15",
            [
                (
                    "a request line of 8 KiB and a byte",
                    "GET /open/\(String(repeating: "x", count: 8_174)) HTTP/1.1\r\nHost: a\r\n\r\n"
                )
            ],
            status: 414, code: "request-line-too-long"),
        refused(
            "limits, RFC 6585 §5",
            [
                (
                    "101 fields",
                    "GET /open/x HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 100))\r\n"
                ),
                (
                    "a header section of 16 KiB and a byte",
                    "GET /open/x HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 16_371))\r\n\r\n"
                ),
            ], status: 431, code: "headers-too-large"),
        goodRequestLines)

    private static let goodRequestLines: [FramingCase] = [
        forwarded(
            "an empty line in front", "RFC 9112 §2.2", "\r\nGET /open/x HTTP/1.1\r\nHost: a\r\n\r\n",
            ["GET /open/x HTTP/1.1", "Host: a"]),
        forwarded(
            "two empty lines in front", "RFC 9112 §2.2", "\r\n\r\nGET /open/x HTTP/1.1\r\nHost: a\r\n\r\n",
            ["GET /open/x HTTP/1.1", "Host: a"]),
        forwarded(
            "HTTP/1.0 goes on as HTTP/1.1", "RFC 9110 §6.2", "GET /open/x HTTP/1.0\r\nHost: a\r\n\r\n",
            ["GET /open/x HTTP/1.1", "Host: a"], closes: true),
        forwarded(
            "HTTP/1.0 that stays", "RFC 9112 §9.3",
            "GET /open/x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
            ["GET /open/x HTTP/1.1", "Host: a"]),
        forwarded(
            "HTTP/1.0 with a length", "RFC 9112 §6.2",
            "POST /open/x HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 5"], body: "hello", closes: true),
        forwarded(
            "HTTP/1.0 that expects", "RFC 9110 §10.1.1",
            "POST /open/x HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 5"], body: "hello", closes: true),
        forwarded(
            "a client that says close", "RFC 9112 §9.6",
            "GET /open/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            ["GET /open/x HTTP/1.1", "Host: a"], closes: true),
        forwarded(
            "a method of 32 characters", "RFC 9110 §9.1",
            "\(String(repeating: "M", count: 32)) /open/x HTTP/1.1\r\nHost: a\r\n\r\n",
            ["\(String(repeating: "M", count: 32)) /open/x HTTP/1.1", "Host: a"]),
        forwarded(
            "a method in lower case is another method", "RFC 9110 §9.1",
            "post /open/x HTTP/1.1\r\nHost: a\r\n\r\n", ["post /open/x HTTP/1.1", "Host: a"]),
        forwarded(
            "a request line of 8 KiB", "RFC 9112 §3",
            "GET /open/\(String(repeating: "x", count: 8_173)) HTTP/1.1\r\nHost: a\r\n\r\n",
            ["GET /open/\(String(repeating: "x", count: 8_173)) HTTP/1.1", "Host: a"]),
        turnedDown(
            "TRACE", "RFC 9110 §9.3.8", "TRACE /open/x HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method-not-allowed"
        ),
        turnedDown(
            "CONNECT to a path", "RFC 9110 §9.3.6", "CONNECT /open/x HTTP/1.1\r\nHost: a\r\n\r\n", 405,
            "method-not-allowed"),
    ]
}
