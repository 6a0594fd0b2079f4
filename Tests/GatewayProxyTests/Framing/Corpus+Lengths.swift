extension FramingCase {
    /// `Content-Length`: written strangely, repeated, or saying where a body ends that looks like a request.
    static let lengths: [FramingCase] = table(
        refusedFields(
            "duplicate length, RFC 9112 §6.3",
            [
                ("two lengths, the first zero", "Content-Length: 0\r\nContent-Length: §"),
                ("two lengths, the second zero", "Content-Length: §\r\nContent-Length: 0"),
                ("the same length twice", "Content-Length: §\r\nContent-Length: §"),
                ("two lengths in two spellings", "Content-Length: §\r\ncontent-length: 0"),
                ("two lengths with a field between", "Content-Length: 0\r\nX: y\r\nContent-Length: §"),
                ("a list of equal lengths", "Content-Length: §, §"),
                ("a list of two lengths", "Content-Length: 0, §"),
                ("a list with an empty element behind", "Content-Length: §,"),
                ("a list with an empty element in front", "Content-Length: ,§"),
            ]),
        refusedFields(
            "length that is not 1*DIGIT, RFC 9110 §8.6",
            [
                ("a length with a plus sign", "Content-Length: +§"),
                ("a negative length", "Content-Length: -§"), ("a negative zero", "Content-Length: -0"),
                ("a hexadecimal length", "Content-Length: 0x5"), ("an octal length", "Content-Length: 0o5"),
                ("hexadecimal digits", "Content-Length: 2D"),
                ("a length with a fraction", "Content-Length: §.0"),
                ("a length with an exponent", "Content-Length: 0e1"),
                ("a grouped length", "Content-Length: 1_0"), ("two numbers", "Content-Length: 0 §"),
                ("two numbers and a tab", "Content-Length: 0\t§"),
                ("a tab in front of a length", "Content-Length:\t§"),
                ("a tab behind a length", "Content-Length: § \t "),
                ("a quoted length", "Content-Length: \"§\""),
                ("a length with a parameter", "Content-Length: §;x=y"), ("no length", "Content-Length:"),
                ("a blank length", "Content-Length:  \t "), ("Arabic digits", "Content-Length: \u{660}"),
                ("a full-width digit", "Content-Length: \u{FF10}"),
                ("a length with a no-break space", "Content-Length: §\u{A0}"),
                ("a length with a next-line character", "Content-Length: §\u{85}"),
                ("a length with a zero-width space", "Content-Length: \u{200B}§"),
                ("2^64 and a bit", "Content-Length: 18446744073709551621"),
                ("2^63", "Content-Length: 9223372036854775808"),
                ("nineteen digits, all but one zero", "Content-Length: 0000000000000000005"),
                ("a word", "Content-Length: all"),
            ]),
        refusedFields(
            "length hidden from one parser, RFC 9112 §5",
            [
                ("a space before a length's colon", "Content-Length : §"),
                ("a tab before a length's colon", "Content-Length\t: §"),
                ("a length after a space at the line's start", " Content-Length: §"),
                ("a length after a tab at the line's start", "X: y\r\n\tContent-Length: §"),
                ("a folded length", "Content-Length:\r\n §"),
                ("a length folded behind its digits", "Content-Length: 0\r\n 5"),
                ("a length with a vertical tab", "Content-Length: \u{B}§"),
                ("a length with a form feed behind", "Content-Length: §\u{C}"),
                ("a length with a NUL behind", "Content-Length: 0\u{0}"),
                ("a length that ends with LF", "Content-Length: §\nX: y"),
                ("a length behind a bare LF", "X: y\nContent-Length: §"),
                ("a length behind a bare CR", "X: y\rContent-Length: §"),
                ("a bare CR inside a length", "Content-Length: 0\r5"),
                ("two CRs behind a length", "Content-Length: §\r"),
                ("a length's name with a NUL", "Content\u{0}-Length: §"),
                ("a length's name with a vertical tab", "Content-Length\u{B}: §"),
                ("a length's name with a soft hyphen", "Content\u{AD}Length: §"),
                ("a length's name behind a byte-order mark", "\u{FEFF}Content-Length: §"),
                ("a length with an equals sign for a colon", "Content-Length=§"),
                ("a length with a space for a colon", "Content-Length §"),
            ]),
        refusedFields(
            "length beyond the limit", [("2^32 and a bit", "Content-Length: 4294967301")], status: 413,
            code: "body-too-large"),
        goodLengths)

    private static let goodLengths: [FramingCase] = [
        forwarded(
            "a plain length", "RFC 9112 §6.2",
            "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 5"], body: "hello"),
        forwarded(
            "a length without a space, in another case", "RFC 9110 §5.1",
            "POST /open/x HTTP/1.1\r\nHost: a\r\ncONTENT-lENGTH:5\r\n\r\nhello",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 5"], body: "hello"),
        forwarded(
            "a length between spaces", "RFC 9112 §5",
            "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length:  5  \r\n\r\nhello",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 5"], body: "hello"),
        forwarded(
            "a length with leading zeros is written without", "octal length",
            "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 011\r\n\r\nhello hello",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 11"], body: "hello hello"),
        forwarded(
            "eighteen digits, all but one zero", "RFC 9110 §8.6",
            "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 000000000000000005\r\n\r\nhello",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 5"], body: "hello"),
        forwarded(
            "a length of zero", "CL.0", "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 0"]),
        forwarded(
            "a POST without a body", "0.CL", "POST /open/x HTTP/1.1\r\nHost: a\r\n\r\n",
            ["POST /open/x HTTP/1.1", "Host: a"]),
        hiding("POST", "a request in the body of a POST", "CL.0"),
        hiding("GET", "a request in the body of a GET", "CL.0"),
        hiding("HEAD", "a request in the body of a HEAD", "CL.0"),
        hiding("DELETE", "a request in the body of a DELETE", "CL.0"),
        hiding("OPTIONS", "a request in the body of an OPTIONS", "CL.0"),
        hiding("get", "a request in the body of a method that nobody knows", "CL.0"),
        forwarded(
            "a body that looks like chunks and has a length", "TE.CL",
            "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 15"], body: "5\r\nhello\r\n0\r\n\r\n"),
        forwarded(
            "a body that was waited for", "0.CL with Expect, RFC 9110 §10.1.1",
            "POST /open/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
            ["POST /open/x HTTP/1.1", "Host: a", "Content-Length: 5"], body: "hello"),
        forwarded(
            "an expectation and no body", "0.CL with Expect",
            "GET /open/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            ["GET /open/x HTTP/1.1", "Host: a"]),
    ]

    private static func hiding(_ method: String, _ name: String, _ rule: String) -> FramingCase {
        forwarded(
            name, rule,
            "\(method) /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)",
            ["\(method) /open/x HTTP/1.1", "Host: a", "Content-Length: \(hidden.utf8.count)"], body: hidden)
    }
}
