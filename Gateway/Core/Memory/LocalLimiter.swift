/// The limiter that a worker falls back on while the store is away and a policy says `local`: the same GCRA, kept in memory,
/// at the policy's share of rate and burst. It holds at most `capacity` keys.
package struct LocalLimiter: Sendable {
    private struct Key: Hashable {
        var policy: String
        var subject: LimitSubject
    }

    /// Two generations of half the capacity each: when the young one is full the old one goes, and with it only what has
    /// not been charged for the longest time.
    private var young: [Key: Int64] = [:]
    private var old: [Key: Int64] = [:]
    private let halfCapacity: Int

    package init(capacity: Int) { halfCapacity = max(1, capacity / 2) }

    /// Keys held now.
    package var count: Int { young.count + old.count }

    /// Charges the subject by this worker's own clock.
    package mutating func charge(_ charge: LimitCharge, now: Timestamp) -> LimitOutcome {
        let key = Key(policy: charge.policy.name, subject: charge.subject)
        let stored = young[key] ?? old.removeValue(forKey: key)
        let (outcome, tat) = charge.policy.gcra.sharing(charge.policy.localShare)
            .decide(tat: stored, now: now.microseconds)
        if let tat {
            if young[key] == nil, young.count >= halfCapacity {
                old = young
                young = [:]
            }
            young[key] = tat
        }
        return outcome
    }

    /// Forgets everything: the store is back and knows better.
    package mutating func reset() {
        young = [:]
        old = [:]
    }
}

extension GCRA {
    /// The same limit at `share` of its rate and burst, at least one request.
    package func sharing(_ share: Double) -> GCRA {
        guard share > 0, share < 1 else { return self }
        return GCRA(
            interval: Int64((Double(interval) / share).rounded(.up)),
            burst: max(cost, Int64((Double(burst) * share).rounded(.down))), cost: cost)
    }

    private init(interval: Int64, burst: Int64, cost: Int64) {
        self.interval = interval
        self.burst = burst
        self.cost = cost
    }
}
