/// One row of the corpus of answers: what a hostile or broken upstream says, and the one thing that the
/// client may get of it.
struct AnswerCase: Sendable {
    enum Expectation: Sendable {
        /// 502 `upstream-invalid`, and the client's connection stays.
        case refused
        /// The same, or an answer that breaks off with the connection where its beginning was on its way.
        case broken
        /// An answer of this line, these fields besides the gateway's own, and this content.
        case relayed(String, [String], content: String)
    }

    var name: String
    /// The section of an RFC, or the name under which the attack is known.
    var rule: String
    var method = "GET"
    /// The answer as the upstream sends it, whole or in pieces.
    var bytes: [UInt8]
    /// What the upstream sends behind an answer that has no body, in one piece with its last byte.
    var behind = ""
    /// Whether the upstream ends the connection then.
    var ends = false
    var expectation: Expectation

    /// What the upstream sends behind every answer that is said to be whole: nobody may ever see it.
    static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Poison: 1\r\n\r\npoison"

    static let all: [AnswerCase] = Array([refusedAnswers, brokenAnswers, relayedAnswers].joined())

    private static func refused(_ rule: String, _ rows: [(name: String, answer: String)]) -> [AnswerCase] {
        rows.map {
            AnswerCase(name: $0.name, rule: rule, bytes: Array($0.answer.utf8), expectation: .refused)
        }
    }

    /// Rows of 200s whose header lines are refused.
    private static func refusedFields(_ rule: String, _ rows: [(name: String, fields: String)])
        -> [AnswerCase]
    {
        refused(rule, rows.map { ($0.name, "HTTP/1.1 200 OK\r\n\($0.fields)\r\n\r\nhello") })
    }

    private static let refusedAnswers: [AnswerCase] = Array(
        [
            refused(
                "status line, RFC 9112 §4",
                [
                    ("something else", "garbage\r\n\r\n"), ("mail", "220 mail.test ESMTP\r\n\r\n"),
                    ("no status", "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("a version of HTTP/2", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("a version of HTTP/0.9", "HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("a version that nobody knows", "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("an answer's version in lower case", "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("no space behind the version", "HTTP/1.1200 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("two spaces behind the version", "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("a tab behind the version", "HTTP/1.1\t200 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("a space in front of the version", " HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                    (
                        "an empty line in front of an answer",
                        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                    ),
                    ("a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("a status with a sign", "HTTP/1.1 +20 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("a status below 100", "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n"),
                    ("no space behind the status", "HTTP/1.1 200OK\r\nContent-Length: 0\r\n\r\n"),
                    ("a NUL in the reason", "HTTP/1.1 200 O\u{0}K\r\nContent-Length: 0\r\n\r\n"),
                    ("a bare CR in the reason", "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n"),
                    ("a status line that ends with LF", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"),
                    ("an answer of LFs", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
                    (
                        "an empty line of LF behind an answer's fields",
                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n"
                    ),
                    ("a request for an answer", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                    ("an answer without a line", "\r\n\r\n"),
                ]),
            refusedFields(
                "response splitting by framing, RFC 9112 §6.3",
                [
                    (
                        "an answer with a length and chunked",
                        "Content-Length: 5\r\nTransfer-Encoding: chunked"
                    ),
                    (
                        "an answer with chunked and a length",
                        "Transfer-Encoding: chunked\r\nContent-Length: 5"
                    ),
                    ("an answer with two lengths", "Content-Length: 5\r\nContent-Length: 0"),
                    ("an answer with the same length twice", "Content-Length: 5\r\nContent-Length: 5"),
                    ("an answer with a length and a tab", "Content-Length: 5\t"),
                    ("an answer with a coding and a tab", "Transfer-Encoding:\tchunked"),
                    ("an answer with a list of lengths", "Content-Length: 5, 5"),
                    ("an answer with a signed length", "Content-Length: +5"),
                    ("an answer with a negative length", "Content-Length: -1"),
                    ("an answer with a hexadecimal length", "Content-Length: 0x5"),
                    ("an answer with an empty length", "Content-Length:"),
                    ("an answer with a length of 2^64", "Content-Length: 18446744073709551616"),
                    ("an answer with a length and a space", "Content-Length : 5"),
                    ("an answer with a folded length", "Content-Length:\r\n 5"),
                    ("an answer in gzip", "Transfer-Encoding: gzip"),
                    ("an answer in gzip and chunked", "Transfer-Encoding: gzip, chunked"),
                    (
                        "an answer with a coding twice",
                        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"
                    ),
                    ("an answer chunked twice", "Transfer-Encoding: chunked, chunked"),
                    ("an answer with identity", "Transfer-Encoding: identity"),
                    ("an answer with an empty coding", "Transfer-Encoding:"),
                    ("an answer with a coding and a space", "Transfer-Encoding : chunked"),
                    ("an answer with a coding and a vertical tab", "Transfer-Encoding: \u{B}chunked"),
                ]),
            refused(
                "TE in HTTP/1.0, RFC 9112 §6.1",
                [
                    (
                        "a chunked answer of HTTP/1.0",
                        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    )
                ]),
            refusedFields(
                "header injection and obs-fold, RFC 9112 §5",
                [
                    ("a folded field", "Content-Length: 5\r\nX: a\r\n b"),
                    ("a field folded with a tab", "Content-Length: 5\r\nX: a\r\n\tb"),
                    ("a fold in the first line", " X: y\r\nContent-Length: 5"),
                    ("a space before a field's colon", "Content-Length: 5\r\nX : y"),
                    ("a NUL in a field", "Content-Length: 5\r\nX: a\u{0}b"),
                    ("an escape in a field", "Content-Length: 5\r\nX: \u{1B}[2J"),
                    ("a DEL in a field", "Content-Length: 5\r\nX: \u{7F}"),
                    ("a bare CR that would set a cookie", "Content-Length: 5\r\nX: a\rSet-Cookie: evil=1"),
                    ("a bare LF that would set a cookie", "Content-Length: 5\r\nX: a\nSet-Cookie: evil=1"),
                    ("a bare CR at a field's end", "Content-Length: 5\r\nX: a\r"),
                    ("a field without a colon", "Content-Length: 5\r\nX"),
                    ("a field without a name", "Content-Length: 5\r\n: y"),
                    ("a field's name with an accent", "Content-Length: 5\r\n\u{E9}: y"),
                    ("a field's name with a space", "Content-Length: 5\r\nX Y: z"),
                    ("a bare CR for an empty line", "Content-Length: 5\r\n\rX: y"),
                    ("64 KiB of fields and a byte", "X: \(String(repeating: "x", count: 65_532))"),
                    ("201 fields", "Content-Length: 5\(String(repeating: "\r\nX: y", count: 200))"),
                ]),
            refused(
                "interim answers, RFC 9110 §15.2",
                [
                    (
                        "a switch that nobody asked for",
                        "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                    ),
                    (
                        "a malformed interim answer",
                        "HTTP/1.1 100 Continue\r\nX : y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                    ),
                    (
                        "an interim answer with a length",
                        "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello"
                    ),
                    (
                        "an interim answer in chunks",
                        "HTTP/1.1 103 Hints\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    ),
                    (
                        "a flood of interim answers",
                        String(repeating: "HTTP/1.1 102 Wait\r\n\r\n", count: 65)
                            + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                    ),
                ]),
        ].joined())

    private static func broken(_ name: String, _ rule: String, _ answer: String, ends: Bool = false)
        -> AnswerCase
    {
        AnswerCase(name: name, rule: rule, bytes: Array(answer.utf8), ends: ends, expectation: .broken)
    }

    private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static let brokenAnswers: [AnswerCase] = [
        broken("a chunk without a size", "RFC 9112 §7.1", chunked + "\r\nhello\r\n0\r\n\r\n"),
        broken("a signed chunk", "RFC 9112 §7.1", chunked + "+5\r\nhello\r\n0\r\n\r\n"),
        broken("a chunk with a space", "RFC 9112 §7.1", chunked + "5 \r\nhello\r\n0\r\n\r\n"),
        broken("a chunk of 2^64", "chunk-size overflow", chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        broken("a chunk line of LF", "RFC 9112 §2.2", chunked + "5\nhello\r\n0\r\n\r\n"),
        broken("a chunk that ends otherwise", "RFC 9112 §7.1", chunked + "5\r\nhelloXX0\r\n\r\n"),
        broken("a chunk extension of LF", "TERM.EXT", chunked + "5;a\nhello\r\n0\r\n\r\n"),
        broken(
            "a chunk extension without end", "RFC 9112 §7.1.1",
            chunked + "5;" + String(repeating: "e", count: 4_097) + "\r\n"),
        broken(
            "a length in an answer's trailer", "RFC 9110 §6.5.1",
            chunked + "5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n"),
        broken(
            "a folded trailer of an answer", "RFC 9112 §5.2",
            chunked + "5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n"),
        broken("chunks that break off", "RFC 9112 §8", chunked + "5\r\nhello\r\n", ends: true),
        broken("a chunk that breaks off", "RFC 9112 §8", chunked + "5\r\nhel", ends: true),
        broken("a last chunk that breaks off", "RFC 9112 §8", chunked + "5\r\nhello\r\n0\r\n", ends: true),
        broken(
            "a length that breaks off", "RFC 9112 §8", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
            ends: true),
        broken(
            "a head that breaks off", "RFC 9112 §8", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", ends: true),
        broken("an interim answer and no other", "RFC 9110 §15.2", "HTTP/1.1 103 Hints\r\n\r\n", ends: true),
        broken("nothing at all", "RFC 9112 §8", "", ends: true),
    ]

    private static func relayed(
        _ name: String, _ rule: String, _ answer: String, _ lines: [String], _ content: String = "",
        method: String = "GET", behind: String = "", ends: Bool = false, status: String = "HTTP/1.1 200 OK"
    ) -> AnswerCase {
        AnswerCase(
            name: name, rule: rule, method: method, bytes: Array(answer.utf8), behind: behind, ends: ends,
            expectation: .relayed(status, lines, content: content))
    }

    /// A whole answer with these header lines; of those, `passing` reach the client.
    private static func fields(_ name: String, _ rule: String, _ fields: String, _ passing: [String] = [])
        -> AnswerCase
    {
        relayed(
            name, rule, "HTTP/1.1 200 OK\r\n\(fields)\r\nContent-Length: 5\r\n\r\nhello",
            passing + ["Content-Length: 5"], "hello")
    }

    private static let relayedAnswers: [AnswerCase] = [
        relayed(
            "a plain answer", "RFC 9112 §6", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            ["Content-Length: 5"], "hello"),
        relayed(
            "an answer without a body", "RFC 9112 §6", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            ["Content-Length: 0"]),
        relayed(
            "a length with zeros in front", "octal length",
            "HTTP/1.1 200 OK\r\nContent-Length: 0011\r\n\r\nhello hello", ["Content-Length: 11"],
            "hello hello"),
        relayed(
            "a length of zeros", "octal length", "HTTP/1.1 200 OK\r\nContent-Length: 000\r\n\r\n",
            ["Content-Length: 0"]),
        relayed(
            "a plain chunked answer", "RFC 9112 §7.1", chunked + "5\r\nhello\r\n0\r\n\r\n",
            ["Transfer-Encoding: chunked"], "hello"),
        relayed(
            "chunks with all that is allowed", "RFC 9112 §7.1",
            chunked + "003;a=\"b\"\r\nhel\r\n2\r\nlo\r\n00\r\nX: y\r\nSet-Cookie: evil=1\r\n\r\n",
            ["Transfer-Encoding: chunked"], "hello"),
        relayed(
            "an answer that ends with its connection", "RFC 9112 §6.3",
            "HTTP/1.1 200 OK\r\nX: y\r\n\r\nhello", ["X: y", "Transfer-Encoding: chunked"], "hello",
            ends: true),
        relayed(
            "an answer in an answer", "response splitting",
            "HTTP/1.1 200 OK\r\nContent-Length: \(poison.utf8.count)\r\n\r\n\(poison)",
            ["Content-Length: \(poison.utf8.count)"], poison),
        relayed(
            "204 with a body", "RFC 9110 §15.3.5",
            "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", [], status: "HTTP/1.1 204 No Content"
        ),
        relayed(
            "204 in chunks", "RFC 9110 §15.3.5",
            "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", [],
            status: "HTTP/1.1 204 No Content"),
        relayed(
            "304 with a length", "RFC 9110 §15.4.5", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
            ["Content-Length: 5"], status: "HTTP/1.1 304 Not Modified"),
        relayed(
            "an answer to HEAD with a length", "RFC 9110 §9.3.2",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ["Content-Length: 5"], method: "HEAD"),
        relayed(
            "an answer to HEAD with a body", "RFC 9110 §9.3.2",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ["Content-Length: 5"], method: "HEAD",
            behind: "hello"),
        relayed("an answer to HEAD in chunks", "RFC 9110 §9.3.2", chunked, [], method: "HEAD"),
        relayed(
            "an answer of HTTP/1.0", "RFC 9112 §9.3", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            ["Content-Length: 5"], "hello"),
        relayed(
            "an interim answer first", "RFC 9110 §15.2",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            ["Content-Length: 5"], "hello"),
        relayed(
            "64 interim answers first", "RFC 9110 §15.2",
            String(repeating: "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n", count: 64)
                + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            ["Content-Length: 5"], "hello"),
        relayed(
            "an empty reason", "RFC 9112 §4", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
            ["Content-Length: 0"], status: "HTTP/1.1 200 "),
        relayed(
            "no reason", "RFC 9112 §4", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ["Content-Length: 0"],
            status: "HTTP/1.1 200 "),
        relayed(
            "a status that nobody knows", "RFC 9110 §15", "HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n",
            ["Content-Length: 0"], status: "HTTP/1.1 299 Odd"),
        fields(
            "200 fields less the length", "limits", String(repeating: "X: y\r\n", count: 198) + "X: y",
            Array(repeating: "X: y", count: 199)),
        fields(
            "fields of that hop", "RFC 9110 §7.6.1",
            "Connection: X-Hop\r\nX-Hop: y\r\nKeep-Alive: timeout=5\r\nTrailer: X\r\n"
                + "Upgrade: h2c\r\nProxy-Authenticate: Basic\r\nX: y",
            ["X: y"]),
        fields(
            "a request ID of the upstream's", "request ID",
            "X-Request-ID: 12345678\r\ntraceparent: 00\r\nX_Request: y", ["X_Request: y"]),
        fields(
            "rate limits of the upstream's", "rate limits",
            "RateLimit: \"a\";r=9;t=9\r\nRateLimit-Policy: \"a\";q=9;w=9\r\nX: y", ["X: y"]),
        fields(
            "a cookie of the gateway's name", "session fixation",
            "Set-Cookie: fillgate=evil\r\nSet-Cookie: __Host-fillgate=evil; Path=/; Secure\r\n"
                + "Set-Cookie: a=b",
            ["Set-Cookie: a=b"]),
        fields(
            "a cookie that makes a device known", "device fixation",
            "Set-Cookie: fillgate-device=evil\r\nSet-Cookie: __Host-fillgate-device=evil; Path=/; Secure\r\n"
                + "Set-Cookie: a=b",
            ["Set-Cookie: a=b"]),
        fields(
            "a cookie of the gateway's name and a space", "session fixation, RFC 6265bis §5.6",
            "Set-Cookie: __Host-fillgate =evil; Path=/; Secure\r\nSet-Cookie: fillgate\t= evil\r\nX: y",
            ["X: y"]),
        fields(
            "a cookie without a name whose value is a cookie", "session fixation, RFC 6265bis §5.8.3",
            "Set-Cookie: =fillgate=evil\r\nSet-Cookie: = __Host-fillgate =evil\r\nX: y", ["X: y"]),
        fields(
            "cookies that are only alike", "RFC 6265 §4.1",
            "Set-Cookie: fillgate\r\nSet-Cookie: fillgate2=a\r\nSet-Cookie: a=fillgate=b\r\n"
                + "Set-Cookie: a; fillgate=b",
            [
                "Set-Cookie: fillgate", "Set-Cookie: fillgate2=a", "Set-Cookie: a=fillgate=b",
                "Set-Cookie: a; fillgate=b",
            ]),
        fields("a statement of who asks", "identity", "X-Fillgate-Assertion: evil\r\nX: y", ["X: y"]),
        fields(
            "encoded line breaks", "response splitting", "Location: /%0d%0aSet-Cookie:%20evil=1",
            ["Location: /%0d%0aSet-Cookie:%20evil=1"]),
    ]
}
