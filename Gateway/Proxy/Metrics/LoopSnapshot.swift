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
    var upstreams: [UpstreamSnapshot]
    var sessions: (count: Int, hits: Int, misses: Int)
    var localKeys: Int
    /// Keys that are remembered to be over their limit.
    var rememberedKeys = 0
    /// Places that requests hold.
    var leases = 0
    /// Requests that hold a place, by the policy that bounds them.
    var places: [String: Int] = [:]
    /// Keys that were refused of late, and how often.
    var refused: [RefusalRanking.Key: Int] = [:]
    var records = (kept: 0, dropped: 0)
    /// Processor time of the loop's thread, in microseconds.
    var processorTime: Int
}

extension LoopState {
    /// What there is to know of this loop. On the loop, because a thread's processor time is asked for there.
    func snapshot(loop: Int) -> LoopSnapshot {
        LoopSnapshot(
            loop: loop, metrics: metrics, edge: edge.counts, services: services.status(),
            tasks: waiters.count,
            isDraining: isDraining,
            upstreams: pools.map { UpstreamSnapshot($0, at: Clock.monotonic) },
            sessions: (sessions.count, sessions.hits, sessions.misses), localKeys: localLimiter.count,
            rememberedKeys: overLimits.count, leases: leases.count, places: leases.byPolicy,
            refused: refusals.counts(at: Clock.monotonic),
            records: (records.kept, records.dropped),
            processorTime: Self.threadProcessorTime)
    }

    private static var threadProcessorTime: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1_000
    }
}
