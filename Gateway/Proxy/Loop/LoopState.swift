import GatewayCore
import Logging
import NIOCore
import ServiceCore

/// Everything that one event loop owns: nothing in it is locked and nothing of it is shared.
final class LoopState: @unchecked Sendable {
    // SAFETY: confined to `executor.eventLoop`; the callbacks that capture it run there.
    let settings: GatewaySettings
    let executor: LoopExecutor
    let services: LoopServices
    let targets: TargetTable
    let pools: [UpstreamPool]
    let waiters = WaiterRegistry()
    let edge = EdgeState()
    let accessLog: AccessLog
    var sessions: SessionCache
    var localLimiter: LocalLimiter
    var metrics: LoopMetrics
    var mint = RequestIDMint()
    /// Room for what goes out next, lent to one task at a time.
    private var scratch = ByteBuffer()
    var assertionPayload: [UInt8] = []
    private(set) var isDraining = false
    /// Whether connections had to be ended before they were done.
    private(set) var wasCutOff = false
    private var sweeper: RepeatedTask?
    private var onIdle: EventLoopPromise<Void>?

    /// Sessions and limiter keys that one loop remembers for the time when the store is away.
    static let cachedSessions = 16_384
    static let localKeys = 16_384

    init(
        settings: GatewaySettings, executor: LoopExecutor, services: LoopServices, loops: Int,
        accessLog: AccessLog
    ) {
        self.settings = settings
        self.executor = executor
        self.services = services
        self.accessLog = accessLog
        // A whole response head must fit, whatever the bound on bodies is.
        let highWater = max(
            settings.limits.bufferedBody,
            settings.limits.requestLine + ClientConnection.responseHeaders + 64)
        let pools = settings.upstreams.map {
            UpstreamPool($0, eventLoop: executor.eventLoop, loops: loops, highWater: highWater)
        }
        self.pools = pools
        var metrics = LoopMetrics()
        targets = TargetTable(
            settings: settings, endpoints: services.endpoints,
            pools: Dictionary(uniqueKeysWithValues: pools.map { ($0.settings.name, $0) }), metrics: &metrics)
        self.metrics = metrics
        sessions = SessionCache(capacity: Self.cachedSessions, maxAge: settings.sessions.cache)
        localLimiter = LocalLimiter(capacity: Self.localKeys)
    }

    /// An empty buffer to write into, with the room of the one before. It is the borrower's until it is given
    /// back: nobody else can see what is in it, whenever the borrower sleeps.
    func borrowScratch() -> ByteBuffer {
        let lent = scratch
        scratch = Wire.empty
        return lent
    }

    /// Takes a borrowed buffer back. Its storage is kept if it is of ordinary size.
    func giveBack(_ buffer: inout ByteBuffer) {
        if (1...Self.mostScratch).contains(buffer.capacity) {
            buffer.clear()
            scratch = buffer
        }
        buffer = Wire.empty
    }

    private static let mostScratch = 32 << 10

    func start() {
        services.attach(executor)
        let interval = WaiterRegistry.sweepInterval
        sweeper = executor.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let now = Clock.monotonic
            self.metrics.lag.ran(at: now)
            self.waiters.sweep(now: now)
            for pool in self.pools { pool.sweep(now: now) }
            self.edge.sweep(now: now)
            self.accessLog.flush()
            self.metrics.lag.expect(at: Clock.monotonic + UInt64(interval.nanoseconds))
        }
    }

    /// Tells every connection to finish what it is doing and take nothing new; the future completes when the
    /// last is gone.
    func drain() -> EventLoopFuture<Void> {
        isDraining = true
        let promise = executor.eventLoop.makePromise(of: Void.self)
        onIdle = promise
        edge.onEmpty = { [weak self] in self?.checkIdle() }
        edge.drain()
        waiters.wakeAll()
        checkIdle()
        return promise.futureResult
    }

    /// Called when a connection's task is over.
    func connectionEnded(_ waiter: Waiter) {
        waiters.remove(waiter)
        checkIdle()
    }

    private func checkIdle() {
        guard isDraining, waiters.count == 0, edge.isEmpty, let onIdle else { return }
        self.onIdle = nil
        onIdle.succeed()
    }

    /// Ends every connection that is still there, whatever it is doing.
    func cutOff() {
        wasCutOff = true
        waiters.closeAll()
        edge.cutOff()
    }

    /// Ends what runs by itself. Called once, when no connection is left.
    func stop() {
        sweeper?.cancel()
        for pool in pools { pool.closeIdle() }
        accessLog.flush()
    }
}

/// The anchor of a loop's tasks: an actor whose executor is the event loop itself. Its tasks reach `state`
/// without a hop and without a lock.
actor GatewayLoop {
    nonisolated let executor: LoopExecutor
    nonisolated let state: LoopState

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(state: LoopState) {
        self.state = state
        executor = state.executor
    }

    /// Serves one client connection to its end, or refuses it at once; then calls `onEnd`.
    nonisolated func begin(
        _ wire: Wire, end: ClientEnd, refusal: Refusal?, onEnd: @escaping @Sendable () -> Void
    ) {
        // The task inherits the actor, whose executor is the loop. A preference for that executor would say
        // the same once more, and be looked up at every resumption.
        assumeIsolated { loop in
            _ = Task {
                await loop.serve(wire, end: end, refusal: refusal)
                onEnd()
            }
        }
    }

    private func serve(_ wire: Wire, end: ClientEnd, refusal: Refusal?) async {
        let connection = ClientConnection(wire: wire, end: end, loop: state)
        if let refusal { await connection.turnAway(refusal) } else { await connection.serve() }
    }
}
