import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("WebSockets")
struct WebSocketTests {
    /// Answers 101, then sends back what comes until it ends.
    private func echo() throws -> RecordingUpstream {
        try RecordingUpstream { link in
            guard try link.accept("Sec-WebSocket-Protocol: chat\r\n") else { return }
            while case let bytes = try link.socket.readSome(), !bytes.isEmpty { try link.socket.send(bytes) }
        }
    }

    @Test(
        "an upgrade that the upstream grants carries bytes both ways, and is one line of the log at its end")
    func bothWays() async throws {
        try await withGateway(try echo()) { rig in
            let (client, head) = try await rig.webSocket("/open/ws", ["Sec-WebSocket-Protocol: chat"])
            #expect(head.line == "HTTP/1.1 101 Switching Protocols")
            #expect(head.all("Connection") == ["Upgrade"] && head.all("Upgrade") == ["websocket"])
            #expect(head["Sec-WebSocket-Accept"] == "k" && head["Sec-WebSocket-Protocol"] == "chat")
            #expect(head.all("X-Request-ID").count == 1 && head.all("traceparent").count == 1)
            let request = try #require(rig.upstream.requests.first)
            #expect(request.all("Connection") == ["Upgrade"] && request.all("Upgrade") == ["websocket"])
            #expect(request["Sec-WebSocket-Key"] == "dGhlIHNhbXBsZSBub25jZQ==")
            #expect(request["Sec-WebSocket-Version"] == "13" && request["Sec-WebSocket-Protocol"] == "chat")
            #expect(request["X-Request-ID"] == head["X-Request-ID"])
            var all = 0
            for size in [1, 100, 70_000, 3] {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
                try await client.send(bytes)
                #expect(try await Blocking.run { try client.socket.read(size) } == bytes)
                all += size
            }
            client.socket.endOutput()
            #expect(try await client.ends())
            let line = try await rig.log(1)[0]
            #expect(line["status"] as? Int == 101 && line["code"] is NSNull)
            #expect(line["bytes"] as? Int == head.head.count + all)
            try await rig.expectNothingHeld()
        }
    }

    @Test("each side may end its own direction first, and the other goes on")
    func halfClose() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.accept() else { return }
            if link.number == 0 {
                let all = try link.socket.readToEnd()
                try link.socket.send(all + Array("!".utf8))
            } else {
                try link.socket.send("bye")
                link.socket.endOutput()
                _ = try link.request()
            }
        }
        try await withGateway(upstream) { rig in
            let (first, _) = try await rig.webSocket()
            try await first.send("hello")
            first.socket.endOutput()
            #expect(try await first.rest() == Array("hello!".utf8))
            let (second, _) = try await rig.webSocket()
            #expect(try await second.rest() == Array("bye".utf8))
            // Read as a request by the upstream alone.
            try await second.send("GET /after HTTP/1.1\r\n\r\n")
            second.socket.endOutput()
            try await eventually("the upstream has what came after its end") {
                rig.upstream.requests.last?.target == "/after"
            }
            try await rig.expectNothingHeld()
            #expect(rig.upstream.connectionCount == 2)
        }
    }

    @Test("what a client sends before the answer reaches the upstream whole, and is never read as a request")
    func earlyBytes() async throws {
        let gate = DispatchSemaphore(value: 0)
        let early =
            Array("GET /open/hidden HTTP/1.1\r\nHost: a\r\n\r\n".utf8) + [UInt8](repeating: 7, count: 30_000)
        let upstream = try RecordingUpstream { link in
            guard let request = try link.request() else { return }
            gate.wait()
            guard request.target == "/open/yes" else {
                return try link.send("HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nnope")
            }
            try link.send("HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            let bytes = try link.socket.read(early.count)
            try link.send(bytes == early ? "same" : "other")
        }
        try await withGateway(upstream) { rig in
            async let granted = rig.webSocket("/open/yes", then: early)
            try await eventually("the handshake is there") { rig.upstream.requests.count == 1 }
            gate.signal()
            #expect(try await granted.client.rest(resetIsEnd: true) == Array("same".utf8))
            try await granted.client.close()
            gate.signal()
            let client = try rig.client()
            let lines = ["GET /open/no HTTP/1.1", "Host: a"] + Rig.handshake
            try await client.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + early)
            let refused = try await client.response()
            #expect(refused.status == 403 && refused.text == "nope" && refused["Connection"] == "close")
            #expect(try await client.ends())
            #expect(rig.upstream.requests.map(\.target) == ["/open/yes", "/open/no"])
            #expect(try await rig.log(2).count == 2)
        }
    }

    @Test("an upstream that refuses is relayed like any other, and the connection ends behind it")
    func refused() async throws {
        let upstream = try RecordingUpstream { _ in
            "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 3\r\n\r\nold"
        }
        try await withGateway(upstream) { rig in
            for _ in 0..<2 {
                let client = try rig.client()
                let answer = try await client.request("GET", "/open/x", Rig.handshake)
                #expect(
                    answer.status == 426 && answer["Sec-WebSocket-Version"] == "13" && answer.text == "old")
                #expect(answer["Connection"] == "close")
                #expect(try await client.ends())
            }
            #expect(rig.upstream.connectionCount == 2)
            try await rig.expectNothingHeld()
        }
    }

    @Test(
        "a 101 that does not grant what was asked is 502",
        arguments: [
            "Upgrade: h2c\r\nConnection: Upgrade\r\n", "Upgrade: websocket\r\n", "Connection: Upgrade\r\n",
            "Upgrade: websocket, h2c\r\nConnection: Upgrade\r\n", "",
        ])
    func wrongSwitch(fields: String) async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("HTTP/1.1 101 Yes\r\n\(fields)\r\n")
            _ = try link.socket.readToEnd(resetIsEnd: true)
        }
        try await withGateway(upstream) { rig in
            let (_, head) = try await rig.webSocket()
            #expect(head.status == 502)
            try await rig.expectNothingHeld()
        }
    }

    @Test(
        "what does not ask for a WebSocket properly is forwarded without an upgrade, and its connection lives on"
    )
    func ignored() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            for fields in [
                ["Connection: Upgrade", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
                ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
                ["Upgrade: websocket", Rig.handshake[3]], ["Connection: Upgrade", "Upgrade: websocket"],
                Rig.handshake + [Rig.handshake[3]], ["Connection: Upgrade", "Upgrade: TLS/1.0"],
            ] {
                #expect(try await client.request("GET", "/open/x", fields).status == 200)
                let request = try #require(rig.upstream.requests.last)
                #expect(request["Upgrade"] == nil && request["Connection"] == nil, "\(fields)")
            }
            #expect(try await client.request("POST", "/open/x", Rig.handshake, body: "x").text == "x")
            #expect(rig.upstream.requests.last?["Upgrade"] == nil)
        }
    }

    @Test("a handshake with a body is refused and closes: what follows it could be either")
    func body() async throws {
        try await withGateway(try echo()) { rig in
            for framing in ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"] {
                let client = try rig.client()
                let lines = ["GET /open/x HTTP/1.1", "Host: a"] + Rig.handshake + [framing]
                let answer = try await client.exchange(lines.joined(separator: "\r\n"))
                #expect(answer.status == 400 && answer["Connection"] == "close")
                #expect(try await client.ends())
            }
            let (client, head) = try await rig.webSocket("/open/x", ["Content-Length: 0"])
            #expect(head.status == 101)
            client.close()
            #expect(rig.upstream.requests.count == 1)
        }
    }

    @Test("a handshake by cookie must come from this site, by bearer token it may come from anywhere")
    func crossSite() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        try await withGateway(try echo(), { $0.redis = redis }) { rig in
            let token = try await rig.logIn()
            let table: [(fields: [String], byCookie: Int)] = [
                ([], 403), (["Origin: http://evil.test"], 403), (["Origin: null"], 403),
                (["Origin: http://gate.test.evil.test"], 403), (["Sec-Fetch-Site: cross-site"], 403),
                (["Sec-Fetch-Site: same-site", "Origin: http://gate.test"], 403),
                (["Origin: http://gate.test"], 101), (["Sec-Fetch-Site: same-origin"], 101),
            ]
            for (fields, status) in table {
                let byCookie = try await rig.webSocket("/api/ws", fields + ["Cookie: fillgate=\(token)"])
                #expect(byCookie.head.status == status, "\(fields)")
                byCookie.client.close()
                let byToken = try await rig.webSocket("/api/ws", fields + ["Authorization: Bearer \(token)"])
                #expect(byToken.head.status == 101, "\(fields)")
                byToken.client.close()
            }
            #expect(try await rig.webSocket("/api/ws").head.status == 401)
            #expect(rig.upstream.requests.allSatisfy { $0["X-Fillgate-Assertion"] != nil })
            let users = try await rig.log(2 * table.count + 1).filter { $0["status"] as? Int == 101 }
            #expect(users.allSatisfy { $0["user"] as? String == "alice@example.com" })
        }
    }

    @Test("a handshake is a request to every limit, and holds a place at the upstream as long as it lives")
    func limits() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let gcra = try #require(GCRA(count: 1, per: .seconds(600), burst: 3))
        try await withGateway(
            try echo(),
            {
                $0.redis = redis
                $0.policies = [LimitPolicy(name: "address", key: .address, gcra: gcra, mode: .enforce)]
                $0.upstream.maxConnections = 1
                $0.upstream.queue = 0
            }
        ) { rig in
            let (client, head) = try await rig.webSocket()
            #expect(head.status == 101 && head["RateLimit"]?.contains("r=2") == true)
            let busy = try await rig.request("GET", "/open/x")
            #expect(busy.status == 503 && busy.text.contains("upstream-busy"))
            client.close()
            try await rig.expectNothingHeld()
            #expect(try await rig.webSocket().head.status == 101)
            #expect(try await rig.webSocket().head.status == 429)
        }
    }

    @Test("pain 31: a reload touches no WebSocket, even one that replaces its upstream's connections")
    func reload() async throws {
        try await withGateway(try echo()) { rig in
            let (client, _) = try await rig.webSocket()
            for round in 0..<3 {
                try await client.send("round \(round)")
                #expect(try await Blocking.run { try client.socket.read(7) } == Array("round \(round)".utf8))
                try await rig.reload { next in next.upstream.idleTimeout = .seconds(31 + round) }
            }
            try await client.send("bye")
            client.socket.endOutput()
            #expect(try await client.rest() == Array("bye".utf8))
            #expect(try await rig.log(1).count == 1)
        }
    }

    @Test("a WebSocket that is the first to get through after the circuit was open closes it for everybody")
    func breaker() async throws {
        let upstream = try RecordingUpstream { link in
            guard let request = try link.request(), request.target != "/open/bad" else { return }
            guard request.target == "/open/ws" else {
                return try link.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            }
            try link.send("HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            _ = try link.socket.readToEnd(resetIsEnd: true)
        }
        try await withGateway(
            upstream, { $0.upstream.breaker = BreakerPolicy(requests: 1, coolDown: .milliseconds(100)) }
        ) { rig in
            #expect(try await rig.request("GET", "/open/bad").status == 502)
            var opened: RawClient?
            try await eventually("one is let through to try") {
                let (client, head) = try await rig.webSocket()
                opened = client
                return head.status == 101
            }
            #expect(try await rig.request("GET", "/open/x").status == 200)
            opened?.close()
        }
    }
}
