import GatewayCore
import Testing

@Suite("The limiter without a store")
struct LocalLimiterTests {
    private func charge(_ subject: LimitSubject, burst: Int64 = 4, share: Double = 1) throws -> LimitCharge {
        let gcra = try #require(GCRA(count: 1, per: .seconds(60), burst: burst))
        return LimitCharge(
            policy: LimitPolicy(name: "api", key: .address, gcra: gcra, localShare: share), subject: subject)
    }

    private func address(_ number: UInt32) -> LimitSubject {
        .address(AddressPrefix(containing: IPAddress(v4: number)))
    }

    private func admitted(_ limiter: inout LocalLimiter, _ charge: LimitCharge, tries: Int) -> Int {
        (0..<tries).count { _ in limiter.charge(charge, now: Timestamp(seconds: 1_000)).isAdmitted }
    }

    @Test("pain 2: without a store a policy still admits its burst, by itself for each subject")
    func burst() throws {
        var limiter = LocalLimiter()
        #expect(admitted(&limiter, try charge(address(1)), tries: 9) == 4)
        #expect(admitted(&limiter, try charge(address(2)), tries: 9) == 4)
    }

    @Test("a share of the policy is that share of burst and rate, and never nothing")
    func share() throws {
        var limiter = LocalLimiter()
        #expect(admitted(&limiter, try charge(address(1), share: 0.5), tries: 9) == 2)
        #expect(admitted(&limiter, try charge(address(2), share: 0.01), tries: 9) == 1)
        let half = try charge(address(1)).policy.gcra.share(0.5)
        #expect(half.interval == 120_000_000 && half.burst == 2)
        let slowest = try #require(GCRA(count: 1, per: .seconds(86_400), burst: 1))
        #expect(slowest.share(0.5) == slowest)
    }

    @Test("it remembers no more subjects than its capacity, and those in use longest")
    func bounded() throws {
        var limiter = LocalLimiter(capacity: 100)
        let steady = try charge(address(0))
        #expect(admitted(&limiter, steady, tries: 4) == 4)
        for number in 1...10_000 as ClosedRange<UInt32> {
            _ = limiter.charge(try charge(address(number)), now: Timestamp(seconds: 1_000))
            #expect(!limiter.charge(steady, now: Timestamp(seconds: 1_000)).isAdmitted)
            #expect(limiter.count <= 100)
        }
    }

    @Test("a cache forgets what was not used lately, and what it is told to forget")
    func cache() {
        var cache = RecentCache<Int, String>(capacity: 4)
        cache[1] = "one"
        cache[2] = "two"
        cache[3] = "three"
        #expect(cache[1] == "one")
        cache[4] = "four"
        #expect(cache[2] == nil)
        #expect(cache[1] == "one")
        cache[1] = nil
        #expect(cache[1] == nil)
        #expect(cache.count <= 4)
    }
}
