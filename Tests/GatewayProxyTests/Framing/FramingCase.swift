/// One row of the framing corpus: a request, the rule or the class of attack that it comes from, and the one
/// thing that may become of it.
struct FramingCase: Sendable {
    enum Expectation: Sendable {
        /// Refused by its head: one answer, the connection ends, the upstream never hears of it.
        case refused(Int, String)
        /// Refused by its body: the same, but the upstream may have got a beginning that never becomes a
        /// whole request.
        case broken(Int, String)
        /// Answered by the gateway itself, with what follows still readable: the connection stays.
        case turnedDown(Int, String)
        /// Forwarded: these lines, in this order, and these bytes of body, as they stand on the wire.
        /// Fields that the gateway states itself are not listed. `content` is what the body says.
        case forwarded([String], body: String, content: String, closes: Bool)
    }

    var name: String
    /// The section of an RFC, or the name under which the attack is known.
    var rule: String
    var bytes: [UInt8]
    var expectation: Expectation

    /// What must never be seen as a request: it hides in bodies and behind broken heads.
    static let hidden = "GET /open/hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    /// What follows a request that was accepted, and must be served then.
    static let second = "GET /open/second HTTP/1.1\r\nHost: a\r\n\r\n"

    static let groups: [(name: String, cases: [FramingCase])] = [
        ("lengths", lengths), ("transfer codings", codings), ("chunks", chunks),
        ("request lines", requestLines), ("header lines", headerLines), ("targets and hosts", targets),
        ("upgrades", upgrades),
        ("fields that do not pass", droppedFields),
    ]

    static let all = groups.flatMap(\.cases)
}

// How rows are written.
extension FramingCase {
    static func table(_ parts: [FramingCase]...) -> [FramingCase] { Array(parts.joined()) }

    /// `POST /open/x` with these header lines in front of a body that hides a request. `§` in the lines
    /// stands for the body's length.
    static func posted(_ fields: String, version: String = "1.1", host: String = "Host: a\r\n") -> [UInt8] {
        let body = "0\r\n\r\n" + hidden
        let lines = fields.replacing("§", with: String(body.utf8.count))
        return Array("POST /open/x HTTP/\(version)\r\n\(host)\(lines)\r\n\r\n\(body)".utf8)
    }

    /// Rows whose header lines are refused.
    static func refusedFields(
        _ rule: String, _ rows: [(name: String, fields: String)], status: Int = 400,
        code: String = "malformed-request", version: String = "1.1"
    ) -> [FramingCase] {
        rows.map { row in
            FramingCase(
                name: row.name, rule: rule, bytes: posted(row.fields, version: version),
                expectation: .refused(status, code))
        }
    }

    /// Rows of whole requests that are refused. A request of which nothing but the head counts gets a hidden
    /// one behind it.
    static func refused(
        _ rule: String, _ rows: [(name: String, request: String)], status: Int = 400,
        code: String = "malformed-request"
    ) -> [FramingCase] {
        rows.map { row in
            FramingCase(
                name: row.name, rule: rule, bytes: Array((row.request + hidden).utf8),
                expectation: .refused(status, code))
        }
    }

    /// Rows of chunked bodies that are refused, with a hidden request behind them.
    static func brokenChunks(
        _ rule: String, _ rows: [(name: String, body: String)], status: Int = 400,
        code: String = "malformed-request"
    ) -> [FramingCase] {
        rows.map { row in
            let head = "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            return FramingCase(
                name: row.name, rule: rule, bytes: Array((head + row.body + hidden).utf8),
                expectation: .broken(status, code))
        }
    }

    /// Rows of chunked bodies that mean `hello`, and go on as one chunk unless the row says otherwise.
    static func goodChunks(_ rule: String, _ rows: [(name: String, body: String, onward: String?)])
        -> [FramingCase]
    {
        rows.map { row in
            forwarded(
                row.name, rule,
                "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(row.body)",
                ["POST /open/x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"],
                body: row.onward ?? "5\r\nhello\r\n0\r\n\r\n", content: "hello")
        }
    }

    static func forwarded(
        _ name: String, _ rule: String, _ request: String, _ lines: [String], body: String = "",
        content: String? = nil, closes: Bool = false
    ) -> FramingCase {
        FramingCase(
            name: name, rule: rule, bytes: Array(request.utf8),
            expectation: .forwarded(lines, body: body, content: content ?? body, closes: closes))
    }

    /// A plain GET with these header lines; of those, `passing` go on.
    static func passing(_ name: String, _ rule: String, _ fields: String, _ passing: [String] = [])
        -> FramingCase
    {
        forwarded(
            name, rule, "GET /open/x HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n",
            ["GET /open/x HTTP/1.1", "Host: a"] + passing)
    }

    static func turnedDown(
        _ name: String, _ rule: String, _ request: String, _ status: Int, _ code: String
    ) -> FramingCase {
        FramingCase(
            name: name, rule: rule, bytes: Array(request.utf8), expectation: .turnedDown(status, code))
    }
}
