import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// Two workers on one Redis, of which one serves requests while sessions end at the other.
@Suite("Revocation on every worker")
struct RevocationTests {
    /// What the contract promises for whatever must hold on every worker.
    private static let everywhere = Duration.seconds(1)

    private func withWorkers(
        _ upstream: RecordingUpstream, loops: Int = 2,
        _ body: (_ here: Rig, _ there: Rig, RedisServer) async throws -> Void
    ) async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        func configure(_ setup: inout Setup) {
            setup.redis = redis
            setup.hearsNews = true
            setup.loops = loops
            // Much longer than a revocation may take to hold.
            setup.sessions = SessionPolicy(cache: .seconds(10))
        }
        try await withGateway(upstream, { configure(&$0) }) { here in
            try await withGateway(try .echo(), { configure(&$0) }) { there in
                try await body(here, there, redis)
            }
        }
    }

    private func status(_ rig: Rig, _ token: String) async throws -> Int {
        try await rig.request("GET", "/api/x", ["Authorization: Bearer \(token)"]).status
    }

    /// Makes sure that every loop of `rig` has just seen the session.
    private func warm(_ rig: Rig, _ token: String) async throws {
        let digest = SessionDigest(ofToken: Array(token.utf8))
        try await eventually("every loop remembers the session") {
            #expect(try await status(rig, token) == 200)
            let pulse = rig.news?.pulse
            return try await rig.onLoops { state in
                state.sessions.fresh(digest, now: Clock.monotonic, pulse: pulse) != nil
            }.allSatisfy { $0 }
        }
    }

    @Test(
        "pain 16: what ends at one worker is refused by every loop of the other within a second, cache warm",
        arguments: ["one", "all", "key"])
    func everywhere(what: String) async throws {
        try await withWorkers(try .echo()) { here, there, _ in
            let token = try await what == "key" ? there.makeKey([.read]) : there.logIn()
            let digest = SessionDigest(ofToken: Array(token.utf8))
            try await warm(here, token)
            switch what {
            case "one": try await there.logOut(token)
            case "all": try await there.logOutAll()
            default: try await there.endKeys()
            }
            let revoked = ContinuousClock.now
            try await eventually("no loop would serve it from memory", within: Self.everywhere) {
                try await here.onLoops { state in
                    state.sessions.fresh(digest, now: Clock.monotonic, pulse: nil) == nil
                }.allSatisfy { $0 }
            }
            #expect(ContinuousClock.now - revoked < Self.everywhere)
            for _ in 0..<4 { #expect(try await status(here, token) == 401) }
        }
    }

    @Test("pain 16: a session that has ended is not served from memory when Redis goes away right after")
    func endedAndAway() async throws {
        try await withWorkers(try .echo(), loops: 1) { here, there, redis in
            let token = try await there.logIn()
            try await warm(here, token)
            try await there.logOut(token)
            let digest = SessionDigest(ofToken: Array(token.utf8))
            try await eventually("it is heard", within: Self.everywhere) {
                try await here.onLoops { state in
                    state.sessions.fresh(digest, now: Clock.monotonic, pulse: nil) == nil
                }.allSatisfy { $0 }
            }
            redis.suspend()
            defer { redis.resume() }
            #expect(try await status(here, token) == 503)
        }
    }

    @Test("a worker serves from memory no longer than a second after it last heard, whatever is configured")
    func silence() async throws {
        try await withWorkers(try .echo(), loops: 1) { here, there, redis in
            let token = try await there.logIn()
            try await warm(here, token)
            redis.kill9()
            let gone = ContinuousClock.now
            var served = 0
            var firstAnswer: ContinuousClock.Instant?
            try await eventually("it is served from memory no more", within: .seconds(5)) {
                let asked = ContinuousClock.now
                let status = try await status(here, token)
                firstAnswer = firstAnswer ?? .now
                guard status == 200 else { return true }
                served += 1
                #expect(asked - gone < Self.everywhere)
                return false
            }
            // A ping may have been on its way for a while; and a busy machine may let the second pass.
            #expect(served > 0 || firstAnswer.map { $0 - gone > .milliseconds(500) } == true)
            try await redis.restart()
            try await eventually("it serves again", within: .seconds(10)) {
                try await status(here, token) == 200
            }
        }
    }

    @Test("a worker whose channel was killed serves nothing from memory that it knew before")
    func killed() async throws {
        try await withWorkers(try .echo(), loops: 1) { here, there, redis in
            let token = try await there.logIn()
            try await warm(here, token)
            let losses = here.news?.tally.losses ?? 0
            _ = try redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            try await eventually("the channel is lost and back") {
                let tally = here.news?.tally
                return (tally?.losses ?? 0) > losses && tally?.isLive == true
            }
            redis.suspend()
            defer { redis.resume() }
            #expect(try await status(here, token) == 503)
        }
    }

    /// Answers 101, then says nothing but what it must to end.
    private func webSockets() throws -> RecordingUpstream {
        try RecordingUpstream { link in
            guard try link.accept() else { return }
            while case let bytes = try link.socket.readSome(), !bytes.isEmpty { try link.socket.send(bytes) }
        }
    }

    @Test("the end of a session closes the WebSockets that it opened, on another worker, and no others")
    func webSocket() async throws {
        try await withWorkers(try webSockets()) { here, there, _ in
            let token = try await there.logIn()
            let other = try await there.logIn("bob")
            let (mine, head) = try await here.webSocket("/api/ws", ["Authorization: Bearer \(token)"])
            let (bobs, _) = try await here.webSocket("/api/ws", ["Authorization: Bearer \(other)"])
            #expect(head.status == 101)
            try await there.logOut(token)
            let revoked = ContinuousClock.now
            let farewell = try await Blocking.run { try mine.socket.read(Frame.goingAway.count) }
            #expect(farewell == Frame.goingAway)
            // A client that does not answer is not waited for.
            #expect(try await mine.ends())
            #expect(ContinuousClock.now - revoked < .seconds(3))
            try await bobs.send(Frame.text("still here", mask: Frame.mask))
            let echo = try await Blocking.run { try bobs.socket.read(6 + 10) }
            #expect(echo == Frame.text("still here", mask: Frame.mask))
            let line = try await here.log(1)[0]
            #expect(line["code"] as? String == "session-ended")
            bobs.socket.endOutput()
            #expect(try await bobs.ends())
            #expect(try await here.onLoops { $0.held.isEmpty }.allSatisfy { $0 })
        }
    }

    @Test("a session that ended while nothing could be heard closes its WebSockets once it can")
    func missed() async throws {
        try await withWorkers(try webSockets()) { here, there, redis in
            let token = try await there.logIn()
            let (mine, head) = try await here.webSocket("/api/ws", ["Authorization: Bearer \(token)"])
            #expect(head.status == 101)
            // It ends without a word, which is how a worker meets news that it missed.
            let digest = SessionDigest(ofToken: Array(token.utf8))
            _ = try redis.command("DEL", "fg:s:\(digest)")
            _ = try redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            let farewell = try await Blocking.run { try mine.socket.read(Frame.goingAway.count) }
            #expect(farewell == Frame.goingAway)
            #expect(try await mine.ends())
        }
    }

    @Test("an event stream ends with the session that opened it")
    func events() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "9\r\ndata: 1\n\n\r\n")
            _ = try link.socket.readSome()
        }
        try await withWorkers(upstream) { here, there, _ in
            let token = try await there.logIn()
            let client = try here.client()
            try await client.send(
                "GET /api/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
            let head = try await Blocking.run { try RawMessage(headFrom: client.socket) }
            #expect(head.status == 200)
            let event = try await Blocking.run { try client.socket.read(14) }
            #expect(String(decoding: event, as: UTF8.self) == "9\r\ndata: 1\n\n\r\n")
            try await there.logOut(token)
            let end = try await Blocking.run { try client.socket.read(5) }
            #expect(String(decoding: end, as: UTF8.self) == "0\r\n\r\n")
            #expect(try await here.log(1)[0]["code"] as? String == "session-ended")
        }
    }

    @Test("a WebSocket that a replaced token opened ends with that token's grace, and not before")
    func retired() async throws {
        try await withWorkers(try webSockets()) { here, there, _ in
            let token = try await there.logIn()
            let (mine, head) = try await here.webSocket("/api/ws", ["Authorization: Bearer \(token)"])
            #expect(head.status == 101)
            let before = ContinuousClock.now
            try await there.retire(token, in: .seconds(2))
            try await mine.send(Frame.text("still here", mask: Frame.mask))
            let echo = try await Blocking.run { try mine.socket.read(6 + 10) }
            #expect(echo == Frame.text("still here", mask: Frame.mask))
            let farewell = try await Blocking.run { try mine.socket.read(Frame.goingAway.count) }
            #expect(farewell == Frame.goingAway)
            #expect(ContinuousClock.now - before >= .seconds(2))
            #expect(try await mine.ends())
            #expect(try await status(here, token) == 401)
        }
    }

    @Test("a WebSocket ends when its session does that no use postpones")
    func absoluteEnd() async throws {
        try await withWorkers(try webSockets()) { here, _, _ in
            let token = try await here.logIn(lasting: .seconds(2))
            let (mine, head) = try await here.webSocket("/api/ws", ["Authorization: Bearer \(token)"])
            #expect(head.status == 101)
            let farewell = try await Blocking.run { try mine.socket.read(Frame.goingAway.count) }
            #expect(farewell == Frame.goingAway)
            #expect(try await mine.ends())
        }
    }
}
