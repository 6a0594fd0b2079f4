import NIOCore

/// What a connection's task sleeps on. Any event on the task's sockets wakes it, and it looks for itself what
/// changed; a sweep over all waiters of the loop wakes those whose deadline is over.
///
/// A connection that has nothing to do for long needs no task: it rests, and what would have woken the task
/// begins another.
///
/// Everything happens on one event loop, so between looking and sleeping nothing can be missed.
final class Waiter: HasDeadline, @unchecked Sendable {
    // SAFETY: confined to the event loop of `executor`.
    private let executor: LoopExecutor
    private var continuation: UnsafeContinuation<Void, Never>?
    private var resting: (() -> Void)?
    private(set) var deadline = UInt64.max
    private var isExpired = false
    var place = -1
    /// The client's socket, for the case that everybody has to go.
    fileprivate let client: Wire

    init(executor: LoopExecutor, client: Wire) {
        self.executor = executor
        self.client = client
    }

    /// Sleeps until an event or `deadline`; answers whether the deadline was it.
    func wait(until deadline: UInt64) async -> Bool {
        self.deadline = deadline
        isExpired = false
        await withUnsafeContinuation { continuation = $0 }
        self.deadline = .max
        return isExpired
    }

    /// Has `begin` called at the next event or at `deadline`, once.
    func rest(until deadline: UInt64, then begin: @escaping () -> Void) {
        self.deadline = deadline
        resting = begin
    }

    var isResting: Bool { resting != nil }

    /// Something happened.
    @inline(__always)
    func wake() {
        if let continuation {
            self.continuation = nil
            executor.running { continuation.resume() }
        } else if resting != nil {
            endRest()
        }
    }

    private func endRest() {
        let begin = resting
        resting = nil
        deadline = .max
        executor.running { begin?() }
    }

    /// Whether the client's connection is no more.
    var isClientGone: Bool { client.isClosed }

    func expire() {
        isExpired = true
        wake()
    }
}

/// All waiters of a loop.
final class WaiterRegistry: @unchecked Sendable {
    // SAFETY: confined to its event loop.
    private var waiters = DeadlineList<Waiter>()

    static let sweepInterval = TimeAmount.milliseconds(100)

    var count: Int { waiters.count }
    /// Connections that have no task.
    var resting: Int { waiters.members.count(where: \.isResting) }

    /// The longest buffer of bytes that came and were not taken, its unused room included.
    var largestInbound: Int { waiters.members.map { $0.client.inbound.capacity }.max() ?? 0 }

    func add(_ waiter: Waiter) { waiters.add(waiter) }

    func remove(_ waiter: Waiter) { waiters.remove(waiter) }

    func collect(at now: UInt64, into overdue: inout Overdue) { waiters.collect(at: now, into: &overdue) }

    func wakeAll() {
        for waiter in waiters.members { waiter.wake() }
    }

    func closeAll() {
        for waiter in waiters.members { waiter.client.close() }
    }
}
