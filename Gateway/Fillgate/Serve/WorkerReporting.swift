import GatewayCore
import GatewayEndpoints
import GatewayProxy
import GatewayRedis

/// Says in Redis about once a second how this worker is, so that the admin API of any worker can tell of all.
struct WorkerReporting: Sendable {
    static let interval = Duration.seconds(1)
    /// A worker that has fallen silent for this long is told of no more.
    static let lifetime = Duration.seconds(5)

    /// What is served now.
    let current: @Sendable () -> Generation
    let scrape: GatewayScrape

    /// Reports until the task is cancelled. What Redis does not take is made up for by the next report.
    func run() async {
        while !Task.isCancelled {
            let report = await scrape.report(version: Version.current, now: Clock.now)
            try? await current().store.run { try await $0.keep(report, for: Self.lifetime) }
            try? await Task.sleep(for: Self.interval)
        }
    }
}

extension StoreHealth {
    /// Asks Redis.
    static func ask(_ store: RedisStore) async throws(StoreFault) -> StoreHealth {
        let latency = try await store.roundTrip()
        let servers = try await store.diagnose().map { found in
            Server(
                server: found.server, version: found.version, role: found.role, replicas: found.replicas,
                memoryUsed: found.memoryUsed, memoryBound: found.memoryBound,
                evictionPolicy: found.evictionPolicy, appendsToFile: found.appendsToFile)
        }
        return StoreHealth(latency: Double(latency.wholeMicroseconds) / 1_000, servers: servers)
    }
}

extension PolicyDescription {
    /// Every policy of the configuration, as `overrides` change it.
    static func all(_ settings: Settings, under overrides: [LimitOverride]) -> [PolicyDescription] {
        settings.policyEntries.map { entry in
            let override = overrides.last { $0.target == .policy(entry.name) }
            return PolicyDescription(
                policy: entry.name, key: entry.key.map(Codec<LimitPolicy.Key.Part>.keyPart.text),
                mode: (override?.mode ?? entry.mode).rawValue,
                rate: override?.rate.map { Units.text(of: $0) } ?? entry.rate.map { Units.text(of: $0) },
                burst: entry.burst.map { override?.burst ?? $0 },
                most: entry.inFlight.map { override?.inFlight ?? $0 }, isOverridden: override != nil)
        }
    }
}
