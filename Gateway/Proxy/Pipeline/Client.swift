import GatewayCore

/// One client's connection from its beginning to its end: what is kept of it also while it rests, when there is no
/// `ClientConnection` and no task. Thousands of these may wait for a next request that never comes.
final class Client: @unchecked Sendable {
    // SAFETY: confined to its event loop.
    let wire: Wire
    let end: ClientEnd
    let waiter: Waiter
    /// Received bytes that the metrics have.
    var countedBytes = 0
    /// Since when it has waited for the next request, in monotonic nanoseconds; nil while it does not rest.
    private(set) var restingSince: UInt64?
    /// Serves it on after a rest.
    var onWake: (Client) -> Void = { _ in }
    private let onEnd: @Sendable () -> Void

    init(wire: Wire, end: ClientEnd, loop: LoopState, onEnd: @escaping @Sendable () -> Void) {
        self.wire = wire
        self.end = end
        self.onEnd = onEnd
        waiter = Waiter(executor: loop.executor, client: wire)
        wire.waiter = waiter
        loop.waiters.add(waiter)
    }

    /// Rests until something happens or `deadline`. Whoever calls this lets go of the client at once.
    func rest(since moment: UInt64, until deadline: UInt64) {
        restingSince = moment
        waiter.rest(until: deadline) { self.onWake(self) }
    }

    /// The moment since which it has waited for the request that is read next.
    func endRest(at now: UInt64) -> UInt64 {
        defer { restingSince = nil }
        return restingSince ?? now
    }

    /// It is over, for good.
    func ended(on loop: LoopState) {
        wire.waiter = nil
        loop.connectionEnded(waiter)
        onEnd()
    }
}
