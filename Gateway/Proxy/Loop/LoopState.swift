import GatewayCore
import Logging
import NIOCore
import ServiceCore

/// Everything that one event loop owns: nothing in it is locked and nothing of it is shared.
final class LoopState: @unchecked Sendable {
    // SAFETY: confined to `executor.eventLoop`; the callbacks that capture it run there.
    //
    // What a configuration decides is replaced as a whole by `replace`, between two steps of any task. A task
    // that sleeps may find new settings when it wakes; the `Target` that it holds stays what it was.
    private(set) var settings: GatewaySettings
    let executor: LoopExecutor
    private(set) var services: LoopServices
    private(set) var targets: TargetTable
    private(set) var pools: [UpstreamPool]
    /// Grows with each replacement, so that a connection sees that what it worked out at its beginning is old.
    private(set) var generation = 0
    /// What the next configuration brings, made and connecting while this one serves.
    var nextServices: LoopServices?
    let waiters = WaiterRegistry()
    let edge = EdgeState()
    private(set) var accessLog: AccessLog
    private let share: LoopShare
    /// What the worker knows of its upstreams.
    private let upstreams: UpstreamWatch
    private let logger: Logger
    var sessions: SessionCache
    /// What sessions hold open.
    var held = HeldStreams()
    var isRecheckingHeld = false
    var localLimiter: LocalLimiter
    var overLimits: OverLimitMemory
    /// Who is refused most of late.
    var refusals = RefusalRanking()
    var leases = LeaseTable()
    var records: RecordQueue
    /// What operators have changed.
    private var overrides: [LimitOverride] = []
    var metrics: LoopMetrics
    var refusalSampler: AuditSampler
    var mint = RequestIDMint()
    var date = DateField()
    /// Room for what goes out next, lent to one task at a time.
    private var scratch = ByteBuffer()
    var assertionPayload: [UInt8] = []
    private(set) var isDraining = false
    /// When that began, on the monotonic clock.
    private(set) var drainingSince: UInt64 = 0
    /// Whether connections had to be ended before they were done.
    private(set) var wasCutOff = false
    private var sweeper: RepeatedTask?
    private var overdue = Overdue()
    private var onIdle: EventLoopPromise<Void>?

    /// Sessions and limiter keys that one loop remembers for the time when the store is away.
    static let cachedSessions = 16_384
    static let localKeys = 16_384

    init(
        settings: GatewaySettings, executor: LoopExecutor, services: LoopServices, share: LoopShare,
        upstreams: UpstreamWatch, accessLog: AccessLog, logger: Logger
    ) {
        self.settings = settings
        self.executor = executor
        self.services = services
        self.accessLog = accessLog
        self.share = share
        self.upstreams = upstreams
        self.logger = logger
        let pools = Self.pools(
            for: settings, keeping: [], on: executor.eventLoop, share: share, upstreams: upstreams,
            logger: logger)
        self.pools = pools
        var metrics = LoopMetrics()
        targets = Self.targets(for: settings, services, pools, &metrics)
        self.metrics = metrics
        sessions = SessionCache(capacity: Self.cachedSessions, maxAge: settings.sessions.cache)
        localLimiter = LocalLimiter(capacity: Self.localKeys)
        overLimits = OverLimitMemory(settings.admission)
        records = RecordQueue(settings.records, loop: share.index)
        refusalSampler = AuditSampler(perSecond: settings.auditedRefusals)
    }

    /// One pool an upstream; those of `old` whose settings are the same are kept with their connections.
    private static func pools(
        for settings: GatewaySettings, keeping old: [UpstreamPool], on eventLoop: any EventLoop,
        share: LoopShare, upstreams: UpstreamWatch, logger: Logger
    ) -> [UpstreamPool] {
        // A whole response head must fit, whatever the bound on bodies is.
        let highWater = max(
            settings.limits.bufferedBody,
            settings.limits.requestLine + ClientConnection.responseHeaders + 64)
        return settings.upstreams.map { upstream in
            old.first { $0.settings == upstream && $0.highWater == highWater }
                ?? UpstreamPool(
                    upstreams.report(of: upstream), eventLoop: eventLoop, share: share,
                    highWater: highWater, logger: logger)
        }
    }

    private static func targets(
        for settings: GatewaySettings, _ services: LoopServices, _ pools: [UpstreamPool],
        _ metrics: inout LoopMetrics
    ) -> TargetTable {
        TargetTable(
            settings: settings, endpoints: services.endpoints,
            pools: Dictionary(uniqueKeysWithValues: pools.map { ($0.settings.name, $0) }), metrics: &metrics)
    }

    /// Serves by `settings` and `nextServices` from now on. Never fails and drops nothing: requests under way
    /// keep the target that they were matched to, and what only they still use ends with the last of them.
    ///
    /// The sessions and limits that are remembered stay. `accessLog` is where records go; nil for nowhere.
    func replace(_ settings: GatewaySettings, accessLog sink: AccessLogSink?) {
        let services = nextServices ?? self.services
        nextServices = nil
        let kept = Self.pools(
            for: settings, keeping: pools, on: executor.eventLoop, share: share, upstreams: upstreams,
            logger: logger)
        for pool in pools where !kept.contains(where: { $0 === pool }) {
            metrics.retire(pool.counts, of: pool.settings.name)
            pool.retire()
        }
        pools = kept
        targets = Self.targets(for: settings.overridden(by: overrides), services, kept, &metrics)
        sessions.keep(for: settings.sessions.cache)
        records.settings = settings.records
        if settings.admission != self.settings.admission {
            overLimits = OverLimitMemory(settings.admission)
        }
        refusalSampler.perSecond = settings.auditedRefusals
        self.settings = settings
        self.services = services
        services.attach(executor)
        if sink !== accessLog.sink {
            accessLog.flush()
            accessLog = AccessLog(sink: sink)
        }
        generation &+= 1
    }

    /// Serves under `overrides` from now on, in place of those before. Requests under way keep the target that they
    /// were matched to.
    func apply(_ overrides: [LimitOverride]) {
        guard overrides != self.overrides else { return }
        self.overrides = overrides
        targets = Self.targets(for: settings.overridden(by: overrides), services, pools, &metrics)
    }

    /// Hands the records that wait to the store, which sends them along with what is asked in this tick.
    func sendRecords() {
        guard let waiting = records.take() else { return }
        services.store.keep(waiting, bounds: records.settings.bounds)
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
            self.sweep(now: now)
            for pool in self.pools { pool.sweep(now: now) }
            self.accessLog.flush()
            // What no command takes along.
            if self.records.refill(now: now) { self.sendRecords() }
            let due = self.leases.due(at: now, lease: self.settings.admission.lease)
            if !due.isEmpty { self.services.store.renew(due, for: self.settings.admission.lease) }
            self.metrics.lag.expect(at: Clock.monotonic + UInt64(interval.nanoseconds))
        }
    }

    /// Takes what the worker has found out about an upstream.
    func hear(_ report: UpstreamReport) {
        for pool in pools where pool.settings == report.settings { pool.apply(report) }
    }

    /// Looks for what has run out of time, unless not everything that was found before has been told so.
    private func sweep(now: UInt64) {
        guard overdue.isEmpty else { return }
        waiters.collect(at: now, into: &overdue)
        edge.collect(at: now, into: &overdue)
        expire(now: now)
    }

    private func expire(now: UInt64) {
        for member in overdue.next() where member.isOverdue(at: now) { member.expire() }
        guard !overdue.isEmpty else { return }
        executor.eventLoop.scheduleTask(in: .milliseconds(1)) { self.expire(now: now) }
    }

    /// Tells every connection to finish what it is doing and take nothing new; the future completes when the
    /// last is gone.
    func drain() -> EventLoopFuture<Void> {
        isDraining = true
        drainingSince = Clock.monotonic
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
        sendRecords()
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
        let client = Client(wire: wire, end: end, loop: state, onEnd: onEnd)
        client.onWake = { [self] client in run(client, refusal: nil) }
        run(client, refusal: refusal)
    }

    /// Serves a client until it ends or rests.
    private nonisolated func run(_ client: Client, refusal: Refusal?) {
        // The preference is not a repetition of what the actor says: without it every resumption goes through
        // the global pool and back, which costs four futexes and an extra wake-up of the loop a request.
        Task(executorPreference: executor) { await self.serve(client, refusal: refusal) }
    }

    private func serve(_ client: Client, refusal: Refusal?) async {
        let connection = ClientConnection(client, loop: state)
        if let refusal { await connection.turnAway(refusal) } else { await connection.serve() }
    }
}
