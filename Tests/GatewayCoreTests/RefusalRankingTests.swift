import Testing

@testable import GatewayCore

@Suite("The keys that were refused most")
struct RefusalRankingTests {
    private func charge(_ user: Int, mode: LimitPolicy.Mode = .enforce) throws -> LimitCharge {
        let policy = LimitPolicy(
            name: "api", key: .user, gcra: try #require(GCRA(count: 1, per: .seconds(1), burst: 1)),
            mode: mode)
        return LimitCharge(policy: policy, subject: .composed("\(user)"))
    }

    private func count(_ ranking: inout RefusalRanking, _ user: Int, isShadow: Bool = false, at now: UInt64)
        -> Int?
    {
        ranking.counts(at: now)[.init(policy: "api", subject: .composed("\(user)"), isShadow: isShadow)]
    }

    @Test("refusals are counted by key, those of a shadow apart, and forgotten after two spans")
    func counts() throws {
        let span: UInt64 = 30_000_000_000
        var ranking = RefusalRanking()
        for _ in 0..<3 { ranking.count(try charge(1), at: span) }
        ranking.count(try charge(1, mode: .shadow), at: span)
        #expect(count(&ranking, 1, at: span) == 3)
        #expect(count(&ranking, 1, isShadow: true, at: span) == 1)
        ranking.count(try charge(1), at: 2 * span)
        #expect(count(&ranking, 1, at: 3 * span - 1) == 4)
        #expect(count(&ranking, 1, at: 3 * span) == 1)
        #expect(count(&ranking, 1, at: 4 * span) == nil)
        // Nobody was refused for a long time: nothing of before is left.
        ranking.count(try charge(2), at: 5 * span)
        #expect(ranking.counts(at: 90 * span).isEmpty)
    }

    @Test("however many keys there are, those that are refused often stay, and the table stays small")
    func bounded() throws {
        var ranking = RefusalRanking()
        for number in 0..<10_000 {
            ranking.count(try charge(number), at: 1)
            ranking.count(try charge(-1), at: 1)
        }
        let counts = ranking.counts(at: 1)
        #expect(counts.count == RefusalRanking.capacity)
        #expect(count(&ranking, -1, at: 1) == 10_000)
        #expect(counts.max { $0.value < $1.value }?.key.subject == .composed("-1"))
    }
}
