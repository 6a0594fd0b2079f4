import GatewayCore
import ServiceCore

#if canImport(Glibc)
    import Glibc
#endif

/// One event loop at the moment of a scrape: what it has counted, and what is there now.
struct LoopSnapshot: Sendable {
    /// The loop's place among its worker's.
    var loop: Int
    var metrics: LoopMetrics
    var edge: EdgeCounts
    var services: ServiceStatus
    /// Connections whose tasks are alive.
    var tasks: Int
    var isDraining: Bool
    var upstreams: [Upstream]
    var sessions: (count: Int, hits: Int, misses: Int)
    var localKeys: Int
    /// Processor time of the loop's thread, in microseconds.
    var processorTime: Int

    /// A pool of one loop.
    struct Upstream: Sendable {
        var name: String
        /// Requests that hold a place, and that wait for one.
        var inUse: Int
        var queued: Int
        /// Connections that wait for a request.
        var idle: Int
        /// Addresses that there are, that are ejected, and that the health checks find unwell.
        var addresses: Int
        var ejected: Int
        var unhealthy: Int
        /// One while the circuit is not closed.
        var isBroken: Int
        // Since the beginning.
        var connects: Int
        var connectFailures: Int
        var retries: Int
        var ejections: Int
        var openings: Int
    }
}

extension LoopSnapshot.Upstream {
    init(_ pool: UpstreamPool, at now: UInt64) {
        name = pool.settings.name
        inUse = pool.inUse
        queued = pool.queued
        idle = pool.idleCount
        addresses = pool.endpoints.count
        ejected = pool.ejectedCount(at: now)
        unhealthy = pool.endpoints.count { $0.verdict == .unhealthy }
        isBroken = pool.breaker.isClosed ? 0 : 1
        connects = pool.connects
        connectFailures = pool.connectFailures
        retries = pool.retries
        ejections = pool.ejections
        openings = pool.breaker.openings
    }
}

extension LoopState {
    /// What there is to know of this loop. On the loop, because a thread's processor time is asked for there.
    func snapshot(loop: Int) -> LoopSnapshot {
        let now = Clock.monotonic
        return LoopSnapshot(
            loop: loop, metrics: metrics, edge: edge.counts, services: services.status(),
            tasks: waiters.count,
            isDraining: isDraining,
            upstreams: pools.map {
                LoopSnapshot.Upstream($0, at: now)
            },
            sessions: (sessions.count, sessions.hits, sessions.misses), localKeys: localLimiter.count,
            processorTime: Self.threadProcessorTime)
    }

    private static var threadProcessorTime: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1_000
    }
}
