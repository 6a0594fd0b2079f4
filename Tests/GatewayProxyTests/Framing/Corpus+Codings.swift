extension FramingCase {
    /// `Transfer-Encoding`: beside a length, repeated, disguised, unknown, or where it has no place.
    static let codings: [FramingCase] = table(
        refusedFields(
            "CL.TE and TE.CL, RFC 9112 §6.1",
            [
                ("a length before chunked", "Content-Length: §\r\nTransfer-Encoding: chunked"),
                ("a length behind chunked", "Transfer-Encoding: chunked\r\nContent-Length: §"),
                ("a length of zero beside chunked", "Content-Length: 0\r\nTransfer-Encoding: chunked"),
                ("a short length beside chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
                (
                    "a length and chunked far apart",
                    "Content-Length: 5\r\nA: b\r\nC: d\r\nTransfer-Encoding: chunked"
                ),
                ("a length beside chunked in capitals", "CONTENT-LENGTH: 5\r\nTRANSFER-ENCODING: CHUNKED"),
            ]),
        refusedFields(
            "TE.TE, RFC 9112 §6.1",
            [
                ("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
                ("chunked, then another coding", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow"),
                (
                    "chunked, then identity in lower case",
                    "Transfer-Encoding: chunked\r\ntransfer-encoding: identity"
                ),
                ("chunked, then nothing", "Transfer-Encoding: chunked\r\nTransfer-Encoding:"),
                ("chunked twice in one line", "Transfer-Encoding: chunked, chunked"),
                ("chunked twice without a space", "Transfer-Encoding: chunked,chunked"),
                ("no coding", "Transfer-Encoding:"), ("a blank coding", "Transfer-Encoding:  \t"),
                ("an empty element in front", "Transfer-Encoding: ,chunked"),
                ("an empty element behind", "Transfer-Encoding: chunked,"),
                ("only a comma", "Transfer-Encoding: ,"),
                ("chunked with a parameter", "Transfer-Encoding: chunked;q=1"),
                ("chunked in double quotes", "Transfer-Encoding: \"chunked\""),
                ("two words", "Transfer-Encoding: chunked cow"),
                ("chunked broken by a space", "Transfer-Encoding: chun ked"),
                ("chunked with a no-break space", "Transfer-Encoding: chunked\u{A0}"),
                ("chunked with a zero-width space", "Transfer-Encoding: \u{200B}chunked"),
                ("chunked with a Kelvin sign", "Transfer-Encoding: chun\u{212A}ed"),
                ("chunked with a long s behind", "Transfer-Encoding: chunked\u{17F}"),
            ]),
        refusedFields(
            "TE hidden from one parser, RFC 9112 §5",
            [
                ("a space before a coding's colon", "Transfer-Encoding : chunked"),
                ("a tab in front of chunked", "Transfer-Encoding:\tchunked"),
                ("a tab behind chunked", "Transfer-Encoding: chunked\t"),
                ("a tab before a coding's colon", "Transfer-Encoding\t: chunked"),
                (
                    "a length in front of a coding with a space",
                    "Content-Length: 5\r\nTransfer-Encoding : chunked"
                ),
                ("a coding after a space at the line's start", " Transfer-Encoding: chunked"),
                ("a folded coding", "Transfer-Encoding:\r\n chunked"),
                ("a folded coding with a tab", "Transfer-Encoding:\r\n\tchunked"),
                ("a coding folded behind its name", "Transfer-Encoding\r\n : chunked"),
                ("a coding with a blank folded line", "Transfer-Encoding: chunked\r\n "),
                ("chunked with a vertical tab in front", "Transfer-Encoding: \u{B}chunked"),
                ("chunked with a form feed behind", "Transfer-Encoding: chunked\u{C}"),
                ("chunked with a NUL behind", "Transfer-Encoding: chunked\u{0}"),
                ("chunked with a control character inside", "Transfer-Encoding: c\u{1}hunked"),
                ("chunked with a DEL behind", "Transfer-Encoding: chunked\u{7F}"),
                ("a bare CR inside chunked", "Transfer-Encoding: chun\rked"),
                ("chunked with two CRs behind", "Transfer-Encoding: chunked\r"),
                ("a coding behind a bare LF", "X: y\nTransfer-Encoding: chunked"),
                ("a coding behind a bare CR", "X: y\rTransfer-Encoding: chunked"),
                ("a coding behind an empty line without LF", "X: y\r\n\rTransfer-Encoding: chunked"),
                ("a coding's name with a NUL", "Transfer-\u{0}Encoding: chunked"),
                ("a coding's name behind a NUL", "\u{0}Transfer-Encoding: chunked"),
                ("a coding's name with a space", "Transfer Encoding: chunked"),
                ("a coding's name with an en dash", "Transfer\u{2013}Encoding: chunked"),
                ("a coding's name with an accent", "Transf\u{E9}r-Encoding: chunked"),
                ("a coding without a colon", "Transfer-Encoding chunked"),
                ("a coding with two names", "X: y, Transfer-Encoding: chunked\r\n: chunked"),
            ]),
        refusedFields(
            "transfer coding that is not ours, RFC 9112 §6.1",
            [
                ("gzip", "Transfer-Encoding: gzip"), ("identity", "Transfer-Encoding: identity"),
                ("gzip under chunked", "Transfer-Encoding: gzip, chunked"),
                ("gzip over chunked", "Transfer-Encoding: chunked, gzip"),
                ("identity under chunked", "Transfer-Encoding: identity, chunked"),
                ("identity over chunked", "Transfer-Encoding: chunked, identity"),
                ("a word that ends like chunked", "Transfer-Encoding: xchunked"),
                ("a word that begins like chunked", "Transfer-Encoding: chunkedx"),
                ("chunked in single quotes", "Transfer-Encoding: 'chunked'"),
                ("identity, then chunked", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
                ("identity beside a length", "Content-Length: 5\r\nTransfer-Encoding: identity"),
                ("chunk", "Transfer-Encoding: chunk"),
            ], status: 501, code: "unsupported-transfer-coding"),
        refusedFields(
            "TE in HTTP/1.0, RFC 9112 §6.1",
            [
                ("chunked in HTTP/1.0", "Transfer-Encoding: chunked"),
                ("chunked in HTTP/1.0 with a length", "Content-Length: §\r\nTransfer-Encoding: chunked"),
                ("chunked in HTTP/1.0 that stays", "Connection: keep-alive\r\nTransfer-Encoding: chunked"),
            ], version: "1.0"),
        goodCodings)

    private static let goodCodings: [FramingCase] = [
        coded("chunked in capitals and without a space", "tRANSFER-eNCODING:CHUNKED"),
        coded("chunked between spaces", "Transfer-Encoding:   chunked  "),
        coded("a TE field says nothing about the body", "TE: gzip\r\nTransfer-Encoding: chunked"),
        coded(
            "a trailer field in the head is not a trailer",
            "Trailer: Content-Length\r\nTransfer-Encoding: chunked"),
        coded(
            "a content coding is not a transfer coding",
            "Content-Encoding: chunked\r\nTransfer-Encoding: chunked",
            passing: ["Content-Encoding: chunked"]),
        coded(
            "chunked that Connection calls its own",
            "Connection: transfer-encoding\r\nTransfer-Encoding: chunked"),
        coded("a chunked GET", "Transfer-Encoding: chunked", method: "GET"),
        coded("a chunked HEAD", "Transfer-Encoding: chunked", method: "HEAD"),
        coded("a chunked body that was waited for", "Expect: 100-Continue\r\nTransfer-Encoding: chunked"),
    ]

    private static func coded(
        _ name: String, _ fields: String, method: String = "POST", passing: [String] = []
    ) -> FramingCase {
        forwarded(
            name, "RFC 9112 §6.1",
            "\(method) /open/x HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            ["\(method) /open/x HTTP/1.1", "Host: a"] + passing + ["Transfer-Encoding: chunked"],
            body: "5\r\nhello\r\n0\r\n\r\n", content: "hello")
    }
}
