/// How the addresses of an upstream are asked whether they are well.
package struct HealthPolicy: Sendable, Hashable {
    /// Asked with GET; 2xx is well.
    package var path: String
    /// Between two checks of a well address; zero: nobody is asked.
    package var interval: Duration
    /// How long one check may take.
    package var timeout: Duration
    /// Checks in a row that make an unwell address well again, and the other way round.
    package var healthyAfter: Int
    package var unhealthyAfter: Int

    package init(
        path: String = "/ready", interval: Duration = .seconds(5), timeout: Duration = .seconds(1),
        healthyAfter: Int = 2, unhealthyAfter: Int = 2
    ) {
        self.path = path
        self.interval = interval
        self.timeout = timeout
        self.healthyAfter = healthyAfter
        self.unhealthyAfter = unhealthyAfter
    }

    package var isOn: Bool { interval > .zero }
    /// Between two checks while something is in doubt.
    package var hurriedInterval: Duration { min(interval, .seconds(1)) }
}

/// What the checks of one address have come to.
package struct HealthState: Sendable, Hashable {
    package enum Verdict: String, Sendable, Hashable { case unknown, healthy, unhealthy }

    package private(set) var verdict = Verdict.unknown
    /// Checks in a row that contradict the verdict.
    package private(set) var contradictions = 0

    package init() {}

    /// Whether the next check should not wait for the ordinary interval.
    package var isInDoubt: Bool { verdict != .healthy || contradictions > 0 }

    /// A check's outcome; the first decides by itself. Answers whether the verdict changed.
    package mutating func record(passed: Bool, by policy: HealthPolicy) -> Bool {
        let told: Verdict = passed ? .healthy : .unhealthy
        guard told != verdict else {
            contradictions = 0
            return false
        }
        contradictions += 1
        guard verdict == .unknown || contradictions >= (passed ? policy.healthyAfter : policy.unhealthyAfter)
        else { return false }
        verdict = told
        contradictions = 0
        return true
    }
}
