import GatewayCore
import Testing

@Suite("Rate-limit fields")
struct RateLimitFieldsTests {
    private func policy(
        _ name: String, _ count: Int64, per period: Duration = .seconds(1), burst: Int64,
        mode: LimitPolicy.Mode = .enforce
    ) throws -> LimitPolicy {
        LimitPolicy(
            name: name, key: .address, gcra: try #require(GCRA(count: count, per: period, burst: burst)),
            mode: mode)
    }

    @Test("pain 9: the policy names burst and the seconds in which an empty bucket refills, rounded up")
    func policies() throws {
        let fields = RateLimitFields.policy([
            try policy("api", 100, burst: 200), try policy("address", 3, burst: 10),
            try policy("login", 10, per: .seconds(60), burst: 10),
        ])
        #expect(
            String(decoding: fields, as: UTF8.self)
                == #""api";q=200;w=2, "address";q=10;w=4, "login";q=10;w=60"#)
        #expect(RateLimitFields.policy([]).isEmpty)
    }

    @Test("pain 8: a policy in shadow mode shows nowhere")
    func shadow() throws {
        let fields = RateLimitFields.policy([
            try policy("a", 1, burst: 1, mode: .shadow), try policy("b", 1, burst: 1),
        ])
        #expect(String(decoding: fields, as: UTF8.self) == #""b";q=1;w=1"#)
    }

    @Test("pain 9: an item names what would be admitted now and the seconds until the bucket is at rest")
    func items() throws {
        let policy = try policy("api", 1, burst: 5)
        var now: Int64 = 1_000_000_000
        var tat: Int64?
        var items: [String] = []
        for step in 0..<7 {
            now += step == 6 ? 500_000 : 0
            let (outcome, next) = policy.gcra.decide(tat: tat, now: now)
            tat = next
            var bytes: [UInt8] = []
            RateLimitFields.appendItem(policy, outcome, to: &bytes)
            items.append(String(decoding: bytes, as: UTF8.self))
        }
        #expect(
            items == [
                #""api";r=4;t=1"#, #""api";r=3;t=2"#, #""api";r=2;t=3"#, #""api";r=1;t=4"#, #""api";r=0;t=5"#,
                #""api";r=0;t=5"#, #""api";r=0;t=5"#,
            ])
    }

    @Test("several items are a list")
    func list() throws {
        let policy = try policy("a", 1, burst: 1)
        var bytes: [UInt8] = []
        let outcome = LimitOutcome(isAdmitted: true, untilFull: 1, retryAfter: 0)
        RateLimitFields.appendItem(policy, outcome, to: &bytes)
        RateLimitFields.appendItem(policy, outcome, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #""a";r=0;t=1, "a";r=0;t=1"#)
    }

    @Test(
        "pain 9: Retry-After is rounded up and never zero",
        arguments: [(0, 1), (1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (59_000_001, 60)])
    func retryAfter(microseconds: Int64, seconds: Int64) {
        let outcome = LimitOutcome(isAdmitted: false, untilFull: 0, retryAfter: microseconds)
        #expect(RateLimitFields.retryAfter(outcome) == seconds)
    }

    @Test("numbers are written in decimal at every length")
    func decimals() {
        var number: Int64 = 1
        for _ in 0..<18 {
            for value in [number - 1, number, number + 1, number * 9] {
                var bytes: [UInt8] = []
                bytes.appendDecimal(value)
                #expect(String(decoding: bytes, as: UTF8.self) == "\(value)")
            }
            number *= 10
        }
        var largest: [UInt8] = []
        largest.appendDecimal(.max)
        #expect(String(decoding: largest, as: UTF8.self) == "\(Int64.max)")
    }
}
