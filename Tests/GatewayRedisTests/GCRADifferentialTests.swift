import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis: GCRA")
struct GCRADifferentialTests {
    /// The shipped script, letter for letter, in a scope whose `redis` reads the clock from the arguments and
    /// keeps keys for good: the steps run through hours of made-up time in seconds of real time, in which
    /// an expiry would strike where it should not.
    private static let scripted = """
        local server = redis
        local redis = { call = function(command, ...)
            if command == 'TIME' then return { ARGV[4], ARGV[5] } end
            if command == 'SET' then local key, value = ...; return server.call('SET', key, value) end
            return server.call(command, ...)
        end }
        \(RedisScript.gcra.source)
        """

    @Test("the script and its Swift twin agree to the microsecond over 100,000 random steps")
    func differential() async throws {
        let redis = try await RedisServer.start(options: ["--appendonly", "no"])
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis, deadline: .seconds(10))
        try await loop.untilReachable()
        let seed = UInt64.random(in: 0 ... .max)
        let disagreements = try await loop.run { _, store in
            let loaded = try await store.run(RedisCommand("SCRIPT", "LOAD", Self.scripted))
            let digest = try #require(loaded.text)
            var steps = Steps(seed: seed)
            var disagreements: [String] = []
            for _ in 0..<200 {
                let batch = (0..<500).map { _ in steps.next() }
                let replies = try await store.run(
                    batch.map { step in
                        RedisCommand(words: [
                            "EVALSHA", digest, "1", step.key, String(step.gcra.interval * step.gcra.cost),
                            String(step.gcra.window), String(step.expected.count),
                            String(step.now / 1_000_000), String(step.now % 1_000_000),
                        ])
                    })
                for (step, reply) in zip(batch, replies) {
                    let outcomes = step.expected.indices.map { turn in
                        reply.integer.map { step.gcra.outcome(ofTurn: Int64(turn), ahead: $0) }
                    }
                    if outcomes != step.expected { disagreements.append("\(step): \(reply)") }
                }
            }
            #expect(
                steps.admitted > 10_000 && steps.refused > 10_000,
                "\(steps.admitted) admitted, \(steps.refused) refused")
            for (key, tat) in steps.tats {
                let kept = try await store.run(RedisCommand("GET", key))
                if kept.text.flatMap(Int64.init) != tat { disagreements.append("\(key): \(tat), \(kept)") }
            }
            return disagreements
        }
        #expect(disagreements.isEmpty, "seed \(seed): \(disagreements.prefix(5))")
    }

    /// Random steps and what the twin says of them.
    private struct Steps {
        struct Step {
            var key: String
            var gcra: GCRA
            var now: Int64
            /// Of as many charges at one moment.
            var expected: [LimitOutcome]
        }

        var tats: [String: Int64] = [:]
        var admitted = 0
        var refused = 0
        private var random: SeededGenerator
        private var now: Int64 = 1_763_755_200_000_000
        private var limits: [GCRA] = []

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            while limits.count < 24 {
                let burst = Int64.random(in: 1...200, using: &random)
                let gcra = GCRA(
                    count: Int64.random(in: 1...5_000, using: &random),
                    per: .microseconds(Int64.random(in: 10_000...600_000_000, using: &random)), burst: burst,
                    cost: Int64.random(in: 1...min(burst, 4), using: &random))
                if let gcra { limits.append(gcra) }
            }
        }

        mutating func next() -> Step {
            let index = Int.random(in: 0..<limits.count, using: &random)
            let gcra = limits[index]
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<40: break
            case 40..<90: now += Int64.random(in: 0...gcra.interval / 100 + 1, using: &random)
            case 90..<98: now += Int64.random(in: 0...gcra.window / 100 + 1, using: &random)
            // A server's clock may be set back.
            default: now -= Int64.random(in: 0...1_000, using: &random)
            }
            let key = "limit:\(index)"
            let charges = Bool.random(using: &random) ? 1 : Int.random(in: 2...70, using: &random)
            let outcomes = (0..<charges).map { _ in
                let (outcome, tat) = gcra.decide(tat: tats[key], now: now)
                tats[key] = tat
                if outcome.isAdmitted { admitted += 1 } else { refused += 1 }
                return outcome
            }
            return Step(key: key, gcra: gcra, now: now, expected: outcomes)
        }
    }

    @Test("pain 6: four workers on one key admit together exactly the burst, by the server's clock")
    func together() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loops = try (0..<4).map { _ in try LoopActor.store(on: redis) }
        for loop in loops { try await loop.untilReachable() }
        let question = AdmissionQuestion(
            session: nil, charges: [try Sample.charge(burst: 100, per: .seconds(600))])
        let workers = loops.map { loop in
            Task {
                try await loop.run { _, store in
                    var admitted = 0
                    for _ in 0..<100 where try await store.admit(question).outcomes[0].isAdmitted {
                        admitted += 1
                    }
                    return admitted
                }
            }
        }
        var admitted = 0
        for worker in workers { admitted += try await worker.value }
        #expect(admitted == 100)
    }

    @Test("a limit's key outlives its TAT by no more than a few milliseconds, and is there until then")
    func expiry() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let charge = try Sample.charge(per: .seconds(60))
        let outcome = try await loop.run { _, store in
            try await store.admit(AdmissionQuestion(session: nil, charges: [charge])).outcomes[0]
        }
        guard case .integer(let expiry) = try redis.command("PEXPIRETIME", "fg:l:api:192.0.2.1"),
            case .text(let tat) = try redis.command("GET", "fg:l:api:192.0.2.1")
        else { return #expect(Bool(false), "the limit's key is not where the schema says") }
        let left = expiry - (try #require(Int64(tat))) / 1_000
        #expect((0...3).contains(left))
        #expect(outcome.untilFull == 60_000_000)
    }
}

/// A small generator whose numbers repeat with its seed (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
