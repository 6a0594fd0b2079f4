/// The generic cell rate algorithm (ITU-T I.371, virtual scheduling), in whole microseconds.
///
/// The state of a key is its theoretical arrival time, TAT: when the bucket will be empty of use again.
/// `Gateway/Redis/Scripts/gcra.lua` computes the same inside Redis; a differential test holds the two
/// equal to the microsecond.
package struct GCRA: Sendable, Hashable {
    /// Microseconds of TAT that one request of cost 1 adds: the period over the count, rounded up, so
    /// that rounding never admits more than was configured.
    package let interval: Int64
    /// Requests that are admitted at once from rest; at least 1.
    package let burst: Int64
    /// Units that a request takes; at least 1, at most `burst`.
    package let cost: Int64

    /// The highest rate that is kept exactly enough (an interval of 100 µs is off by at most 1 %).
    package static let highestRatePerSecond: Int64 = 10_000
    /// The longest that a bucket may take to refill: a day.
    package static let longestWindow = Duration.seconds(86_400)

    /// A limit of `count` requests a `period`; nil when a number is out of the bounds above.
    package init?(count: Int64, per period: Duration, burst: Int64, cost: Int64 = 1) {
        let micros = period.wholeMicroseconds
        guard count >= 1, micros >= 1, burst >= 1, (1...burst).contains(cost) else { return nil }
        guard micros <= Self.longestWindow.wholeMicroseconds else { return nil }
        let rounded = (micros - 1) / count + 1
        guard rounded >= 1_000_000 / Self.highestRatePerSecond else { return nil }
        let (window, overflow) = rounded.multipliedReportingOverflow(by: burst)
        guard !overflow, window <= Self.longestWindow.wholeMicroseconds else { return nil }
        interval = rounded
        self.burst = burst
        self.cost = cost
    }

    /// Microseconds in which an exhausted bucket refills.
    package var window: Int64 { interval * burst }

    /// What becomes of a request at `now` given the key's TAT (nil for a key at rest), and the TAT to
    /// keep. A refused request changes nothing.
    package func decide(tat stored: Int64?, now: Int64) -> (outcome: LimitOutcome, tat: Int64?) {
        let tat = max(stored ?? now, now)
        let next = tat + interval * cost
        let over = next - now - window
        if over > 0 {
            return (LimitOutcome(isAdmitted: false, untilFull: tat - now, retryAfter: over), stored)
        }
        return (LimitOutcome(isAdmitted: true, untilFull: next - now, retryAfter: 0), next)
    }

    /// What becomes of one of several requests that came at the same moment to a key whose TAT ran `ahead`
    /// microseconds ahead of it: the one that is number `turn`, counted from 0, in the order in which they
    /// are charged.
    package func outcome(ofTurn turn: Int64, ahead: Int64) -> LimitOutcome {
        let step = interval * cost
        let after = ahead + step * (turn + 1)
        if after <= window { return LimitOutcome(isAdmitted: true, untilFull: after, retryAfter: 0) }
        // Those before it that were admitted have moved the TAT; those that were not have changed nothing.
        let kept = ahead + step * max(0, min(turn, (window - ahead) / step))
        return LimitOutcome(isAdmitted: false, untilFull: kept, retryAfter: kept + step - window)
    }

    /// Units that would be admitted right after `outcome`: requests of cost 1.
    package func remaining(after outcome: LimitOutcome) -> Int64 {
        max(0, (window - outcome.untilFull) / interval)
    }

    /// What a stored state leaves at `now`, both in microseconds of the store's clock; nil is the state of one who has
    /// used nothing. `fullIn` are the seconds until the bucket is at rest, rounded up.
    package func standing(tat: Int64?, now: Int64) -> (remaining: Int64, fullIn: Int64) {
        let untilFull = max(0, (tat ?? now) - now)
        let outcome = LimitOutcome(isAdmitted: true, untilFull: untilFull, retryAfter: 0)
        return (remaining(after: outcome), (untilFull + 999_999) / 1_000_000)
    }
}

/// What one policy says of one request.
package struct LimitOutcome: Sendable, Hashable {
    package var isAdmitted: Bool
    /// Microseconds until the bucket is at rest again: `t` of the `RateLimit` field, before rounding.
    package var untilFull: Int64
    /// Microseconds until a request of this cost would be admitted; zero when it was.
    package var retryAfter: Int64

    /// The outcome of a policy that was not asked: it admits, and shows in no header.
    package static let uncounted = LimitOutcome(isAdmitted: true, untilFull: -1, retryAfter: 0)

    /// The outcome of a policy that does not concern the request.
    package static let notConcerned = LimitOutcome(isAdmitted: true, untilFull: -2, retryAfter: 0)

    package var isCounted: Bool { untilFull >= 0 }
    package var isConcerned: Bool { untilFull >= -1 }

    package init(isAdmitted: Bool, untilFull: Int64, retryAfter: Int64) {
        self.isAdmitted = isAdmitted
        self.untilFull = untilFull
        self.retryAfter = retryAfter
    }
}
