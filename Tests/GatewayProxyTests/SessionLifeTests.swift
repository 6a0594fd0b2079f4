import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("How long a session lasts")
struct SessionLifeTests {
    private func withSessions(_ body: (Rig) async throws -> Void) async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.sessions = SessionPolicy(idleTimeout: .seconds(2), touchInterval: .seconds(1))
            }
        ) { rig in try await body(rig) }
    }

    private func status(_ rig: Rig, _ token: String) async throws -> Int {
        try await rig.request("GET", "/api/x", ["Authorization: Bearer \(token)"]).status
    }

    @Test("a session that is used outlives the idle timeout; left alone that long, it is over")
    func idle() async throws {
        try await withSessions { rig in
            let used = try await rig.logIn()
            let idle = try await rig.logIn("bob")
            #expect(try await status(rig, idle) == 200)
            let begin = ContinuousClock.now
            // Two timeouts and two touches long.
            while ContinuousClock.now - begin < .seconds(6) {
                #expect(try await status(rig, used) == 200)
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try await status(rig, idle) == 401)
            #expect(try await status(rig, used) == 200)
        }
    }

    @Test("a session that is used all the time is over at its absolute end, and not before")
    func absolute() async throws {
        try await withSessions { rig in
            let begin = Clock.now
            let token = try await rig.logIn(lasting: .seconds(3))
            try await eventually("the session outlives its end", within: .seconds(10)) {
                let asked = Clock.now
                guard try await status(rig, token) == 200 else { return true }
                // It may have been begun a moment later than this test thinks.
                #expect(asked < begin + .seconds(5))
                return false
            }
            #expect(Clock.now >= begin + .seconds(3))
        }
    }
}
