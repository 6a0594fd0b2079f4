import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Indexes of sessions and keys in Redis")
struct SessionIndexTests {
    private func lifetime(_ key: String, _ redis: RedisServer) throws -> Int64 {
        guard case .integer(let milliseconds) = try redis.command("PTTL", key) else { return -3 }
        return milliseconds
    }

    @Test("pain 27: the index of a user's sessions lives as long as the longest of them, and is then gone")
    func sessions() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let user = try #require(UserID("0190-alice"))
        let email = try #require(EmailAddress("a@example.com"))
        let now = Timestamp(seconds: 1_800_000_000)
        func begin(_ number: UInt64, _ span: Duration) async throws {
            let session = Session(
                digest: SessionDigest(words: (number, 1, 2, 3)), user: user, email: email, isAdmin: false,
                createdAt: now, lastUsedAt: now, expiresAt: now + span, address: "192.0.2.1", userAgent: "x")
            try await loop.run { _, store in try await store.begin(session, policy: SessionPolicy()) }
        }
        try await begin(1, .seconds(60))
        let first = try lifetime("fg:u:0190-alice", redis)
        #expect(first > 50_000 && first <= 60_000)
        try await begin(2, .seconds(120))
        let second = try lifetime("fg:u:0190-alice", redis)
        #expect(second > 100_000 && second <= 120_000)
        // One that ends sooner shortens nothing.
        try await begin(3, .seconds(30))
        #expect(try lifetime("fg:u:0190-alice", redis) > 100_000)
        _ = try redis.command("FLUSHALL")
        try await begin(4, .milliseconds(500))
        try await loop.eventually("the index outlives its sessions") { _ in
            try lifetime("fg:u:0190-alice", redis) == -2
        }
    }

    @Test("the index of a user's API keys expires with the last of them")
    func keys() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let now = Timestamp(seconds: 1_800_000_000)
        let key = APIKey(
            digest: SessionDigest(words: (1, 1, 2, 3)), user: try #require(UserID("0190-alice")),
            email: try #require(EmailAddress("a@example.com")),
            grant: KeyGrant(name: "x", scopes: .read, addresses: []), createdAt: now,
            expiresAt: now + .seconds(60))
        let isMade = try await loop.run { _, store in try await store.create(key, policy: KeyPolicy()) }
        #expect(isMade)
        for name in ["fg:i:0190-alice", "fg:k:\(key.digest)"] {
            let left = try lifetime(name, redis)
            #expect(left > 50_000 && left <= 60_000)
        }
    }

    @Test("a key's record with a scope or an address that is not known opens nothing")
    func unknown() throws {
        #expect(KeyRecord.grant(flags: "krw", addresses: "192.0.2.0/24", "x")?.scopes == [.read, .write])
        #expect(KeyRecord.grant(flags: "k", addresses: "", "x")?.scopes == [])
        #expect(KeyRecord.grant(flags: "krx", addresses: "", "x") == nil)
        #expect(KeyRecord.grant(flags: "kr", addresses: "192.0.2.0/24,nowhere", "x") == nil)
    }
}
