import GatewayCore
import Testing

private let second: UInt64 = 1_000_000_000

@Suite("Ejection of an address")
struct EjectionTests {
    private let policy = EjectionPolicy(
        failures: 3, duration: .seconds(1), longest: .seconds(5), share: 0.5)

    /// Fails until it is ejected, at `now`.
    private func eject(_ state: inout EjectionState, at now: UInt64) {
        for _ in 0..<policy.failures {
            if state.failed(isDecisive: false, mayEject: true, at: now, by: policy) { return }
        }
        Issue.record("it was not ejected")
    }

    @Test("two failures in a row are borne, the third ejects")
    func consecutive() {
        var state = EjectionState()
        for _ in 0..<2 {
            let isEjected = state.failed(isDecisive: false, mayEject: true, at: second, by: policy)
            #expect(!isEjected)
        }
        #expect(!state.isEjected(at: second))
        let isEjected = state.failed(isDecisive: false, mayEject: true, at: second, by: policy)
        #expect(isEjected && state.isEjected(at: second))
    }

    @Test("a success between failures forgives those before it")
    func success() {
        var state = EjectionState()
        for _ in 0..<10 {
            for _ in 0..<2 { _ = state.failed(isDecisive: false, mayEject: true, at: second, by: policy) }
            #expect(state.isMarked)
            state.forgive()
            #expect(!state.isMarked)
        }
        #expect(state.ejections == 0)
    }

    @Test("a connection that is not accepted ejects at once")
    func decisive() {
        var state = EjectionState()
        let isEjected = state.failed(isDecisive: true, mayEject: true, at: second, by: policy)
        #expect(isEjected)
    }

    @Test("each ejection lasts twice as long as the one before, up to the longest; a success begins anew")
    func backoff() {
        var state = EjectionState()
        var now = second
        for span in [1, 2, 4, 5, 5, 5] as [UInt64] {
            eject(&state, at: now)
            #expect(state.until == now + span * second)
            #expect(state.isEjected(at: state.until - 1) && !state.isEjected(at: state.until))
            now = state.until
        }
        state.forgive()
        eject(&state, at: now)
        #expect(state.until == now + second)
    }

    @Test("after an ejection a single failure ejects again")
    func relapse() {
        var state = EjectionState()
        eject(&state, at: second)
        let isEjected = state.failed(isDecisive: false, mayEject: true, at: state.until, by: policy)
        #expect(isEjected && state.ejections == 2)
    }

    @Test("what was under way when the ejection began does not lengthen it")
    func stragglers() {
        var state = EjectionState()
        eject(&state, at: second)
        let until = state.until
        for _ in 0..<10 {
            let isEjected = state.failed(isDecisive: true, mayEject: true, at: until - 1, by: policy)
            #expect(!isEjected)
        }
        #expect(state.until == until && state.ejections == 1)
    }

    @Test("where too many are out it stays, and goes with its next failure once there is room")
    func noRoom() {
        var state = EjectionState()
        for _ in 0..<10 {
            let isEjected = state.failed(isDecisive: false, mayEject: false, at: second, by: policy)
            #expect(!isEjected)
        }
        let isEjected = state.failed(isDecisive: false, mayEject: true, at: second, by: policy)
        #expect(isEjected)
    }

    @Test(
        "no more than the share may be out, and an only address never is",
        arguments: [
            (0.5, 1, 0), (0.5, 2, 1), (0.5, 3, 1), (0.5, 4, 2), (0.1, 9, 0), (0.1, 10, 1), (1, 1, 1),
            (1, 3, 3),
        ])
    func share(_ share: Double, _ count: Int, _ most: Int) {
        #expect(EjectionPolicy(share: share).most(of: count) == most)
    }

    @Test("no number of ejections makes the time overflow")
    func noOverflow() {
        let long = EjectionPolicy(duration: .seconds(3_600), longest: .seconds(3_600))
        for number in [1, 2, 30, 62, 63, 64, 1_000_000] {
            #expect(long.time(ofEjection: number) == 3_600 * second)
        }
    }
}

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private let policy = BreakerPolicy(
        share: 0.5, requests: 4, window: .seconds(10), coolDown: .seconds(5))

    private func opened(at now: UInt64) -> CircuitBreaker {
        var breaker = CircuitBreaker(policy)
        for _ in 0..<4 { _ = breaker.record(succeeded: false, isProbe: false, at: now) }
        #expect(!breaker.isClosed)
        return breaker
    }

    @Test("too few requests say nothing, however bad they are")
    func tooFew() {
        var breaker = CircuitBreaker(policy)
        for _ in 0..<3 {
            let hasOpened = breaker.record(succeeded: false, isProbe: false, at: second)
            #expect(!hasOpened && breaker.pass(at: second) == .admitted)
        }
        let hasOpened = breaker.record(succeeded: false, isProbe: false, at: second)
        #expect(hasOpened && breaker.openings == 1)
    }

    @Test("the share of failures decides: one below it is borne, at it the circuit opens")
    func share() {
        var breaker = CircuitBreaker(policy)
        for _ in 0..<6 { _ = breaker.record(succeeded: true, isProbe: false, at: second) }
        for _ in 0..<5 {
            let hasOpened = breaker.record(succeeded: false, isProbe: false, at: second)
            #expect(!hasOpened)
        }
        let hasOpened = breaker.record(succeeded: false, isProbe: false, at: second)
        #expect(hasOpened)
    }

    @Test("failures that are older than the window do not count")
    func window() {
        var breaker = CircuitBreaker(policy)
        for _ in 0..<3 { _ = breaker.record(succeeded: false, isProbe: false, at: second) }
        let hasOpened = breaker.record(succeeded: false, isProbe: false, at: 11 * second)
        #expect(!hasOpened)
        // Within it they do, in whichever half they lie.
        for _ in 0..<2 { _ = breaker.record(succeeded: false, isProbe: false, at: 15 * second) }
        let opensNow = breaker.record(succeeded: false, isProbe: false, at: 16 * second)
        #expect(opensNow)
    }

    @Test("while it is open everybody is refused and told how long; then one at a time is let through")
    func coolDown() {
        var breaker = opened(at: second)
        #expect(breaker.pass(at: second) == .refused(retryAfter: 5 * second))
        #expect(breaker.pass(at: 6 * second - 1) == .refused(retryAfter: 1))
        #expect(breaker.pass(at: 6 * second) == .probe)
        #expect(breaker.pass(at: 6 * second) == .refused(retryAfter: 0))
    }

    @Test("a probe that succeeds closes the circuit, and what was counted before is forgotten")
    func recovery() {
        var breaker = opened(at: second)
        _ = breaker.pass(at: 6 * second)
        let hasOpened = breaker.record(succeeded: true, isProbe: true, at: 6 * second)
        #expect(!hasOpened && breaker.isClosed)
        for _ in 0..<3 { _ = breaker.record(succeeded: false, isProbe: false, at: 6 * second) }
        #expect(breaker.isClosed)
    }

    @Test("a probe that fails opens it for another cool-down")
    func relapse() {
        var breaker = opened(at: second)
        _ = breaker.pass(at: 6 * second)
        let hasOpened = breaker.record(succeeded: false, isProbe: true, at: 7 * second)
        #expect(hasOpened && breaker.openings == 2)
        #expect(breaker.pass(at: 12 * second - 1) == .refused(retryAfter: 1))
        #expect(breaker.pass(at: 12 * second) == .probe)
    }

    @Test("a probe that came to nothing lets the next one try")
    func abandoned() {
        var breaker = opened(at: second)
        _ = breaker.pass(at: 6 * second)
        breaker.abandon(isProbe: false)
        #expect(breaker.pass(at: 6 * second) == .refused(retryAfter: 0))
        breaker.abandon(isProbe: true)
        #expect(breaker.pass(at: 6 * second) == .probe)
    }

    @Test("requests that began before it opened neither close it nor keep it open")
    func stragglers() {
        var breaker = opened(at: second)
        let before = breaker
        _ = breaker.record(succeeded: true, isProbe: false, at: 2 * second)
        _ = breaker.record(succeeded: false, isProbe: false, at: 2 * second)
        #expect(breaker == before)
        _ = breaker.pass(at: 6 * second)
        _ = breaker.record(succeeded: true, isProbe: false, at: 6 * second)
        #expect(breaker.state == .halfOpen(isProbing: true))
    }

    @Test("with no number of requests set it never opens")
    func off() {
        var breaker = CircuitBreaker(BreakerPolicy(requests: 0))
        for _ in 0..<1_000 { _ = breaker.record(succeeded: false, isProbe: false, at: second) }
        #expect(breaker.isClosed)
    }
}

@Suite("Health of an address")
struct HealthStateTests {
    private let policy = HealthPolicy(healthyAfter: 2, unhealthyAfter: 3)

    @Test("the first check decides by itself", arguments: [true, false])
    func first(passed: Bool) {
        var state = HealthState()
        #expect(state.verdict == .unknown && state.isInDoubt)
        let hasChanged = state.record(passed: passed, by: policy)
        #expect(hasChanged && state.verdict == (passed ? .healthy : .unhealthy))
    }

    @Test("after that it takes as many checks in a row as the policy says, each way")
    func rows() {
        var state = HealthState()
        _ = state.record(passed: true, by: policy)
        for _ in 0..<5 {
            for _ in 0..<2 {
                let hasChanged = state.record(passed: false, by: policy)
                #expect(!hasChanged && state.isInDoubt)
            }
            _ = state.record(passed: true, by: policy)
            #expect(!state.isInDoubt)
        }
        for _ in 0..<2 { _ = state.record(passed: false, by: policy) }
        let hasFallen = state.record(passed: false, by: policy)
        #expect(hasFallen && state.verdict == .unhealthy)
        let first = state.record(passed: true, by: policy)
        let second = state.record(passed: true, by: policy)
        #expect(!first && second && state.verdict == .healthy)
    }

    @Test("while in doubt it is asked each second, or as often as ever if that is oftener")
    func hurry() {
        #expect(HealthPolicy(interval: .seconds(5)).hurriedInterval == .seconds(1))
        #expect(HealthPolicy(interval: .milliseconds(200)).hurriedInterval == .milliseconds(200))
        #expect(!HealthPolicy(interval: .zero).isOn)
    }
}

@Suite("Refusals for an upstream's sake")
struct UpstreamRefusalTests {
    @Test(
        "each way in which an upstream fails has a status and a word of its own",
        arguments: [
            (Refusal.upstreamUnreachable, 502, "upstream-unreachable", nil),
            (.upstreamInvalid, 502, "upstream-invalid", nil),
            (.upstreamBusy, 503, "upstream-busy", "1"),
            (.upstreamUnavailable(retryAfter: 5), 503, "upstream-unavailable", "5"),
            (.upstreamTimeout, 504, "upstream-timeout", nil),
        ] as [(Refusal, Int, String, String?)])
    func codes(_ refusal: Refusal, _ status: Int, _ code: String, _ retryAfter: String?) {
        let form = refusal.form
        #expect(form.status == status && form.code == code && !form.closes)
        #expect(form.headers.first { $0.name == "Retry-After" }?.value == retryAfter)
    }
}
