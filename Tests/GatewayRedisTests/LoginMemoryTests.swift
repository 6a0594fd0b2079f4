import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis: what guessing leaves behind")
struct LoginMemoryTests {
    private func attempt(_ name: String, _ address: String) throws -> LoginAttempt {
        LoginAttempt(
            email: try #require(EmailAddress("\(name)@example.com")),
            address: try #require(AddressPrefix(address)))
    }

    private func guess(
        _ attempt: LoginAttempt, _ store: RedisStore, _ policy: LockoutPolicy, exists: Bool = false
    ) async throws {
        let opening = try await store.begin(attempt, policy: policy)
        let result = opening.verdict == .evaluate ? LoginResult.failed(exists: exists) : .refused
        try await store.finish(attempt, as: result, policy: policy)
    }

    private func keys(_ redis: RedisServer, _ store: RedisStore) async throws -> [String] {
        let reply = try await store.run(RedisCommand("KEYS", "*"), repeatable: true)
        return (reply.list ?? []).compactMap(\.text).sorted()
    }

    @Test(
        "names that nobody has, made up by one address, leave 20 of them by default however many they are")
    func defaults() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        try await loop.run { _, store in
            for number in 0..<3_000 {
                try await guess(try attempt("made-up-\(number)", "192.0.2.1"), store, LockoutPolicy())
            }
            // For each of 20: the pair, the account, its row of failures, and what lists its pairs. And the
            // address's counter, its list of names, and the list of locks.
            #expect(try await keys(redis, store).count == 20 * 4 + 3)
        }
    }

    @Test("with no address lock to speak of, the names that an address may leave bound them")
    func names() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let policy = LockoutPolicy(
            address: .init(failures: 1_000, window: .seconds(600)), namesPerAddress: 50)
        try await loop.run { _, store in
            for number in 0..<500 {
                try await guess(try attempt("made-up-\(number)", "2001:db8::1"), store, policy)
            }
            #expect(try await keys(redis, store).count == 50 * 4 + 2)
        }
    }

    @Test(
        "everything that counts failures of names that nobody has expires; a row of an account's failures does not"
    )
    func expiry() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        try await loop.run { _, store in
            for number in 0..<40 {
                let address = "2001:db8:0:\(String(number % 5, radix: 16))::1"
                try await guess(try attempt("made-up-\(number % 7)", address), store, LockoutPolicy())
            }
            for key in try await keys(redis, store) {
                let left = try await store.run(RedisCommand("PTTL", key), repeatable: true).integer ?? -1
                // A pair's last lock is remembered for a day, and lasts an hour at most.
                #expect(left > 0 && left <= 25 * 3_600_000, "\(key)")
            }
            try await guess(try attempt("alice", "192.0.2.1"), store, LockoutPolicy(), exists: true)
            let row = store.keys.streak(of: try #require(EmailAddress("alice@example.com")))
            #expect(try await store.run(RedisCommand("PTTL", row), repeatable: true).integer == -1)
            // The next attempt does not know yet whether there is such an account.
            _ = try await store.begin(try attempt("alice", "192.0.2.1"), policy: LockoutPolicy())
            #expect(try await store.run(RedisCommand("PTTL", row), repeatable: true).integer == -1)
            #expect(try await store.run(RedisCommand("GET", row), repeatable: true).text == "2 0")
        }
    }

    @Test("what a lock refuses keeps nothing alive that would have been forgotten")
    func refused() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let policy = LockoutPolicy(
            pair: .init(failures: 1, window: .seconds(60)), pairDuration: .seconds(60))
        try await loop.run { _, store in
            let here = try attempt("made-up", "192.0.2.1")
            try await guess(here, store, policy)
            let all = try await keys(redis, store)
            for key in all {
                _ = try await store.run(RedisCommand("PEXPIRE", key, "30000", "LT"), repeatable: true)
            }
            try await guess(here, store, policy)
            let row = store.keys.streak(of: here.email)
            let left = try await store.run(RedisCommand("PTTL", row), repeatable: true).integer ?? -1
            #expect(left > 0 && left <= 30_000)
            #expect(try await keys(redis, store) == all)
        }
    }

    @Test("every key of a login's script has the same hash tag, with a device and without")
    func slot() throws {
        let keys = KeySchema(prefix: "fg:")
        let email = try #require(EmailAddress("{x}@example.com"))
        let prefix = try #require(AddressPrefix("192.0.2.1"))
        let all = [
            keys.counter(of: prefix, and: email), keys.counter(of: prefix), keys.counter(of: email),
            keys.counter(of: nil, and: email), keys.counter(of: .random(), and: email),
            keys.streak(of: email), keys.counters(with: prefix), keys.counters(with: email), keys.locks,
            keys.devicesSince(of: email),
        ]
        #expect(all.allSatisfy { $0.hasPrefix("fg:{log}") })
        #expect(Set(all).count == all.count)
    }
}
