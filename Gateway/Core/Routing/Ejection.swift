/// When an address of an upstream that fails is passed over for a while.
package struct EjectionPolicy: Sendable, Hashable {
    /// Failed exchanges in a row that eject. A connection that is not accepted ejects at once.
    package var failures: Int
    /// Statuses that count as a failure although the address answered.
    package var statuses: [Int]
    /// How long the first ejection lasts; each further one, without a success in between, doubles it.
    package var duration: Duration
    /// The longest ejection.
    package var longest: Duration
    /// The share of an upstream's addresses that may be ejected at one time.
    package var share: Double

    package init(
        failures: Int = 3, statuses: [Int] = [502, 503, 504], duration: Duration = .seconds(1),
        longest: Duration = .seconds(30), share: Double = 0.5
    ) {
        self.failures = failures
        self.statuses = statuses
        self.duration = duration
        self.longest = longest
        self.share = share
    }

    /// How many of `count` addresses may be ejected. A part of one is none, so an only address never is.
    package func most(of count: Int) -> Int { Int(Double(count) * share) }

    /// Nanoseconds that the ejection lasts which is the `number`th in a row, counted from 1.
    package func time(ofEjection number: Int) -> UInt64 {
        let base = UInt64(max(0, duration.wholeMicroseconds)) * 1_000
        let most = UInt64(max(0, longest.wholeMicroseconds)) * 1_000
        let (doubled, isTooMuch) = base.multipliedReportingOverflow(by: 1 << min(max(0, number - 1), 62))
        return isTooMuch ? most : min(doubled, most)
    }
}

/// What the exchanges with one address have come to. Moments are monotonic nanoseconds.
package struct EjectionState: Sendable, Hashable {
    /// Failures in a row.
    package private(set) var failures = 0
    /// Ejections in a row.
    package private(set) var ejections = 0
    /// When the ejection is over; 0 where there was none.
    package private(set) var until: UInt64 = 0

    package init() {}

    package func isEjected(at now: UInt64) -> Bool { until > now }

    /// Whether there is anything that a success would forgive.
    package var isMarked: Bool { failures > 0 || ejections > 0 }

    /// An exchange failed. `isDecisive` is a connection that was not accepted, which needs no second example;
    /// `mayEject` is false where too many addresses are ejected already. Answers whether this ejected it.
    package mutating func failed(
        isDecisive: Bool, mayEject: Bool, at now: UInt64, by policy: EjectionPolicy
    ) -> Bool {
        // What was under way when the ejection began tells nothing new.
        guard !isEjected(at: now) else { return false }
        failures = isDecisive ? policy.failures : min(failures + 1, policy.failures)
        guard failures >= policy.failures, mayEject else { return false }
        ejections += 1
        until = now &+ policy.time(ofEjection: ejections)
        // When it is over, one failure more is enough.
        failures = policy.failures - 1
        return true
    }

    /// An exchange succeeded, or a health check after failures: everything is forgiven.
    package mutating func forgive() { self = EjectionState() }
}
