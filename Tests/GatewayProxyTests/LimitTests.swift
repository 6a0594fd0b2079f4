import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Limits of a connection")
struct LimitTests {
    @Test("request line, fields and header bytes at their bounds pass, one more is refused and closes")
    func heads() async throws {
        func line(_ length: Int) -> String {
            "GET /open/\(String(repeating: "a", count: length - "GET /open/ HTTP/1.1".utf8.count)) HTTP/1.1\r\nHost: a\r\n\r\n"
        }
        func fields(_ count: Int) -> String {
            "GET /open/x HTTP/1.1\r\nHost: a\r\n" + (1..<count).map { "X-\($0): y\r\n" }.joined() + "\r\n"
        }
        func bytes(_ size: Int) -> String {
            let filler = String(repeating: "a", count: size - "Host: a\r\nX: \r\n".utf8.count)
            return "GET /open/x HTTP/1.1\r\nHost: a\r\nX: \(filler)\r\n\r\n"
        }
        try await withGateway(try .echo()) { rig in
            for (good, bad, status) in [
                (line(8 << 10), line(8 << 10 + 1), 414), (fields(100), fields(101), 431),
                (bytes(16 << 10), bytes(16 << 10 + 1), 431),
            ] {
                let client = try rig.client()
                #expect(try await client.exchange(good).status == 200)
                let refused = try await client.exchange(bad)
                #expect(refused.status == status && refused["Connection"] == "close")
                #expect(try await client.ends())
            }
        }
    }

    @Test("a refusal is whole after an answer to HEAD, too")
    func refusalAfterHead() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            #expect(try await client.request("HEAD", "/open/x").status == 200)
            let refused = try await client.exchange(
                "GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\n\r\n")
            #expect(refused.status == 414 && refused.text.contains("request-line-too-long"))
        }
    }

    @Test("a body at its limit passes and one byte more is 413, in both framings")
    func bodies() async throws {
        try await withGateway(try .echo(), { $0.bodyLimit = 1_000 }) { rig in
            func body(_ count: Int) -> String { String(repeating: "x", count: count) }
            func chunked(_ sizes: [Int]) -> String {
                "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + sizes.map { "\(String($0, radix: 16))\r\n\(body($0))\r\n" }.joined() + "0\r\n\r\n"
            }
            let client = try rig.client()
            #expect(try await client.request("POST", "/open/x", body: body(1_000)).status == 200)
            #expect(try await client.exchange(chunked([500, 500])).status == 200)
            #expect(try await client.exchange(chunked([1_000])).status == 200)
            let before = rig.upstream.requests.count
            for request in [chunked([1_001]), chunked([500, 500, 1]), chunked([999, 2])] {
                let client = try rig.client()
                let answer = try await client.exchange(request)
                #expect(answer.status == 413 && answer["Connection"] == "close")
            }
            let declared = try await rig.request("POST", "/open/x", body: body(1_001))
            #expect(declared.status == 413)
            // Nothing that is over its limit is ever whole at the upstream.
            #expect(rig.upstream.requests.count == before)
            try await rig.expectNothingHeld()
        }
    }

    @Test("a head that takes too long is 408, a connection that sends nothing is closed without a word")
    func slowHeads() async throws {
        try await withGateway(
            try .echo(),
            {
                $0.limits.headerTimeout = .milliseconds(300)
                $0.limits.idleTimeout = .milliseconds(600)
            }
        ) { rig in
            let slow = try rig.client()
            try await slow.send("GET /open/x HTTP/1.1\r\nHost")
            let answer = try await slow.response()
            #expect(answer.status == 408 && answer["Connection"] == "close")
            #expect(try await slow.ends())
            let idle = try rig.client()
            #expect(try await idle.ends())
            let kept = try rig.client()
            #expect(try await kept.request("GET", "/open/x").status == 200)
            #expect(try await kept.ends())
        }
    }

    @Test("a head that trickles does not outlive its time")
    func trickle() async throws {
        try await withGateway(try .echo(), { $0.limits.headerTimeout = .milliseconds(500) }) { rig in
            let client = try rig.client()
            let begin = ContinuousClock.now
            try await client.send("GET /open/x HTTP/1.1\r\n")
            let sender = Task {
                for _ in 0..<400 {
                    do { try await client.send("X: y\r\n") } catch { return }
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(try await client.response().status == 408)
            sender.cancel()
            // Far below the eight seconds that the sender would have gone on for.
            #expect(ContinuousClock.now - begin < .seconds(6))
        }
    }

    @Test("empty lines before a request are passed over, and cannot confuse what follows")
    func emptyLines() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            #expect(
                try await client.exchange("\r\n\r\nGET /open/1 HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            #expect(try await client.exchange("\r\nGET /open/2 HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            // More of them, and the rest in a second part, must not move where the head is thought to end.
            let third = try rig.client()
            try await third.send("\r\n\r\n\r\nGET /open/3 HTTP/1.1\r\nHost: a\r\n")
            try await Task.sleep(for: .milliseconds(50))
            try await third.send("\r\nGET /open/hidden HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await third.response().status == 400)
            let fourth = try rig.client()
            try await fourth.send("\r\n\r\n\r\n")
            try await Task.sleep(for: .milliseconds(100))
            try await fourth.send(
                "GET /open/4 HTTP/1.1\r\nHost: a\r\n\r\nGET /open/5 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await fourth.response().status == 400)
            #expect(rig.upstream.requests.map(\.target) == ["/open/1", "/open/2"])
        }
    }

    @Test("a body that takes too long is 408, and gives its place at the upstream back")
    func slowBodies() async throws {
        for field in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
            try await withGateway(
                try .echo(),
                {
                    $0.limits.bodyGrace = .milliseconds(300)
                    $0.limits.bodyMinRate = 1_000
                }
            ) { rig in
                let client = try rig.client()
                try await client.send("POST /open/x HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n5\r\nh")
                let answer = try await client.response()
                #expect(answer.status == 408 && answer["Connection"] == "close")
                #expect(try await client.ends())
                try await rig.expectNothingHeld()
            }
        }
    }

    @Test("connections of one address are bounded, and places come back")
    func perAddress() async throws {
        try await withGateway(try .echo(), { $0.limits.perAddress = 3 }) { rig in
            let kept = try (0..<3).map { _ in try rig.client() }
            for client in kept { #expect(try await client.request("GET", "/open/x").status == 200) }
            let turnedAway = try rig.client()
            let answer = try await turnedAway.response()
            #expect(answer.status == 503 && answer.text.contains("too-many-connections"))
            #expect(answer["Retry-After"] == "1" && answer["Connection"] == "close")
            #expect(try await turnedAway.ends())
            kept[0].close()
            try await eventually("the closed connection's place is free") {
                try await rig.request("GET", "/open/x").status == 200
            }
        }
    }

    @Test("a trusted proxy is not held to the bound of one address")
    func trustedProxies() async throws {
        try await withGateway(
            try .echo(),
            {
                $0.limits.perAddress = 2
                try $0.trust("127.0.0.1")
            }
        ) { rig in
            let clients = try (0..<6).map { _ in try rig.client() }
            for client in clients { #expect(try await client.request("GET", "/open/x").status == 200) }
        }
    }
}
