import GatewayCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayEndpoints

/// What the endpoints of a world told the metrics.
final class Checks: Sendable {
    let tally = Mutex(CredentialTally())

    /// Those that are not zero.
    var counts: [CredentialTally.Outcome: Int] {
        tally.withLock { tally in
            var counts: [CredentialTally.Outcome: Int] = [:]
            for outcome in CredentialTally.Outcome.allCases where tally[outcome] > 0 {
                counts[outcome] = tally[outcome]
            }
            return counts
        }
    }
}

@Suite("Passwords that are checked, counted")
struct CredentialTallyTests {
    @Test(
        "each check counts once as what became of it, and nothing tells who exists",
        arguments: Backend.allCases)
    func outcomes(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        try await world.add(EmailAddress("disabled@example.com")!, isActive: false)
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 200)
        #expect(world.checks.counts == [.succeeded: 1])
        for _ in 0..<5 { _ = try await world.send(.login("nobody@example.com", "wrong")) }
        _ = try await world.send(.login("disabled@example.com", World.password))
        _ = try await world.send(.login("alice@example.com", "wrong"))
        #expect(world.checks.counts == [.succeeded: 1, .failed: 7])
        // The sixth attempt at one name from one address is refused by a lock.
        _ = try await world.send(.login("nobody@example.com", "wrong"))
        #expect(world.checks.counts == [.succeeded: 1, .failed: 7, .locked: 1])
        // A body that names nobody checks no password.
        _ = try await world.send(.login("", "wrong"))
        #expect(world.checks.counts == [.succeeded: 1, .failed: 7, .locked: 1])
    }

    @Test("a check for which there is no thread in time is overloaded")
    func overloaded() async throws {
        let world = try await World(pool: .init(workers: 1, queue: 8, patience: .zero))
        try await world.add()
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 503)
        #expect(world.checks.counts == [.overloaded: 1])
        #expect(world.pool.rejected.overdue >= 1)
    }

    @Test("a check that the store does not take part in is none of the caller's failures")
    func storeAway() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let world = try await World(on: Backend.configuration(of: redis))
        try await world.add()
        redis.kill9()
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 503)
        #expect(world.checks.counts == [.storeUnavailable: 1])
    }
}
