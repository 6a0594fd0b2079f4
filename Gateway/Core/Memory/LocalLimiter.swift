/// The limiter that one worker falls back on while the store is away and a policy says `local`.
///
/// It grants each policy's `localShare` of rate and burst, from this loop's memory alone. It holds at most
/// `capacity` subjects and forgets those that have not been seen lately, so that a flood of addresses costs it
/// no more than that; a subject that was forgotten begins at rest.
package struct LocalLimiter {
    private struct Name: Hashable {
        var policy: String
        var subject: LimitSubject
    }

    private var tats: RecentCache<Name, Int64>

    /// `capacity` subjects, of about 200 bytes each.
    package init(capacity: Int = 10_000) { tats = RecentCache(capacity: capacity) }

    /// Subjects that are remembered.
    package var count: Int { tats.count }

    /// Makes `charge` at `now`.
    package mutating func charge(_ charge: LimitCharge, now: Timestamp) -> LimitOutcome {
        let name = Name(policy: charge.policy.name, subject: charge.subject)
        let gcra = charge.policy.gcra.share(charge.policy.localShare)
        let decision = gcra.decide(tat: tats[name], now: now.microseconds)
        if let tat = decision.tat { tats[name] = tat }
        return decision.outcome
    }
}

extension GCRA {
    /// The same limit with a share of its rate and burst: the interval grows and the burst shrinks, both
    /// rounded against the caller, but one request of this cost is always possible. A share outside (0, 1]
    /// counts as 1.
    package func share(_ share: Double) -> GCRA {
        guard share > 0, share < 1 else { return self }
        let smaller = max(cost, Int64((Double(burst) * share).rounded(.down)))
        let longest = Self.longestWindow.wholeMicroseconds / smaller
        let longer = min(Int64((Double(interval) / share).rounded(.up)), longest)
        return GCRA(count: 1, per: .microseconds(longer), burst: smaller, cost: cost) ?? self
    }
}
