import GatewayCore
import Logging
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("The news channel")
struct NewsChannelTests {
    /// What was heard, and how often the channel came back.
    private final class Ear: Sendable {
        private let state = Mutex<(heard: Set<SessionDigest>, changed: Set<SessionDigest>, returns: Int)>(
            ([], [], 0))

        var heard: Set<SessionDigest> { state.withLock { $0.heard } }
        var returns: Int { state.withLock { $0.returns } }
        var changed: Set<SessionDigest> { state.withLock { $0.changed } }
        func hear(_ news: SessionNews) {
            state.withLock { state in
                switch news {
                case .ended(let digests): state.heard.formUnion(digests)
                case .changed(let digests): state.changed.formUnion(digests)
                }
            }
        }
        func noteReturn() { state.withLock { $0.returns += 1 } }
    }

    @Sendable private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func withChannel(
        url: String? = nil, user: String? = nil, password: String? = nil, on redis: RedisServer,
        isHeard: Bool = true, _ body: (NewsChannel, Ear) async throws -> Void
    ) async throws {
        try await withChannel(
            try RedisConfiguration(url: url ?? redis.url, user: user, password: password), isHeard: isHeard,
            body)
    }

    private func withChannel(
        _ configuration: RedisConfiguration, isHeard: Bool = true,
        _ body: (NewsChannel, Ear) async throws -> Void
    ) async throws {
        let ear = Ear()
        let channel = NewsChannel(
            configuration, on: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: Self.now)
        channel.start({ ear.hear($0) }, onReturn: { ear.noteReturn() })
        let outcome: Result<Void, any Error>
        do {
            if isHeard { try await eventually("the channel is live") { channel.tally.isLive } }
            try await body(channel, ear)
            outcome = .success(())
        } catch { outcome = .failure(error) }
        await channel.close()
        try outcome.get()
    }

    private func eventually(
        _ what: String, within patience: Duration = .seconds(10), _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + patience
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw RedisServer.Failure(description: what) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func session(_ number: UInt64) throws -> Session {
        let now = Timestamp(seconds: 1_800_000_000)
        return Session(
            digest: SessionDigest(words: (number, 1, 2, 3)), user: try #require(UserID("0190-alice")),
            email: try #require(EmailAddress("a@example.com")), isAdmin: false, createdAt: now,
            lastUsedAt: now, expiresAt: now + .seconds(3_600), address: "192.0.2.1", userAgent: "x")
    }

    private func key(_ number: UInt64, _ user: UserID) throws -> APIKey {
        let now = Timestamp(seconds: 1_800_000_000)
        return APIKey(
            digest: SessionDigest(words: (number, 1, 2, 3)), user: user,
            email: try #require(EmailAddress("a@example.com")),
            grant: KeyGrant(name: "x", scopes: .read, addresses: []), createdAt: now,
            expiresAt: now + .seconds(3_600))
    }

    @Test("whatever ends a session or a key is heard of: one, all, one too many, keys")
    func endings() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        try await withChannel(on: redis) { channel, ear in
            let sessions = try (1...7).map { try session($0) }
            let keys = try (11...13).map { try key($0, sessions[0].user) }
            try await loop.run { _, store in
                let policy = SessionPolicy(perUser: 6)
                // The seventh ends the first.
                for session in sessions { try await store.begin(session, policy: policy) }
                for key in keys { _ = try await store.create(key, policy: KeyPolicy()) }
                #expect(try await store.retire(sessions[1].digest, in: .seconds(10)))
                #expect(try await store.end(sessions[1].digest))
                #expect(try await store.end(sessions[2].digest.sessionID, of: sessions[2].user))
                #expect(try await store.endAll(of: sessions[0].user, except: sessions[6].digest) == 3)
                #expect(try await store.endKey(keys[0].id, of: keys[0].user))
                #expect(try await store.endKeys(of: keys[0].user, having: nil) == 2)
                // Nothing was there: whoever asks again may do so because nobody heard.
                #expect(try await !store.end(sessions[1].digest))
            }
            let ended = Set(sessions.dropLast().map(\.digest) + keys.map(\.digest))
            try await eventually("every end is heard of") { ear.heard == ended }
            #expect(ear.changed == [sessions[1].digest])
            // The change, and the second word of an end that was asked for twice.
            try await eventually("every word is counted") { channel.tally.heard == ended.count + 2 }
        }
    }

    @Test("a killed channel covers nothing that was asked before, comes back by itself and says so")
    func killed() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        try await withChannel(on: redis) { channel, ear in
            var asked = Self.now()
            try await eventually("what is asked now is covered") {
                asked = Self.now()
                return channel.pulse.covers(asked, at: Self.now())
            }
            _ = try redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            try await eventually("it comes back") { ear.returns == 1 }
            #expect(channel.tally.losses == 1)
            #expect(!channel.pulse.covers(asked, at: Self.now()))
            let session = try session(1)
            try await loop.run { _, store in
                try await store.begin(session, policy: SessionPolicy())
                _ = try await store.end(session.digest)
            }
            try await eventually("it hears again") { ear.heard == [session.digest] }
        }
    }

    @Test("a server that hangs is a channel that is silent, and after a second covers nothing")
    func hung() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        try await withChannel(on: redis) { channel, _ in
            let asked = Self.now()
            redis.suspend()
            defer { redis.resume() }
            let begin = Self.now()
            // What is heard last was on its way before the suspension.
            #expect(!channel.pulse.covers(asked, at: begin + 2_000_000_000))
            try await eventually("nothing is covered") { !channel.pulse.covers(asked, at: Self.now()) }
            #expect(!channel.pulse.covers(asked, at: begin + 2_000_000_000))
            try await eventually("it is given up") { channel.tally.losses == 1 }
        }
    }

    @Test("it waits for a server that is not there yet")
    func late() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        redis.kill9()
        try await withChannel(on: redis, isHeard: false) { channel, _ in
            #expect(!channel.tally.isLive && !channel.pulse.covers(Self.now(), at: Self.now()))
            try await redis.restart()
            try await eventually("the channel is live") { channel.tally.isLive }
            #expect(channel.tally.losses == 0)
        }
    }

    @Test("a user who may use no channels can end sessions, and nobody relies on hearing of it")
    func noPermission() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        _ = try redis.command(
            "ACL", "SETUSER", "mute", "on", ">secret", "~*", "+@all", "resetchannels")
        let loop = try LoopActor.store(on: redis, user: "mute", password: "secret")
        try await loop.untilReachable()
        try await withChannel(user: "mute", password: "secret", on: redis, isHeard: false) { channel, _ in
            let session = try session(1)
            try await loop.run { _, store in
                try await store.begin(session, policy: SessionPolicy())
                #expect(try await store.end(session.digest))
            }
            #expect(!channel.tally.isLive && !channel.pulse.covers(Self.now(), at: Self.now()))
        }
    }

    @Test("pain 4: behind sentinels the channel follows the primary when the old one is killed")
    func failover() async throws {
        let group = try await SentinelGroup.start()
        defer { group.stop() }
        let configuration = try RedisConfiguration(url: group.url)
        let loop = LoopActor.store(try RedisConfiguration(url: group.url, deadline: .seconds(2)))
        try await loop.untilReachable()
        try await withChannel(configuration) { channel, ear in
            let old = try #require(group.primary)
            try await group.untilReplicated()
            old.kill9()
            try await eventually("the other is the primary", within: .seconds(30)) {
                group.primary.map { $0 !== old } ?? false
            }
            try await eventually("what ends at the new primary is heard of", within: .seconds(30)) {
                let session = try session(UInt64.random(in: 1 ... .max))
                let isDone: Void? = try? await loop.run { _, store in
                    try await store.begin(session, policy: SessionPolicy())
                    _ = try await store.end(session.digest)
                }
                guard isDone != nil else { return false }
                try await Task.sleep(for: .milliseconds(50))
                return ear.heard.contains(session.digest) && group.primary.map { $0 !== old } ?? false
            }
            #expect(channel.tally.losses > 0 && ear.returns > 0)
        }
    }

    @Test("words that are not known, and what is no digest, are passed over")
    func words() throws {
        let digest = try session(1).digest
        #expect(SessionNews("ended \(digest)") == .ended([digest]))
        #expect(SessionNews("changed \(digest) x \(digest)") == .changed([digest, digest]))
        for message in ["", "ended", "begun \(digest)", "\(digest)", "ended x"] {
            #expect(SessionNews(message) == nil)
        }
    }
}
