import GatewayCore
import Testing

@Suite("The memory of exhausted limits")
struct OverLimitMemoryTests {
    private let second: UInt64 = 1_000_000_000

    private func charge(
        _ number: Int = 0, burst: Int64 = 10, cost: Int64 = 1, mode: LimitPolicy.Mode = .enforce
    ) throws -> LimitCharge {
        // A tenth of a second a unit.
        let gcra = try #require(GCRA(count: 10, per: .seconds(1), burst: burst, cost: cost))
        return LimitCharge(
            policy: LimitPolicy(name: "api", key: .user, gcra: gcra, mode: mode),
            subject: .user(try #require(UserID("user-\(number)"))))
    }

    private let exhausted = LimitOutcome(isAdmitted: false, untilFull: 1_000_000, retryAfter: 100_000)

    @Test("a refused key is refused from memory until it may pass again, with what is left at that moment")
    func remembers() throws {
        var memory = OverLimitMemory(capacity: 8, longest: .seconds(1))
        memory.remember(try charge(), exhausted, at: second)
        let soon = try #require(memory.refusal(of: try charge(), now: second + 40_000_000))
        #expect(soon == LimitOutcome(isAdmitted: false, untilFull: 960_000, retryAfter: 60_000))
        #expect(memory.refusal(of: try charge(1), now: second) == nil)
        #expect(memory.refusal(of: try charge(), now: second + 99_999_000) != nil)
        #expect(memory.refusal(of: try charge(), now: second + 100_000_000) == nil)
        #expect(memory.isEmpty)
    }

    @Test("a cheaper request of the same key is asked about, a dearer one is not")
    func costs() throws {
        var memory = OverLimitMemory(capacity: 8, longest: .seconds(1))
        // Half of the bucket is left: too little for ten units.
        let half = LimitOutcome(isAdmitted: false, untilFull: 500_000, retryAfter: 500_000)
        memory.remember(try charge(cost: 10), half, at: second)
        #expect(memory.refusal(of: try charge(cost: 5), now: second) == nil)
        #expect(memory.refusal(of: try charge(cost: 6), now: second)?.retryAfter == 100_000)
        // The policy became more generous meanwhile.
        #expect(memory.refusal(of: try charge(burst: 20, cost: 10), now: second) == nil)
    }

    @Test("pain 16: nothing is remembered for longer than configured, and never longer than a second")
    func longest() throws {
        let long = LimitOutcome(isAdmitted: false, untilFull: 60_000_000, retryAfter: 59_000_000)
        for (configured, counts) in [(Duration.milliseconds(300), 300), (.seconds(60), 1_000)] {
            var memory = OverLimitMemory(capacity: 8, longest: configured)
            memory.remember(try charge(), long, at: 0)
            let end = UInt64(counts) * 1_000_000
            #expect(memory.refusal(of: try charge(), now: end - 1) != nil)
            #expect(memory.refusal(of: try charge(), now: end) == nil)
        }
        var none = OverLimitMemory(capacity: 8, longest: .zero)
        none.remember(try charge(), long, at: 0)
        #expect(none.isEmpty)
    }

    @Test("of more keys than it holds, those that were not met lately go")
    func bounded() throws {
        var memory = OverLimitMemory(capacity: 100, longest: .seconds(1))
        for number in 0..<100 { memory.remember(try charge(number), exhausted, at: 0) }
        #expect(memory.count == 100)
        for number in 100..<10_000 { memory.remember(try charge(number), exhausted, at: 0) }
        #expect(memory.count <= 100)
        #expect(memory.refusal(of: try charge(9_999), now: 1) != nil)
        #expect(memory.refusal(of: try charge(0), now: 1) == nil)
    }

    @Test("pain 8: neither what is admitted nor what is in shadow is remembered")
    func others() throws {
        var memory = OverLimitMemory(capacity: 8, longest: .seconds(1))
        memory.remember(try charge(mode: .shadow), exhausted, at: 0)
        memory.remember(
            try charge(), LimitOutcome(isAdmitted: true, untilFull: 1_000_000, retryAfter: 0), at: 0)
        memory.remember(try charge(), .uncounted, at: 0)
        #expect(memory.isEmpty)
    }
}
