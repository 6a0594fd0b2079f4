import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Headers on their way")
struct HeaderTests {
    private static var minted: Regex<Substring> {
        #/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#
    }
    private static var trace: Regex<Substring> { #/00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/# }

    @Test("hop-by-hop fields end at the gateway, both ways, those that Connection names included")
    func hopByHop() async throws {
        let upstream = try RecordingUpstream { _ in
            """
            HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\
            Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nTrailer: X\r\nX-End: 1\r\n\r\n
            """
        }
        try await withGateway(upstream) { rig in
            let answer = try await rig.request(
                "GET", "/open/x",
                [
                    "Connection: x-mine, keep-alive", "X-Mine: 1", "Keep-Alive: timeout=9", "TE: trailers",
                    "Trailer: X", "Upgrade: websocket", "Proxy-Connection: keep-alive",
                    "Proxy-Authorization: Basic x", "X-End: 1",
                ])
            let request = try #require(rig.upstream.requests.first)
            for name in [
                "Connection", "X-Mine", "Keep-Alive", "TE", "Trailer", "Upgrade", "Proxy-Connection",
                "Proxy-Authorization",
            ] { #expect(request[name] == nil, "\(name)") }
            #expect(request["X-End"] == "1")
            for name in ["Connection", "X-Hop", "Keep-Alive", "Proxy-Authenticate", "Upgrade", "Trailer"] {
                #expect(answer[name] == nil, "\(name)")
            }
            #expect(answer["X-End"] == "1")
        }
    }

    @Test("pain 30: no client states its own identity or origin, however it spells the field")
    func identity() async throws {
        try await withGateway(try .echo()) { rig in
            _ = try await rig.request(
                "GET", "/open/x",
                [
                    "X-Fillgate-Assertion: forged", "x_fillgate_assertion: forged",
                    "X-Forwarded-User: forged",
                    "X_Forwarded_For: 6.6.6.6", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6",
                    "X-Real-IP: 6.6.6.6", "X_Real_IP: 6.6.6.6", "Remote_User: forged",
                    "X-Auth-Request-Email: forged",
                    "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.test", "Content_Length: 99",
                ])
            let request = try #require(rig.upstream.requests.first)
            let head = String(decoding: request.head, as: UTF8.self).lowercased()
            for word in ["forged", "6.6.6.6", "evil.test", "content_length"] {
                #expect(!head.contains(word), "\(word)")
            }
            #expect(request.all("X-Forwarded-For") == ["127.0.0.1"])
            #expect(request.all("X-Forwarded-Proto") == ["http"])
            #expect(request.all("X-Forwarded-Host") == ["gate.test"])
        }
    }

    @Test("behind a trusted proxy the chain is appended to and the scheme believed")
    func trusted() async throws {
        try await withGateway(try .echo(), { try $0.trust("127.0.0.0/8") }) { rig in
            _ = try await rig.request(
                "GET", "/open/x",
                ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 127.0.0.9", "X-Forwarded-Proto: https"])
            let request = try #require(rig.upstream.requests.first)
            #expect(request.all("X-Forwarded-For") == ["203.0.113.7, 127.0.0.9, 127.0.0.1"])
            #expect(request["X-Forwarded-Proto"] == "https")
            #expect(try await rig.log(1)[0]["client"] as? String == "203.0.113.7")
        }
    }

    @Test("pain 32: a request ID counts from a trusted proxy only, and only if it is well-formed")
    func requestIDs() async throws {
        for isTrusted in [false, true] {
            try await withGateway(try .echo(), { if isTrusted { try $0.trust("127.0.0.1") } }) { rig in
                let client = try rig.client()
                let table = [
                    ("12345678", true), ("1234567", false), (String(repeating: "a", count: 128), true),
                    (String(repeating: "a", count: 129), false), ("abc.DEF_123-x", true),
                    ("abcdefgh i", false),
                    ("abcdefgh\"", false), ("abcdefgh{}", false), ("\u{E9}bcdefghi", false), ("", false),
                ]
                for (id, isGood) in table {
                    let answer = try await client.request("GET", "/open/x", ["X-Request-ID: \(id)"])
                    let given = try #require(answer["X-Request-ID"])
                    #expect((given == id) == (isTrusted && isGood), "\(id)")
                    if given != id { #expect(given.wholeMatch(of: Self.minted) != nil) }
                    #expect(rig.upstream.requests.last?.all("X-Request-ID") == [given])
                    #expect(answer.all("X-Request-ID").count == 1)
                }
            }
        }
    }

    @Test("a trace goes on under a span of ours; one that is malformed is replaced")
    func traces() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            let id = "0af7651916cd43dd8448eb211c80319c"
            let answer = try await client.request(
                "GET", "/open/x", ["traceparent: 00-\(id)-b7ad6b7169203331-01"])
            let onward = try #require(rig.upstream.requests.last?["traceparent"])
            #expect(onward.hasPrefix("00-\(id)-") && !onward.contains("b7ad6b7169203331"))
            #expect(answer["traceparent"] == onward)
            let fresh = try await client.request("GET", "/open/x", ["traceparent: nonsense"])
            #expect(fresh["traceparent"]?.wholeMatch(of: Self.trace) != nil)
            #expect(rig.upstream.requests.last?.all("traceparent").count == 1)
        }
    }

    @Test("pain 34: every answer carries a request ID and a trace, refusals and upstream failures included")
    func everyAnswer() async throws {
        let upstream = try RecordingUpstream { link in
            guard let request = try link.request() else { return }
            if request.target == "/open/garbage" { try link.send("garbage\r\n\r\n") }
        }
        try await withGateway(upstream) { rig in
            let requests = [
                ("GET /none HTTP/1.1\r\nHost: a\r\n\r\n", 404),
                ("GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n", 401),
                ("GET /app/x HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n", 303),
                ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400), ("nonsense\r\n\r\n", 400),
                ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
                ("GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\n\r\n", 414),
                ("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 17_000))\r\n\r\n", 431),
                ("POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
                ("POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413),
                ("GET /open/garbage HTTP/1.1\r\nHost: a\r\n\r\n", 502),
                ("GET /open/closed HTTP/1.1\r\nHost: a\r\n\r\n", 502),
            ]
            for (request, status) in requests {
                let answer = try await rig.exchange(request)
                #expect(answer.status == status, "\(request.prefix(40))")
                #expect(answer["X-Request-ID"]?.wholeMatch(of: Self.minted) != nil, "\(status)")
                #expect(answer["traceparent"]?.wholeMatch(of: Self.trace) != nil, "\(status)")
                #expect(answer.all("X-Request-ID").count == 1 && answer.all("traceparent").count == 1)
                if status != 303 {
                    #expect(answer["Content-Type"] == "application/problem+json")
                    #expect(answer.text.contains(answer["X-Request-ID"] ?? "-"))
                }
            }
        }
    }

    @Test("an upstream cannot set a cookie of the gateway's name, and can set any other")
    func upstreamCookies() async throws {
        let upstream = try RecordingUpstream { _ in
            """
            HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: __Host-fillgate=x; Path=/\r\n\
            Set-Cookie: fillgate=x\r\nSet-Cookie: theme=dark\r\nSet-Cookie: fillgate2=y\r\n\r\n
            """
        }
        try await withGateway(upstream) { rig in
            let answer = try await rig.request("GET", "/open/x", [])
            #expect(answer.all("Set-Cookie") == ["theme=dark", "fillgate2=y"])
        }
    }

    @Test("pain 21: our cookies never reach the upstream, other cookies do")
    func cookies() async throws {
        let token = String(repeating: "t", count: 43)
        let table: [(lines: [String], onward: [String])] = [
            (["a=b"], ["a=b"]), (["fillgate=\(token)"], []), (["__Host-fillgate=\(token)"], []),
            (["a=b; fillgate=\(token); c=d"], ["a=b; c=d"]), (["a=b;__Host-fillgate=x;c=d"], ["a=b; c=d"]),
            (["fillgate=\(token); a=b", "c=d", "e=f; fillgate=1"], ["c=d", "a=b", "e=f"]),
            (["fillgate=\(token); fillgate=\(token); __Host-fillgate=\(token)"], []),
            (["a=\"x; fillgate=\(token)\""], ["a=\"x"]),
            (["notfillgate=1; fillgate2=2"], ["notfillgate=1; fillgate2=2"]),
            (["; ;a=b; ;"], ["; ;a=b; ;"]),
        ]
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            for (lines, onward) in table {
                _ = try await client.request("GET", "/open/x", lines.map { "Cookie: \($0)" })
                let request = try #require(rig.upstream.requests.last)
                #expect(request.all("Cookie") == onward, "\(lines)")
                #expect(!String(decoding: request.head, as: UTF8.self).contains(token))
            }
        }
    }

    @Test(
        "pain 21: our token is stripped from an anonymous route, alone or beside another; a foreign one passes"
    )
    func tokens() async throws {
        let token = String(repeating: "t", count: 43)
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            for lines in [
                ["Bearer \(token)"], ["bearer  \(token)"], ["Basic eDp5", "Bearer \(token)"],
                ["Bearer \(token)", "Basic eDp5"],
            ] {
                _ = try await client.request("GET", "/open/x", lines.map { "Authorization: \($0)" })
                let head = String(decoding: try #require(rig.upstream.requests.last).head, as: UTF8.self)
                #expect(!head.contains(token), "\(lines)")
            }
            for foreign in ["Basic eDp5", "Bearer a.b.c", "Digest x"] {
                _ = try await client.request("GET", "/open/x", ["Authorization: \(foreign)"])
                #expect(rig.upstream.requests.last?.all("Authorization") == [foreign])
            }
        }
    }
}
