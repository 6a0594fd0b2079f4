import GatewayCore
import GatewayProxy
import GatewayRedis
import Logging
import NIOCore

/// A store for whoever is not on an event loop: commands, and what a worker does beside serving. What is asked
/// runs on the store's loop.
///
/// A worker's is that of its first event loop too, so that what is done beside serving costs no connection of its
/// own.
actor LoopStore {
    private nonisolated let executor: LoopExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    // SAFETY: made here or elsewhere, and used on its event loop only.
    private nonisolated(unsafe) let store: RedisStore
    /// The same with a deadline of its own.
    private let patient: RedisStore

    /// Begins to connect to Redis, and to keep connected until `close`. What is asked here waits as long as `deadline`
    /// allows, and the configuration's own where it is nil.
    init(
        _ configuration: RedisConfiguration, deadline: Duration? = nil, on eventLoop: any EventLoop,
        logger: Logger
    ) {
        executor = LoopExecutor(eventLoop)
        store = RedisStore(configuration: configuration, eventLoop: eventLoop, logger: logger)
        patient = RedisStore(sharing: store, deadline: deadline ?? configuration.deadline)
        store.start()
    }

    /// The store, for whoever runs on its event loop; nil where `eventLoop` is another.
    nonisolated func store(of eventLoop: any EventLoop) -> RedisStore? {
        eventLoop === executor.eventLoop ? store : nil
    }

    /// Runs `body` on the store's event loop.
    func run<Output: Sendable>(
        _ body: @Sendable (RedisStore) async throws -> Output
    ) async throws -> Output {
        // Without the preference what is nobody's own goes on in the global pool after it has waited for Redis.
        try await withTaskExecutorPreference(executor) { try await body(patient) }
    }

    /// Waits until Redis can be asked; false where it cannot for as long as `patience`.
    func becomesReachable(within patience: Duration) async -> Bool {
        let deadline = ContinuousClock.now + patience
        while !store.isReachable {
            guard ContinuousClock.now < deadline else { return false }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    func close() async { await store.close() }
}
