/// When an upstream that mostly fails is spared further requests for a while.
package struct BreakerPolicy: Sendable, Hashable {
    /// The share of failures among the requests of a window that opens the circuit.
    package var share: Double
    /// The fewest requests in a window that say anything; 0: the circuit never opens.
    package var requests: Int
    /// How far back failures count, at most.
    package var window: Duration
    /// How long requests are refused before one is let through to try.
    package var coolDown: Duration

    package init(
        share: Double = 0.5, requests: Int = 20, window: Duration = .seconds(10),
        coolDown: Duration = .seconds(2)
    ) {
        self.share = share
        self.requests = requests
        self.window = window
        self.coolDown = coolDown
    }
}

/// A circuit breaker as a value: it reads no clock and holds nobody back itself. Moments are monotonic
/// nanoseconds.
///
/// Requests are counted in two halves of the window, the current one and the one before, so that nothing
/// counts for longer than the window and counting costs two additions.
package struct CircuitBreaker: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case closed
        /// Everybody is refused until then.
        case open(until: UInt64)
        /// One request at a time is let through to try.
        case halfOpen(isProbing: Bool)
    }

    package enum Pass: Sendable, Hashable {
        case admitted
        /// The request on which everything depends: its outcome must be told.
        case probe
        /// Nanoseconds after which it is worth asking again.
        case refused(retryAfter: UInt64)
    }

    private struct Counts: Sendable, Hashable {
        var requests = 0
        var failures = 0
    }

    package private(set) var state = State.closed
    /// How often the circuit has opened.
    package private(set) var openings = 0
    private var current = Counts()
    private var previous = Counts()
    /// When the current half of the window is over.
    private var halfEnds: UInt64 = 0
    private let half: UInt64
    private let coolDown: UInt64
    private let leastRequests: Int
    private let share: Double

    package init(_ policy: BreakerPolicy) {
        half = max(1, UInt64(max(0, policy.window.wholeMicroseconds)) * 500)
        coolDown = UInt64(max(0, policy.coolDown.wholeMicroseconds)) * 1_000
        leastRequests = policy.requests
        share = policy.share
    }

    package var isClosed: Bool { state == .closed }

    /// Whether a request may go on.
    package mutating func pass(at now: UInt64) -> Pass {
        switch state {
        case .closed: return .admitted
        case .open(let until) where now < until: return .refused(retryAfter: until - now)
        case .open, .halfOpen(isProbing: false):
            state = .halfOpen(isProbing: true)
            return .probe
        case .halfOpen(isProbing: true): return .refused(retryAfter: 0)
        }
    }

    /// A request's outcome. Answers whether it opened the circuit.
    package mutating func record(succeeded: Bool, isProbe: Bool, at now: UInt64) -> Bool {
        if isProbe {
            guard case .halfOpen = state else { return false }
            if !succeeded { return open(at: now) }
            state = .closed
            current = Counts()
            previous = Counts()
            return false
        }
        // What began before the circuit opened decides nothing any more.
        guard leastRequests > 0, isClosed else { return false }
        turn(at: now)
        current.requests += 1
        guard !succeeded else { return false }
        current.failures += 1
        let requests = current.requests + previous.requests
        let failures = current.failures + previous.failures
        guard requests >= leastRequests, Double(failures) >= share * Double(requests) else { return false }
        return open(at: now)
    }

    /// A request that was let through came to no outcome: its client left, or it was refused on the way.
    package mutating func abandon(isProbe: Bool) {
        if isProbe, case .halfOpen = state { state = .halfOpen(isProbing: false) }
    }

    private mutating func open(at now: UInt64) -> Bool {
        state = .open(until: now &+ coolDown)
        openings += 1
        return true
    }

    private mutating func turn(at now: UInt64) {
        guard now >= halfEnds else { return }
        previous = now < halfEnds &+ half ? current : Counts()
        current = Counts()
        halfEnds = now &+ half
    }
}
