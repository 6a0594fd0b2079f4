import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis: what operators see of it")
struct StatusTests {
    private func status(_ loop: LoopActor<RedisStore>) async -> StoreStatus {
        await loop.run { _, store in store.status }
    }

    @Test("a connection that is up, lost and made again shows as that, with each of them counted")
    func outage() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let up = await status(loop)
        #expect(up.isConnected && up.breaker == .closed && up.connectionsMade == 1)
        #expect(up.connectionsFailed == 0 && up.waiting == 0 && up.unanswered == 0)
        redis.kill9()
        try await loop.eventually("the breaker does not open") { $0.status.breaker != .closed }
        let away = await status(loop)
        #expect(!away.isConnected && away.connectionsMade == 1 && away.connectionsFailed >= 1)
        try await redis.restart()
        try await loop.untilReachable()
        let back = await status(loop)
        #expect(back.isConnected && back.breaker == .closed && back.connectionsMade == 2)
        #expect(back.connectionsFailed >= away.connectionsFailed)
    }

    @Test("what a hung Redis does not answer is counted once each, and waits until it does or is given up")
    func hung() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis, deadline: .milliseconds(200))
        try await loop.untilReachable()
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge(burst: 100)])
        redis.suspend()
        for count in 1...2 {
            #expect(await loop.run { _, store in await store.fault(of: question) } == .timeout)
            let status = await status(loop)
            #expect(status.unanswered == count && status.waiting == count && status.isConnected)
        }
        redis.resume()
        try await loop.eventually("the replies do not come") { $0.status.waiting == 0 }
        #expect(await status(loop).unanswered == 2)
    }

    @Test("a script that Redis forgot is counted when it is asked for")
    func forgotten() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge(burst: 100)])
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
        #expect(await status(loop).scriptsForgotten == 0)
        try redis.command("SCRIPT", "FLUSH")
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
        #expect(await status(loop).scriptsForgotten == 1)
    }
}
