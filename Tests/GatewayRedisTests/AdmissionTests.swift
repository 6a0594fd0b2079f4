import GatewayCore
import Logging
import NIOCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis: admission")
struct AdmissionTests {
    @Test("a charge against a fresh limit is admitted, and the one over its burst refused")
    func charges() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let charge = try Sample.charge(burst: 2)
        let outcomes = try await loop.run { _, store in
            var outcomes: [LimitOutcome] = []
            for _ in 0..<3 {
                outcomes += try await store.admit(AdmissionQuestion(session: nil, charges: [charge])).outcomes
            }
            return outcomes
        }
        #expect(outcomes.map(\.isAdmitted) == [true, true, false])
        #expect(outcomes[2].retryAfter > 0)
    }
}
