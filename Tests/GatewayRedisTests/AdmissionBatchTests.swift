import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis: the admissions of a tick")
struct AdmissionBatchTests {
    @Test("requests of one tick that share a limit cost one script, and are charged in their order")
    func shared() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let scarce = try Sample.charge(burst: 3, per: .seconds(600))
        let ample = try Sample.charge("other", burst: 50, per: .seconds(600))
        let before = try scriptCalls(redis)
        let question = AdmissionQuestion(session: nil, charges: [ample, scarce])
        let answers = await loop.ask(Array(repeating: question, count: 5))
        #expect(answers.map { $0?.outcomes[0].isAdmitted } == [true, true, true, true, true])
        #expect(answers.map { $0?.outcomes[1].isAdmitted } == [true, true, true, false, false])
        let left = answers.compactMap { $0?.outcomes[0] }.map(ample.policy.gcra.remaining)
        #expect(left == [49, 48, 47, 46, 45])
        #expect(try scriptCalls(redis) - before == 2)
    }

    @Test("one more request than a batch takes goes into a second one, and none is lost or charged twice")
    func capacity() async throws {
        for count in [AdmissionBatch.capacity, AdmissionBatch.capacity + 1] {
            let redis = try await RedisServer.start()
            defer { redis.stop() }
            let loop = try LoopActor.store(on: redis)
            try await loop.untilReachable()
            let charge = try Sample.charge(burst: 1_000, per: .seconds(80))
            let before = try scriptCalls(redis)
            let question = AdmissionQuestion(session: nil, charges: [charge])
            let answers = await loop.ask(Array(repeating: question, count: count))
            let left = answers.compactMap { $0?.outcomes[0] }.map(charge.policy.gcra.remaining)
            #expect(left == (1...Int64(count)).map { 1_000 - $0 })
            #expect(try scriptCalls(redis) - before == (count > AdmissionBatch.capacity ? 2 : 1))
        }
    }

    @Test("a session's record that is not one fails the requests that showed it, and no other of the tick")
    func isolation() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let broken = SessionDigest(words: (1, 2, 3, 4))
        let absent = SessionDigest(words: (5, 6, 7, 8))
        _ = try redis.command("LPUSH", KeySchema(prefix: "fg:").session(broken), "x")
        let charge = try Sample.charge(burst: 10, per: .seconds(600))
        let answers = await loop.ask(
            [absent, broken, nil, absent].map { AdmissionQuestion(session: $0, charges: [charge]) })
        #expect(answers.map { $0?.session } == [.absent, nil, .notAsked, .absent])
        #expect(answers[3]?.outcomes.first.map(charge.policy.gcra.remaining) == 6)
    }

    /// Scripts that the server has run.
    private func scriptCalls(_ redis: RedisServer) throws -> Int {
        guard case .text(let info) = try redis.command("INFO", "commandstats") else { return 0 }
        let lines = info.split(whereSeparator: \.isNewline)
        guard let line = lines.first(where: { $0.hasPrefix("cmdstat_evalsha:") }) else { return 0 }
        let calls = line.split(separator: "=")[1].prefix(while: \.isNumber)
        return Int(calls) ?? 0
    }
}

extension LoopActor where Held == RedisStore {
    /// Asks all questions in one tick of the loop; answers in the order asked, nil for one that failed.
    fileprivate func ask(_ questions: [AdmissionQuestion]) async -> [AdmissionAnswer?] {
        let tasks = questions.map { question in Task { try? await held.admit(question) } }
        var answers: [AdmissionAnswer?] = []
        for task in tasks { answers.append(await task.value) }
        return answers
    }
}
