import GatewayCore
import GatewayProxy

/// Whether this worker can serve: Redis answers, and at least one address of every upstream that a route
/// names is well.
///
/// Asked over and over by load balancers. What there is to know of upstreams the worker's watch knows already;
/// Redis is asked, what it answered is kept for a moment, and one question serves all who ask meanwhile.
actor Readiness {
    /// How long what was found is kept.
    static let freshness = Duration.milliseconds(500)

    private let upstreams: [UpstreamSettings]
    private let watch: UpstreamWatch
    private let isRedisReachable: @Sendable () async -> Bool
    private var found: (isReachable: Bool, at: ContinuousClock.Instant)?
    private var asking: Task<Bool, Never>?

    init(
        upstreams: [UpstreamSettings], watch: UpstreamWatch,
        isRedisReachable: @escaping @Sendable () async -> Bool
    ) {
        self.upstreams = upstreams
        self.watch = watch
        self.isRedisReachable = isRedisReachable
    }

    /// What is wrong, in words; empty when the worker is ready.
    func problems() async -> [String] {
        let redis = await askRedis() ? [] : ["redis cannot be reached"]
        return (redis + upstreams.compactMap { watch.report(of: $0).problem }).sorted()
    }

    private func askRedis() async -> Bool {
        if let found, found.at.duration(to: .now) < Self.freshness { return found.isReachable }
        if let asking { return await asking.value }
        let isRedisReachable = isRedisReachable
        let task = Task { await isRedisReachable() }
        asking = task
        let isReachable = await task.value
        found = (isReachable, .now)
        asking = nil
        return isReachable
    }
}
