import GatewayCore
import Testing

@Suite("GCRA")
struct GCRATests {
    private func gcra(_ count: Int64, per period: Duration, burst: Int64, cost: Int64 = 1) throws -> GCRA {
        try #require(GCRA(count: count, per: period, burst: burst, cost: cost))
    }

    @Test("from rest exactly the burst is admitted at once")
    func burst() throws {
        let limit = try gcra(10, per: .seconds(1), burst: 5)
        var tat: Int64?
        var admitted = 0
        for _ in 0..<20 {
            let decision = limit.decide(tat: tat, now: 1_000)
            tat = decision.tat
            if decision.outcome.isAdmitted { admitted += 1 }
        }
        #expect(admitted == 5)
    }

    @Test("several requests of one moment are decided as one after the other would be")
    func turns() throws {
        for (burst, cost) in [(5, 1), (5, 2), (1, 1), (7, 7)] as [(Int64, Int64)] {
            let limit = try gcra(3, per: .seconds(1), burst: burst, cost: cost)
            for ahead in stride(from: Int64(0), through: limit.window + limit.interval, by: 99_991) {
                var tat: Int64? = 5_000_000 + ahead
                for turn in 0..<10 {
                    let decision = limit.decide(tat: tat, now: 5_000_000)
                    tat = decision.tat
                    #expect(limit.outcome(ofTurn: Int64(turn), ahead: ahead) == decision.outcome)
                }
            }
        }
    }

    @Test("a refused request changes nothing and is admitted exactly when it was told to come back")
    func retryAfter() throws {
        let limit = try gcra(3, per: .seconds(1), burst: 4, cost: 2)
        var tat: Int64?
        let now: Int64 = 1_763_755_200_000_000
        for _ in 0..<2 { tat = limit.decide(tat: tat, now: now).tat }
        let refused = limit.decide(tat: tat, now: now)
        #expect(!refused.outcome.isAdmitted)
        #expect(refused.tat == tat)
        #expect(refused.outcome.retryAfter > 0)
        let early = limit.decide(tat: tat, now: now + refused.outcome.retryAfter - 1)
        #expect(
            early.outcome
                == LimitOutcome(
                    isAdmitted: false, untilFull: refused.outcome.untilFull - refused.outcome.retryAfter + 1,
                    retryAfter: 1))
        #expect(limit.decide(tat: tat, now: now + refused.outcome.retryAfter).outcome.isAdmitted)
    }

    @Test("an admitted request says when the limit is at rest, and how many more would pass")
    func untilFull() throws {
        let limit = try gcra(1, per: .seconds(1), burst: 3)
        let first = limit.decide(tat: nil, now: 500)
        #expect(first.outcome == LimitOutcome(isAdmitted: true, untilFull: 1_000_000, retryAfter: 0))
        #expect(first.tat == 1_000_500)
        #expect(limit.remaining(after: first.outcome) == 2)
        let second = limit.decide(tat: first.tat, now: 500)
        #expect(limit.remaining(after: second.outcome) == 1)
        let third = limit.decide(tat: second.tat, now: 500)
        #expect(limit.remaining(after: third.outcome) == 0)
        // Half an interval later there is still none, a whole one later there is one.
        let refused = limit.decide(tat: third.tat, now: 500_500)
        #expect(!refused.outcome.isAdmitted && limit.remaining(after: refused.outcome) == 0)
        #expect(limit.decide(tat: third.tat, now: 1_000_500).outcome.isAdmitted)
    }

    @Test("a TAT in the past is rest, and a clock that steps back admits no more than it should")
    func clocks() throws {
        let limit = try gcra(1, per: .seconds(1), burst: 2)
        #expect(limit.decide(tat: 5, now: 10_000_000).tat == 11_000_000)
        let ahead = limit.decide(tat: 10_000_000, now: 1_000_000)
        #expect(!ahead.outcome.isAdmitted && ahead.outcome.retryAfter == 8_000_000)
    }

    @Test(
        "in no stretch of time is more admitted than the burst and the rate times the stretch",
        arguments: 1...8)
    func property(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let limit = try gcra(
            Int64.random(in: 1...100, using: &random),
            per: .milliseconds(Int64.random(in: 10...60_000, using: &random)),
            burst: Int64.random(in: 1...50, using: &random))
        var now: Int64 = 0
        var tat: Int64?
        var admitted: [Int64] = []
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...2 * limit.interval, using: &random)
            let decision = limit.decide(tat: tat, now: now)
            tat = decision.tat
            if decision.outcome.isAdmitted { admitted.append(now) }
        }
        for (index, start) in admitted.enumerated() {
            for end in stride(from: index, to: min(admitted.count, index + 200), by: 7) {
                let most = limit.burst + (admitted[end] - start) / limit.interval
                #expect(Int64(end - index + 1) <= most)
            }
        }
        #expect(!admitted.isEmpty)
    }

    @Test("rates, bursts, costs and windows are bounded on both sides")
    func bounds() {
        #expect(GCRA(count: 10_000, per: .seconds(1), burst: 1)?.interval == 100)
        #expect(GCRA(count: 10_102, per: .seconds(1), burst: 1) == nil)
        #expect(GCRA(count: 1, per: .seconds(86_400), burst: 1)?.window == 86_400_000_000)
        #expect(GCRA(count: 1, per: .seconds(86_401), burst: 1) == nil)
        #expect(GCRA(count: 1, per: .seconds(1), burst: 86_400) != nil)
        #expect(GCRA(count: 1, per: .seconds(1), burst: 86_401) == nil)
        #expect(GCRA(count: 1, per: .seconds(1), burst: .max) == nil)
        #expect(GCRA(count: 0, per: .seconds(1), burst: 1) == nil)
        #expect(GCRA(count: 1, per: .zero, burst: 1) == nil)
        #expect(GCRA(count: 1, per: .seconds(1), burst: 0) == nil)
        #expect(GCRA(count: 1, per: .seconds(1), burst: 2, cost: 0) == nil)
        #expect(GCRA(count: 1, per: .seconds(1), burst: 2, cost: 2) != nil)
        #expect(GCRA(count: 1, per: .seconds(1), burst: 2, cost: 3) == nil)
        // Rounding never admits more than was asked for: three a second are 333,334 µs apart.
        #expect(GCRA(count: 3, per: .seconds(1), burst: 1)?.interval == 333_334)
    }
}

/// A small generator whose numbers repeat with its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
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
