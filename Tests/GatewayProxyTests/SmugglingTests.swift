import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// Requests made so that two parsers disagree about where they end. Whatever the gateway does with one, the
/// upstream must never see the request that is hidden in it.
@Suite("Smuggling")
struct SmugglingTests {
    static let hidden = "GET /open/hidden HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Header sections that say in some ambiguous way how long the body is.
    static let ambiguous = [
        "Content-Length: 0\r\nContent-Length: N", "Content-Length: N\r\nContent-Length: 0",
        "Content-Length: 0, N",
        "Content-Length: N\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: N",
        "Content-Length: +N", "Content-Length: -0", "Content-Length: 0x0", "Content-Length: 0 N",
        "Content-Length : 0", "Content-Length\t: 0", " Content-Length: 0", "Content-Length:\r\n N",
        "Content-Length: 0\r N",
        "Content-Length: 0\n", "Content-Length: 0\u{0}", "Content-Length: \u{B}0", "Content-Length: \"0\"",
        "Content-Length: 0;", "Content-Length:", "Content-Length: N.0", "Content-Length: Ne0",
        "Transfer-Encoding: xchunked", "Transfer-Encoding: chunkedx", "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", " Transfer-Encoding: chunked",
        "Transfer-Encoding:\r\n chunked", "Transfer-Encoding: \u{B}chunked",
        "Transfer-Encoding: chunked\u{C}",
        "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: 'chunked'", "Transfer-Encoding: chunked;x=y",
        "Transfer-Encoding:", "Transfer-Encoding: ,chunked", "X: y\nTransfer-Encoding: chunked",
        "X: y\rTransfer-Encoding: chunked", "Transfer-Encoding\r\n : chunked",
        "Transfer-\u{0}Encoding: chunked",
        "\u{0}Transfer-Encoding: chunked", "Transfer-Encoding: c\u{1}hunked",
        "Transfer-Encoding: chun\u{E9}ked",
        "Foo: bar\r\n\rTransfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked",
    ]

    @Test(
        "an ambiguous request is refused and the connection ends; what is hidden behind it is never read",
        arguments: ambiguous)
    func refused(fields: String) async throws {
        try await withGateway(try .echo()) { rig in
            let body = "0\r\n\r\n" + Self.hidden
            let fields = fields.replacing("N", with: String(body.utf8.count))
            let client = try rig.client()
            try await client.send("POST /open/x HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)")
            let answer = try await client.response()
            #expect([400, 501].contains(answer.status), "\(answer.status)")
            #expect(try await client.ends())
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    /// Chunked bodies that end early to one parser and late to another.
    static let chunks = [
        "0\n\n", "0 \r\n\r\n", " 0\r\n\r\n", "0\r\r\n\r\n", "0;\n\r\n", "0\r\n\n",
        "00000000000000000\r\n\r\n",
        "10000000000000000\r\n\r\n", "-0\r\n\r\n", "+0\r\n\r\n", "0x0\r\n\r\n", "1\r\nAB0\r\n\r\n",
        "1\r\nA\n0\r\n\r\n",
        "2\r\nA\r\n0\r\n\r\n", "0\r\nX\n\r\n", "0\r\n\r", "0;a=\"\r\n\r\n", "0;a=\"\n\"\r\n\r\n",
        "0\r\nTransfer-Encoding: chunked\r\n\r\n", "\r\n0\r\n\r\n",
    ]

    @Test(
        "a chunked body that could end in two places ends the connection; what follows is never a request",
        arguments: chunks)
    func chunked(body: String) async throws {
        try await withGateway(try .echo(), { $0.limits.bodyGrace = .milliseconds(500) }) { rig in
            let client = try rig.client()
            try await client.send(
                "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)\(Self.hidden)")
            let answer = try await client.response()
            #expect([400, 408].contains(answer.status), "\(answer.status)")
            #expect(try await client.ends())
            // Of the request itself a head may have gone ahead, but neither its end nor what is behind it.
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("a field name that some servers read as a framing field does not reach one")
    func underscores() async throws {
        try await withGateway(try .echo()) { rig in
            for field in ["Transfer_Encoding: chunked", "Content_Length: 99", "transfer_Encoding: chunked"] {
                let client = try rig.client()
                let answer = try await client.request(
                    "POST", "/open/x", [field], body: "0\r\n\r\n" + Self.hidden)
                #expect(answer.status == 200)
                let head = String(decoding: try #require(rig.upstream.requests.last).head, as: UTF8.self)
                #expect(!head.lowercased().contains(field.lowercased().prefix(12)))
            }
            #expect(!rig.upstream.requests.contains { $0.target == "/open/hidden" })
        }
    }

    @Test(
        "a request hidden in a body stays a body, whoever answers: the upstream, or the gateway with a refusal"
    )
    func inBody() async throws {
        try await withGateway(try .echo(), { $0.bodyLimit = 4_096 }) { rig in
            for (path, method) in [
                ("/open/x", "POST"), ("/open/x", "GET"), ("/none", "POST"), ("/api/x", "POST"),
                ("/open/x", "HEAD"),
            ] {
                let client = try rig.client()
                let body = Self.hidden
                try await client.send(
                    "\(method) \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                _ = try await client.response(to: method)
                client.socket.endOutput()
                #expect(try await client.ends(), "\(method) \(path)")
            }
            #expect(!rig.upstream.requests.contains { $0.target == "/open/hidden" })
        }
    }

    @Test("a target or a value cannot break a line of what goes on or of what comes back")
    func splitting() async throws {
        try await withGateway(try .echo()) { rig in
            let targets = ["/open/a%0d%0aX:%20y", "/open/%0a", "/open/?a=%0d%0a%0d%0aGET%20/open/hidden"]
            let client = try rig.client()
            for target in targets {
                _ = try await client.request("GET", target)
                #expect(rig.upstream.requests.last?.target == target)
            }
            let redirect = try await client.request(
                "GET", "/app/%0d%0aSet-Cookie:x?%0d%0aX:y", ["Accept: text/html"])
            #expect(redirect.status == 303 && redirect["Set-Cookie"] == nil && redirect["X"] == nil)
            #expect(redirect["Location"]?.contains("\r") == false)
            for bad in ["GET /open/a\rb HTTP/1.1", "GET /open/a\nb HTTP/1.1", "GET /open/a\u{0} HTTP/1.1"] {
                #expect(try await rig.exchange("\(bad)\r\nHost: a\r\n\r\n").status == 400)
            }
        }
    }

    @Test("no request that hides in front of the real one goes ahead")
    func inFront() async throws {
        try await withGateway(try .echo(), { $0.limits.headerTimeout = .milliseconds(500) }) { rig in
            for text in [
                "\nGET /open/hidden HTTP/1.1\r\nHost: a\r\n\r\n", "\r\r\n\(Self.hidden)",
                " \r\n\(Self.hidden)",
                "\u{0}\r\n\(Self.hidden)", "GET /open/x HTTP/0.9\r\n\r\n\(Self.hidden)",
                "GET /open/x\r\n\(Self.hidden)",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\(Self.hidden)", "\u{16}\u{3}\u{1}\r\n\r\n\(Self.hidden)",
            ] {
                let client = try rig.client()
                try await client.send(text)
                let status = try await client.response().status
                #expect([400, 408, 505].contains(status), "\(text.debugDescription)")
                #expect(try await client.ends())
            }
            #expect(rig.upstream.requests.isEmpty)
        }
    }
}
