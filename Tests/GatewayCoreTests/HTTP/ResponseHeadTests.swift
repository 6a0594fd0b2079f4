import GatewayCore
import Testing

@Suite("Response head")
struct ResponseHeadTests {
    @Test("status, reason, fields and framing are read")
    func plain() throws {
        let response = try ReadResponse("HTTP/1.1 201 Made it\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello")
        #expect(response.head.status == 201)
        #expect(response.text(response.head.reason) == "Made it")
        #expect(response.head.framing == .length(5))
        #expect(response.head.keepsAlive)
        #expect(response.passing == ["X-A"])
        #expect(response.head.byteCount == response.bytes.count - 5)
    }

    @Test("a reason may be empty, and its space may be missing")
    func reasons() throws {
        for line in ["HTTP/1.1 200 ", "HTTP/1.1 200"] {
            let response = try ReadResponse(line + "\r\nContent-Length: 0\r\n\r\n")
            #expect(response.head.status == 200)
            #expect(response.head.reason.isEmpty)
        }
    }

    @Test(
        "what is not a status line of HTTP/1 is refused",
        arguments: [
            "HTTP/2.0 200 OK", "HTTP/1.x 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK",
            "HTTP/1.1 099 No", "HTTP/1.1 abc", "ICY 200 OK", "http", "", "HTTP/1.1 200 a\u{0}b",
            "HTTP/1.1 200 a\rb", " HTTP/1.1 200 OK", "HTTP/1.1\t200 OK", "220 mail.test ESMTP", "SSH-2.0-x",
        ])
    func statusLines(line: String) {
        #expect(ReadResponse.fault(line + "\r\nContent-Length: 0\r\n\r\n") == .badStatusLine)
    }

    @Test(
        "a head that two parsers could read in two ways is refused",
        arguments: [
            ("Content-Length: 1\r\nContent-Length: 1", HeadFault.repeatedContentLength),
            ("Content-Length: 1\r\nTransfer-Encoding: chunked", .lengthWithTransferEncoding),
            ("Content-Length: 1, 1", .badContentLength), ("Content-Length: -1", .badContentLength),
            ("Transfer-Encoding: gzip, chunked", .badTransferEncoding),
            ("Transfer-Encoding: chunked, chunked", .badTransferEncoding),
            ("X : y", .spaceBeforeColon), (" X: y", .foldedLine), ("X: a\r\n b", .foldedLine),
            ("X: a\rb", .bareCarriageReturn), ("X: a\nb", .bareLineFeed), ("X: \u{0}", .controlCharacter),
            ("X", .bareCarriageReturn), ("é: x", .badFieldName),
        ])
    func ambiguous(fields: String, fault: HeadFault) {
        #expect(ReadResponse.fault("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n") == fault)
    }

    @Test("where a body ends follows method, status and fields")
    func framing() throws {
        let table: [(status: Int, method: RequestHead.Method, fields: String, framing: BodyFraming)] = [
            (200, .get, "", .untilClose), (200, .get, "Content-Length: 0\r\n", .length(0)),
            (200, .get, "Transfer-Encoding: chunked\r\n", .chunked),
            (200, .head, "Content-Length: 9\r\n", .none), (200, .head, "", .none),
            (200, .head, "Transfer-Encoding: chunked\r\n", .none), (204, .get, "", .none),
            (204, .get, "Content-Length: 9\r\n", .none), (304, .get, "Content-Length: 9\r\n", .none),
            (304, .get, "", .none), (100, .get, "", .none), (103, .get, "", .none),
            (404, .get, "Content-Length: 9\r\n", .length(9)),
        ]
        for (status, method, fields, framing) in table {
            let response = try ReadResponse("HTTP/1.1 \(status) X\r\n\(fields)\r\n", method: method)
            #expect(response.head.framing == framing, "\(status) \(method) \(fields)")
        }
    }

    @Test("whether an upstream's connection stays open follows version, Connection and framing")
    func keepAlive() throws {
        let table: [(head: String, keeps: Bool)] = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false),
            ("HTTP/1.1 200 OK\r\n\r\n", false), ("HTTP/1.1 204 OK\r\n\r\n", true),
            ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false),
            ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true),
        ]
        for (head, keeps) in table {
            #expect(try ReadResponse(head).head.keepsAlive == keeps, "\(head)")
        }
    }

    @Test("hop-by-hop fields and those that the gateway states itself do not pass")
    func passing() throws {
        let response = try ReadResponse(
            """
            HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\nTrailer: X\r\n\
            Connection: x-hop\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\nRateLimit: "a";r=1;t=1\r\n\
            RateLimit-Policy: "a";q=1;w=1\r\nX-Request-ID: forged-by-upstream\r\ntraceparent: 00\r\n\
            X-Fillgate-Assertion: e30\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nX-A: b\r\n\r\n
            """)
        #expect(response.passing == ["Set-Cookie", "Set-Cookie", "X-A"])
    }

    @Test("fields at the bound pass and one more does not")
    func headerCount() throws {
        let fields = (1...100).map { "X-\($0): y\r\n" }.joined()
        _ = try ReadResponse("HTTP/1.1 200 OK\r\n" + fields + "\r\n")
        #expect(throws: HeadFault.self) { try ReadResponse("HTTP/1.1 200 OK\r\n" + fields + "Y: y\r\n\r\n") }
    }

    @Test("nothing of one response is left when the same head is filled with the next")
    func filledAgain() throws {
        let head = ResponseHead()
        let first = Array(
            "HTTP/1.0 200 OK\r\nContent-Type: x\r\nCache-Control: x\r\nDate: x\r\nContent-Length: 3\r\n\r\n"
                .utf8)
        let second = Array("HTTP/1.1 204\r\nX-A: longer than nothing\r\n\r\n".utf8)
        try head.parse(first.span, end: first.count, method: .get, headerCount: 10)
        try head.parse(second.span, end: second.count, method: .get, headerCount: 10)
        #expect(head.contentType == -1 && head.cacheControl == -1 && !head.hasDate && !head.isHTTP10)
        #expect(head.reason.isEmpty && head.framing == .none && head.fields.count == 1)
        #expect(head.declaredLength(in: second.span) == nil)
    }
}
