import GatewayCore
import Testing

@Suite("Request head")
struct RequestHeadParserTests {
    @Test("a plain request is read into its parts")
    func plain() throws {
        let request = try ReadRequest(
            "POST /a/b?c=d HTTP/1.1\r\nHost: example.test:8080\r\nContent-Length: 12\r\nX-A:  b\t \r\n\r\n")
        let head = request.head
        #expect(request.text(head.method) == "POST")
        #expect(head.knownMethod == .post)
        #expect(request.text(head.target) == "/a/b?c=d")
        #expect(request.text(head.path) == "/a/b")
        #expect(request.text(head.query) == "c=d")
        #expect(request.text(head.host) == "example.test:8080")
        #expect(head.framing == .length(12))
        #expect(head.keepsAlive)
        #expect(!head.isHTTP10)
        #expect(request.text(head.fields[2].value) == "b")
        #expect(head.byteCount == request.bytes.count)
    }

    @Test(
        "a request line that is not METHOD SP TARGET SP VERSION is refused",
        arguments: [
            ("GET / HTTP/1.1\n", HeadFault.bareLineFeed),
            ("GET  / HTTP/1.1\r\n", .badTarget),
            ("GET /  HTTP/1.1\r\n", .badVersion),
            ("GET\t/ HTTP/1.1\r\n", .badMethod),
            (" GET / HTTP/1.1\r\n", .badMethod),
            ("GET /\r\n", .badTarget),
            ("GET / http/1.1\r\n", .badVersion),
            ("GET / HTTP/1\r\n", .badVersion),
            ("GET / HTTP/1.1 \r\n", .badRequestLine),
            ("GET / HTTP/1.11\r\n", .badRequestLine),
            ("GET / HTTP/11.1\r\n", .badVersion),
            ("GET / HTTP/+1.1\r\n", .badVersion),
            ("GET / HTTP/1.1\r\r\n", .badRequestLine),
            ("G\u{0}T / HTTP/1.1\r\n", .badMethod),
            ("G(T / HTTP/1.1\r\n", .badMethod),
            ("GET: / HTTP/1.1\r\n", .badMethod),
            ("GET /\u{0} HTTP/1.1\r\n", .badTarget),
            ("GET /a#b HTTP/1.1\r\n", .badTarget),
            ("GET /\u{7F} HTTP/1.1\r\n", .badTarget),
            ("GET /é HTTP/1.1\r\n", .badTarget),
        ])
    func requestLine(line: String, fault: HeadFault) {
        #expect(ReadRequest.refusal(line + "Host: a\r\n\r\n") == .malformed(fault))
    }

    @Test("versions 1.0 and 1.1 are served, every other is 505")
    func versions() {
        for version in ["1.0", "1.1"] {
            #expect(ReadRequest.refusal(fields: ["Host: a"], version: version) == nil)
        }
        for version in ["0.9", "1.2", "1.9", "2.0", "3.0", "9.9"] {
            #expect(ReadRequest.refusal(fields: ["Host: a"], version: version) == .unsupportedVersion)
        }
    }

    @Test("methods are case-sensitive tokens of at most 32 characters")
    func methods() throws {
        let known: [(String, RequestHead.Method)] = [
            ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete),
            ("PATCH", .patch), ("OPTIONS", .options), ("TRACE", .trace),
        ]
        for (text, method) in known {
            #expect(try ReadRequest("\(text) / HTTP/1.1\r\nHost: a\r\n\r\n").head.knownMethod == method)
            let lower = text.lowercased()
            #expect(try ReadRequest("\(lower) / HTTP/1.1\r\nHost: a\r\n\r\n").head.knownMethod == .other)
        }
        let longest = String(repeating: "M", count: 32)
        #expect(ReadRequest.refusal("\(longest) / HTTP/1.1\r\nHost: a\r\n\r\n") == nil)
        #expect(ReadRequest.refusal("M\(longest) / HTTP/1.1\r\nHost: a\r\n\r\n") == .malformed(.badMethod))
    }

    @Test(
        "a header line that two parsers could read in two ways is refused",
        arguments: [
            ("X : y", HeadFault.spaceBeforeColon), ("X\t: y", .spaceBeforeColon),
            (" X: y", .foldedLine), ("\tX: y", .foldedLine), (": y", .badFieldName),
            ("X", .bareCarriageReturn),
            ("X\u{0}: y", .badFieldName), ("X: y\u{0}", .controlCharacter), ("X: \u{1}", .controlCharacter),
            ("X: \u{7F}", .controlCharacter), ("X: a\rb", .bareCarriageReturn),
            ("X: a\r\r", .bareCarriageReturn), ("X: a\nY: b", .bareLineFeed),
            ("X: a\r\n b", .foldedLine), ("X[]: y", .badFieldName), ("Xé: y", .badFieldName),
            ("X: a\n", .bareLineFeed),
        ])
    func fieldLines(line: String, fault: HeadFault) {
        #expect(ReadRequest.refusal(fields: ["Host: a", line]) == .malformed(fault))
        #expect(ReadRequest.refusal(fields: [line, "Host: a"]) == .malformed(fault))
    }

    @Test("obs-text and tabs inside a value are read as they are")
    func values() throws {
        let request = try ReadRequest("GET / HTTP/1.1\r\nHost: a\r\nX: \u{E9}\tb\r\nY:\r\nZ: \t \r\n\r\n")
        #expect(request.text(request.head.fields[1].value) == "\u{E9}\tb")
        #expect(request.head.fields[2].value.isEmpty)
        #expect(request.head.fields[3].value.isEmpty)
    }

    @Test(
        "exactly one well-formed Host is needed in HTTP/1.1",
        arguments: [
            (["Accept: x"], HeadFault.missingHost), (["Host: a", "Host: a"], .repeatedHost),
            (["Host: a", "hOST: b"], .repeatedHost), (["Host:"], .badHost), (["Host: a b"], .badHost),
            (["Host: a@b"], .badHost), (["Host: a/b"], .badHost), (["Host: a:b"], .badHost),
            (["Host: a:123456"], .badHost), (["Host: :80"], .badHost), (["Host: [::1"], .badHost),
            (["Host: [::1]x"], .badHost), (["Host: []"], .badHost), (["Host: a,b"], .badHost),
            (["Host: a\\b"], .badHost), (["Host: a?b"], .badHost), (["Host: a%41"], .badHost),
        ])
    func hosts(fields: [String], fault: HeadFault) {
        #expect(ReadRequest.refusal(fields: fields) == .malformed(fault))
    }

    @Test(
        "hosts by name, by address, with a port and without are read",
        arguments: ["a", "A.example.test", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:443", "a_b", "a:"])
    func goodHosts(host: String) throws {
        let request = try ReadRequest("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
        #expect(request.text(request.head.host) == host)
    }

    @Test("HTTP/1.0 may leave Host out, and may not repeat it")
    func oldHost() {
        #expect(ReadRequest.refusal(fields: [], version: "1.0") == nil)
        #expect(ReadRequest.refusal(fields: ["Host:"], version: "1.0") == nil)
        #expect(
            ReadRequest.refusal(fields: ["Host: a", "Host: a"], version: "1.0") == .malformed(.repeatedHost))
        #expect(ReadRequest.refusal(fields: ["Host: a b"], version: "1.0") == .malformed(.badHost))
    }

    @Test("whether a connection stays open follows version and Connection")
    func keepAlive() throws {
        let table: [(version: String, connection: String?, keeps: Bool)] = [
            ("1.1", nil, true), ("1.1", "close", false), ("1.1", "keep-alive", true), ("1.1", "CLOSE", false),
            ("1.1", "x, close", false), ("1.1", "close, keep-alive", false), ("1.1", "closed", true),
            ("1.0", nil, false), ("1.0", "keep-alive", true), ("1.0", "Keep-Alive", true),
            ("1.0", "close", false), ("1.0", "keep-alive, close", false),
        ]
        for (version, connection, keeps) in table {
            let field = connection.map { "Connection: \($0)\r\n" } ?? ""
            let request = try ReadRequest("GET / HTTP/\(version)\r\nHost: a\r\n\(field)\r\n")
            #expect(request.head.keepsAlive == keeps, "\(version) \(connection ?? "-")")
        }
        let twoLines = try ReadRequest(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n")
        #expect(!twoLines.head.keepsAlive)
    }

    @Test("100 fields pass and 101 are refused")
    func headerCount() {
        let fields = ["Host: a"] + (1..<100).map { "X-\($0): y" }
        #expect(ReadRequest.refusal(fields: fields) == nil)
        #expect(ReadRequest.refusal(fields: fields + ["X-100: y"]) == .headersTooLarge)
    }

    @Test("a request line of 8 KiB passes and one byte more is refused")
    func longestRequestLine() {
        func request(_ length: Int) -> Refusal? {
            let target = "/" + String(repeating: "a", count: length - "GET / HTTP/1.1".utf8.count)
            return ReadRequest.refusal("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(request(8 << 10) == nil)
        #expect(request(8 << 10 + 1) == .requestLineTooLong)
    }

    @Test("a header section of 16 KiB passes and one byte more is refused")
    func largestHeaders() {
        func request(_ size: Int) -> Refusal? {
            let filler = "X: " + String(repeating: "a", count: size - "Host: a\r\nX: \r\n".utf8.count)
            return ReadRequest.refusal(fields: ["Host: a", filler])
        }
        #expect(request(16 << 10) == nil)
        #expect(request(16 << 10 + 1) == .headersTooLarge)
    }

    @Test("hop-by-hop fields, fields of ours and fields that Connection names do not pass")
    func passing() throws {
        let request = try ReadRequest(
            """
            GET / HTTP/1.1\r\nHost: a\r\nAccept: x\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\n\
            Connection: X-Second\r\nx-second: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nTrailer: X\r\n\
            Upgrade: h2c\r\nProxy-Connection: close\r\nProxy-Authorization: Basic x\r\nForwarded: for=1.2.3.4\r\n\
            X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-User: root\r\n\
            X-Fillgate-Assertion: e30\r\nX-Real-IP: 1.2.3.4\r\nRemote-User: root\r\nX-Request-ID: 12345678\r\n\
            traceparent: 00\r\nExpect: 100-continue\r\nX-Last: 1\r\n\r\n
            """)
        #expect(request.passing == ["Accept", "X-Last"])
        #expect(request.head.expectsContinue)
    }

    @Test("pain 30: Connection cannot be used to remove a field that the gateway relies on")
    func connectionCannotDrop() throws {
        let request = try ReadRequest(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: cookie, content-type\r\nCookie: a=b\r\n"
                + "Content-Type: text/csv\r\n\r\n")
        #expect(request.passing == ["Cookie", "Content-Type"])
    }

    @Test("the only expectation is 100-continue, in any case")
    func expectations() throws {
        #expect(ReadRequest.refusal(fields: ["Host: a", "Expect: 100-Continue"]) == nil)
        for value in ["", "200-ok", "100-continue, x"] {
            #expect(
                ReadRequest.refusal(fields: ["Host: a", "Expect: \(value)"]) == .malformed(.badExpectation))
        }
    }

    @Test("nothing of one request is left when the same head is filled with the next")
    func filledAgain() throws {
        let head = RequestHead()
        let first = Array(
            """
            HEAD /%41?x HTTP/1.0\r\nHost: a\r\nCookie: a=b\r\nAuthorization: x\r\nAuthorization: y\r\n\
            Origin: x\r\nSec-Fetch-Site: none\r\nSec-Fetch-Mode: cors\r\nX-Request-ID: x\r\ntraceparent: x\r\n\
            X-Forwarded-For: x\r\nX-Forwarded-Proto: x\r\nAccept: x\r\nContent-Type: x\r\nUser-Agent: x\r\n\
            Content-Length: 3\r\nExpect: 100-continue\r\n\r\n
            """.utf8)
        let second = Array("GET / HTTP/1.1\r\nHost: b\r\n\r\n".utf8)
        try RequestHeadParser.parse(first.span, end: first.count, limits: .init(), into: head)
        #expect(head.repeatsAuthorization && head.expectsContinue && head.framing == .length(3))
        try RequestHeadParser.parse(second.span, end: second.count, limits: .init(), into: head)
        let slots = [
            head.cookie, head.authorization, head.forwardedFor, head.forwardedProto, head.requestID,
            head.traceparent, head.origin, head.secFetchSite, head.secFetchMode, head.accept,
            head.contentType, head.userAgent,
        ]
        #expect(slots.allSatisfy { $0 == -1 })
        #expect(!head.repeatsAuthorization && !head.expectsContinue && head.forwardedForCount == 0)
        #expect(head.framing == .none && head.decodedPath == nil && head.query.isEmpty)
        #expect(head.knownMethod == .get && head.keepsAlive && !head.isHTTP10 && head.fields.count == 1)
    }
}
