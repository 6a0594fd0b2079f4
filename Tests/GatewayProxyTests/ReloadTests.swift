import Foundation
import GatewayCore
import GatewayRedis
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Reload")
struct ReloadTests {
    @Test("a hundred reloads under load lose no request and no connection")
    func underLoad() async throws {
        let redis = try await RedisServer.start()
        let policy = LimitPolicy(
            name: "api", key: .user,
            gcra: try #require(GCRA(count: 10_000, per: .seconds(1), burst: 100_000)))
        try await withGateway(
            try RecordingUpstream.echo(),
            {
                $0.redis = redis
                $0.loops = 2
                $0.policies = [policy]
            }
        ) { rig in
            let token = try await rig.logIn()
            let end = End()
            let answered = try await withThrowingTaskGroup(of: [Int].self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let client = try rig.client()
                        defer { client.close() }
                        var statuses: [Int] = []
                        while !end.hasCome {
                            let body = "request \(statuses.count) of \(number)"
                            let path = number.isMultiple(of: 2) ? "/api/x" : "/open/x"
                            let answer = try await client.request(
                                "POST", path, ["Authorization: Bearer \(token)"], body: body)
                            #expect(answer.text == body)
                            statuses.append(answer.status)
                        }
                        return statuses
                    }
                }
                for round in 0..<100 {
                    try await rig.reload(newStores: round.isMultiple(of: 4)) { next in
                        // Every other round the pool goes too; every third one the limits change.
                        next.upstream.idleTimeout = .seconds(30 + round % 2)
                        next.limits.bodyLimit = 1 << 20 + round % 3
                        next.sessions.cache = .milliseconds(500 + round)
                    }
                }
                end.come()
                return try await group.reduce([]) { $0 + $1 }
            }
            #expect(answered.count > 100)
            #expect(answered.allSatisfy { $0 == 200 })
            #expect(rig.upstream.requests.count == answered.count)
            #expect(try await rig.onLoops { $0.generation } == [100, 100])
        }
    }

    @Test("a request under way keeps the route that it was matched to, and the next one meets the new table")
    func underWay() async throws {
        let release = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while let request = try link.request() {
                if request.target.hasSuffix("/hold") { release.wait() }
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            try await client.send("GET /open/hold HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("the request is at the upstream") { !upstream.requests.isEmpty }
            try await rig.reload {
                $0.upstream.name = "other"; $0.upstream.addresses = [.host("127.0.0.1", port: 1)]
            }
            release.signal()
            #expect(try await client.response().status == 200)
            #expect(try await client.request("GET", "/open/x").status == 502)
        }
    }

    @Test("a request that waits for its turn at an upstream gets it after a reload that changed the upstream")
    func queued() async throws {
        let release = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {
                release.wait()
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withGateway(upstream, { $0.upstream.maxConnections = 1 }) { rig in
            let clients = try (0..<3).map { _ in try rig.client() }
            for client in clients { try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n") }
            try await eventually("two wait") { try await rig.onLoops { $0.pools[0].queued } == [2] }
            try await rig.reload { $0.upstream.maxConnections = 2 }
            #expect(try await rig.onLoops { $0.pools[0].queued } == [0])
            for _ in clients { release.signal() }
            for client in clients { #expect(try await client.response().status == 200) }
        }
    }

    @Test("connections to an upstream are kept where it stays as it was, and let go of where it does not")
    func pools() async throws {
        let upstream = try RecordingUpstream.echo()
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/x").status == 200)
            try await rig.reload { $0.bodyLimit = 5 }
            #expect(try await client.request("GET", "/open/x").status == 200)
            #expect(upstream.connectionCount == 1)
            try await rig.reload { $0.upstream.responseTimeout = .seconds(7) }
            #expect(try await client.request("GET", "/open/x").status == 200)
            #expect(upstream.connectionCount == 2)
        }
    }

    @Test("a kept-alive connection meets new limits and trusted proxies with its next request")
    func keepAlive() async throws {
        try await withGateway(try RecordingUpstream.echo()) { rig in
            let client = try rig.client()
            let forwarded = "X-Forwarded-For: 192.0.2.7"
            #expect(try await client.request("POST", "/open/x", [forwarded], body: "123456").status == 200)
            try await rig.reload {
                $0.bodyLimit = 5
                $0.limits.headerCount = 8
                try $0.trust("127.0.0.1")
            }
            #expect(try await client.request("POST", "/open/x", [forwarded], body: "12345").status == 200)
            #expect(try await client.request("POST", "/open/x", body: "123456").status == 413)
            let other = try rig.client()
            #expect(try await other.request("GET", "/open/x").status == 200)
            let many = (0..<8).map { "X-\($0): a" }
            #expect(try await other.request("GET", "/open/x", many).status == 431)
            let log = try await rig.log(5)
            #expect(log[0]["client"] as? String == "127.0.0.1")
            #expect(log[1]["client"] as? String == "192.0.2.7")
        }
    }

    @Test("what a loop remembers of sessions and limits outlives a reload")
    func memory() async throws {
        let redis = try await RedisServer.start()
        let policy = LimitPolicy(
            name: "tight", key: .address, gcra: try #require(GCRA(count: 1, per: .seconds(3_600), burst: 2)))
        try await withGateway(
            try RecordingUpstream.echo(),
            {
                $0.redis = redis
                $0.redisDeadline = .milliseconds(200)
                $0.policies = [policy]
            }
        ) { rig in
            redis.kill9()
            let client = try rig.client()
            // The store's absence is noticed by the first question, and from then on the loop counts by itself.
            #expect(try await client.request("GET", "/open/x").status == 200)
            #expect(try await client.request("GET", "/open/x").status == 200)
            #expect(try await client.request("GET", "/open/x").status == 429)
            try await rig.reload { $0.bodyLimit = 5 }
            #expect(try await client.request("GET", "/open/x").status == 429)
        }
    }

    @Test("a listener is opened and closed by reloads, and its connections outlive it")
    func listeners() async throws {
        try await withGateway(try RecordingUpstream.echo()) { rig in
            let port = try LoopbackPort.free()
            try await rig.reload {
                $0.moreListeners = [ListenerSettings(address: .host("127.0.0.1", port: port))]
            }
            let first = try rig.client()
            let second = try RawClient(port: port)
            #expect(try await first.request("GET", "/open/x").status == 200)
            #expect(try await second.request("GET", "/open/x").status == 200)
            try await rig.reload()
            // A process that another test starts at this moment may hold the socket until it has begun.
            try await eventually("the old port is closed") { !LoopbackPort.accepts(port) }
            #expect(LoopbackPort.accepts(rig.port))
            #expect(try await first.request("GET", "/open/x").status == 200)
            #expect(try await second.request("GET", "/open/x").status == 200)
        }
    }

    @Test("a listener that cannot be opened refuses the reload as a whole")
    func takenPort() async throws {
        let upstream = try RecordingUpstream.echo()
        try await withGateway(upstream) { rig in
            let free = try LoopbackPort.free()
            await #expect(throws: Gateway.StartFault.self) {
                try await rig.reload {
                    $0.bodyLimit = 0
                    $0.moreListeners = [free, upstream.port].map {
                        ListenerSettings(address: .host("127.0.0.1", port: $0))
                    }
                }
            }
            try await eventually("nothing is left open") { !LoopbackPort.accepts(free) }
            let client = try rig.client()
            #expect(try await client.request("POST", "/open/x", body: "still allowed").status == 200)
            #expect(try await rig.onLoops { $0.generation } == [0])
        }
    }

    @Test("pain 31: a slow download goes on through ten reloads")
    func download() async throws {
        let parts = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
            for digit in 0..<10 {
                parts.wait()
                try link.send("\(digit)")
            }
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("the download has begun") { !upstream.requests.isEmpty }
            for round in 0..<10 {
                try await rig.reload { $0.upstream.responseTimeout = .seconds(20 + round) }
                parts.signal()
            }
            #expect(try await client.response().text == "0123456789")
        }
    }
}

/// When the clients of a test stop.
private final class End: Sendable {
    private let value = Mutex(false)
    var hasCome: Bool { value.withLock { $0 } }
    func come() { value.withLock { $0 = true } }
}
