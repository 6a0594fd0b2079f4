import NIOCore

/// What a connection's task sleeps on. Any event on the task's sockets wakes it, and it looks for itself what
/// changed; a sweep over all waiters of the loop wakes those whose deadline is over.
///
/// Everything happens on one event loop, so between looking and sleeping nothing can be missed.
final class Waiter: @unchecked Sendable {
    // SAFETY: confined to the event loop of `executor`.
    private let executor: LoopExecutor
    private var continuation: UnsafeContinuation<Void, Never>?
    /// Monotonic nanoseconds; `.max` while nothing is due.
    fileprivate var deadline = UInt64.max
    private var isExpired = false
    /// Where `WaiterRegistry` keeps it.
    fileprivate var index = -1
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

    /// Something happened.
    @inline(__always)
    func wake() {
        guard let continuation else { return }
        self.continuation = nil
        executor.running { continuation.resume() }
    }

    /// Whether the client's connection is no more.
    var isClientGone: Bool { client.isClosed }

    fileprivate func expire() {
        isExpired = true
        wake()
    }
}

/// All waiters of a loop, swept for deadlines ten times a second: deadlines of seconds need no timer each.
final class WaiterRegistry: @unchecked Sendable {
    // SAFETY: confined to its event loop.
    private var waiters: [Waiter] = []

    static let sweepInterval = TimeAmount.milliseconds(100)

    var count: Int { waiters.count }

    /// The longest buffer of bytes that came and were not taken, its unused room included.
    var largestInbound: Int { waiters.map { $0.client.inbound.capacity }.max() ?? 0 }

    func add(_ waiter: Waiter) {
        waiter.index = waiters.count
        waiters.append(waiter)
    }

    func remove(_ waiter: Waiter) {
        guard waiter.index >= 0 else { return }
        let last = waiters.removeLast()
        if last !== waiter {
            waiters[waiter.index] = last
            last.index = waiter.index
        }
        waiter.index = -1
    }

    /// Deadlines that are told of in one go: with thousands that end together, as slow clients' do, whoever
    /// else is on the loop is served in between.
    static let mostAtOnce = 64

    /// Wakes those whose deadline is over, up to `mostAtOnce`; answers whether there are more.
    func sweep(now: UInt64) -> Bool {
        // Expiring runs the task at once, which may remove waiters: collect first.
        var due: [Waiter] = []
        for waiter in waiters where waiter.deadline <= now {
            guard due.count < Self.mostAtOnce else { break }
            due.append(waiter)
        }
        for waiter in due where waiter.deadline <= now { waiter.expire() }
        return due.count == Self.mostAtOnce
    }

    func wakeAll() {
        for waiter in Array(waiters) { waiter.wake() }
    }

    func closeAll() {
        for waiter in Array(waiters) { waiter.client.close() }
    }
}
