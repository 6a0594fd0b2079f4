import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// RFC 9113 §8.1.1 and §8.3, through the gateway: what is malformed never reaches the upstream.
@Suite("HTTP/2: malformed messages")
struct HTTP2MalformedTests {
    private typealias Fields = [(String, String)]

    /// One request with its body, that must not be forwarded.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var fields: [(String, String)]
        var body: [UInt8]?
        var testDescription: String { name }

        init(_ name: String, _ fields: [(String, String)], body: String? = nil) {
            self.name = name
            self.fields = fields
            self.body = body.map { Array($0.utf8) }
        }

        /// A good request with further fields.
        static func plus(_ name: String, _ fields: (String, String)..., body: String? = nil) -> Case {
            Case(name, HTTP2Client.request("POST") + fields, body: body)
        }

        /// A good request with one of the pseudo-fields replaced, or left out.
        static func with(_ name: String, _ pseudo: String, _ value: String?) -> Case {
            var fields = HTTP2Client.request("POST").filter { $0.0 != pseudo }
            if let value { fields.insert((pseudo, value), at: 0) }
            return Case(name, fields)
        }
    }

    static let cases: [Case] = [
        .with("no method", ":method", nil), .with("no scheme", ":scheme", nil),
        .with("no path", ":path", nil),
        .with("no authority and no host", ":authority", nil), .with("empty method", ":method", ""),
        .with("empty path", ":path", ""), .with("empty authority", ":authority", ""),
        .with("method with a space", ":method", "GET /x"),
        .with("method with a line end", ":method", "GET\r\nX: y"),
        .with("CONNECT", ":method", "CONNECT"), .with("scheme that is none", ":scheme", "ftp"),
        .with("scheme with a line end", ":scheme", "https\r\n"),
        .with("path with a space", ":path", "/open/x y"),
        .with("path that ends the request line", ":path", "/open/x HTTP/1.1\r\nHost: evil\r\n\r\nGET /"),
        .with("path with a line feed", ":path", "/open/\nx"), .with("path with a NUL", ":path", "/open/\0x"),
        .with("path with a tab", ":path", "/open/\tx"), .with("path without a slash", ":path", "open/x"),
        .with("absolute path", ":path", "https://evil/open/x"), .with("asterisk of a POST", ":path", "*"),
        .with("path with a fragment", ":path", "/open/x#y"),
        .with("authority with a line end", ":authority", "a\r\nX: y"),
        .with("authority with a space", ":authority", "a b"),
        .with("authority with a user", ":authority", "user@gate.test"),
        .with("authority with a slash", ":authority", "gate.test/x"),
        .plus("method twice", (":method", "GET")),
        .plus("pseudo-field after a field", ("a", "b"), (":path", "/")),
        Case("path twice", [(":path", "/open/y")] + HTTP2Client.request()),
        Case("authority twice", [(":authority", "evil")] + HTTP2Client.request()),
        Case("scheme twice", [(":scheme", "https")] + HTTP2Client.request()),
        Case("unknown pseudo-field", [(":other", "x")] + HTTP2Client.request()),
        Case("status in a request", [(":status", "200")] + HTTP2Client.request()),
        Case("protocol in a request", [(":protocol", "websocket")] + HTTP2Client.request()),
        .plus("host that differs", ("host", "evil.test")),
        .plus("host twice", ("host", "gate.test"), ("host", "gate.test")),
        .plus("upper case in a name", ("X-Upper", "1")), .plus("space in a name", ("x y", "1")),
        .plus("colon in a name", ("x:y", "1")), .plus("empty name", ("", "1")),
        .plus("line end in a name", ("x\r\ny", "1")),
        .plus("CR LF in a value", ("x", "a\r\nContent-Length: 5")),
        .plus("line feed in a value", ("x", "a\nb")), .plus("carriage return in a value", ("x", "a\rb")),
        .plus("NUL in a value", ("x", "a\0b")), .plus("leading space in a value", ("x", " a")),
        .plus("trailing space in a value", ("x", "a ")), .plus("trailing tab in a value", ("x", "a\t")),
        .plus("connection", ("connection", "close")), .plus("keep-alive", ("keep-alive", "timeout=5")),
        .plus("proxy-connection", ("proxy-connection", "close")),
        .plus(
            "transfer-encoding", ("transfer-encoding", "chunked"),
            body: "0\r\n\r\nGET /open/y HTTP/1.1\r\n\r\n"),
        .plus("upgrade", ("upgrade", "h2c")), .plus("te that is not trailers", ("te", "gzip")),
        .plus("length that is too long", ("content-length", "10"), body: "abc"),
        .plus("length that is too short", ("content-length", "2"), body: "abcGET /open/y HTTP/1.1\r\n\r\n"),
        .plus("length without a body", ("content-length", "5")),
        .plus("length of zero with a body", ("content-length", "0"), body: "GET /open/y HTTP/1.1\r\n\r\n"),
        .plus("length twice", ("content-length", "3"), ("content-length", "3"), body: "abc"),
        .plus("two lengths in one", ("content-length", "3, 3"), body: "abc"),
        .plus("signed length", ("content-length", "+3"), body: "abc"),
        .plus("negative length", ("content-length", "-3"), body: "abc"),
        .plus("hexadecimal length", ("content-length", "0x3"), body: "abc"),
        .plus("length that overflows", ("content-length", "99999999999999999999"), body: "abc"),
    ]

    @Test("there are at least thirty cases")
    func enough() { #expect(Self.cases.count >= 30) }

    @Test("a malformed request is reset, never answered as if it made sense, and the next one is served")
    func malformed() async throws {
        try await withHTTP2 { rig in
            for test in Self.cases {
                let client = try await HTTP2Client.connect(rig.port)
                client.headers(1, test.fields, endsStream: test.body == nil)
                if let body = test.body { client.data(1, body, endsStream: true) }
                let answer = try await client.answer(1)
                let isRefused = answer.reset == 1 || answer.status == 400 || client.goAway ?? 0 != 0
                #expect(isRefused, "\(test.name): \(answer)")
                if !client.tls.isClosed {
                    #expect(try await client.request(3, "GET", "/open/next").status == 200, "\(test.name)")
                }
                client.close()
            }
            for request in rig.upstream.requests {
                #expect(request.line == "GET /open/next HTTP/1.1" || request.body.isEmpty, "\(request.line)")
                #expect(request.target.hasPrefix("/open/") && request["Host"] == "gate.test")
            }
            // What has a body is not known to be malformed before its end; it never becomes two requests.
            #expect(!rig.upstream.requests.contains { $0.target == "/open/y" })
            #expect(try await rig.counts().http2StreamsMalformed >= 50)
        }
    }

    @Test("a host that says the same as the authority is no fault, nor is one in its place")
    func host() async throws {
        try await withHTTP2 { rig in
            let client = try await HTTP2Client.connect(rig.port)
            #expect(try await client.request(1, "GET", "/open/x", [("host", "GATE.test")]).status == 200)
            client.headers(
                3, [(":method", "GET"), (":scheme", "https"), (":path", "/open/x"), ("host", "other.test")])
            #expect(try await client.answer(3).status == 200)
            #expect(rig.upstream.requests.map { $0.all("Host") } == [["gate.test"], ["other.test"]])
            client.close()
        }
    }

    @Test("bytes that look like HTTP/1.1 framing stay content, whatever the framing upstream is")
    func content() async throws {
        try await withHTTP2 { rig in
            let client = try await HTTP2Client.connect(rig.port)
            let body = Array("0\r\n\r\nGET /open/smuggled HTTP/1.1\r\nHost: gate.test\r\n\r\n".utf8)
            #expect(try await client.request(1, "POST", "/open/x", body: body).body == body)
            let length = [("content-length", "\(body.count)")]
            #expect(try await client.request(3, "POST", "/open/x", length, body: body).body == body)
            #expect(rig.upstream.requests.map(\.target) == ["/open/x", "/open/x"])
            #expect(rig.upstream.requests.allSatisfy { $0.body == body })
            client.close()
        }
    }

    @Test("frames after the end of a stream do not begin another request")
    func afterEnd() async throws {
        try await withHTTP2 { rig in
            let client = try await HTTP2Client.connect(rig.port)
            #expect(try await client.request(1).status == 200)
            client.data(1, Array("GET /open/smuggled HTTP/1.1\r\n\r\n".utf8), endsStream: true)
            client.headers(3, HTTP2Client.request("GET", "/open/y"))
            try await client.until("the stream is an error, or is passed over") {
                $0.answers[3]?.isWhole == true || $0.goAway ?? 0 != 0
            }
            client.close()
            #expect(!rig.upstream.requests.contains { $0.target == "/open/smuggled" })
        }
    }
}
