import GatewayCore
import GatewayProxy
import GatewayRedis
import Logging
import NIOCore

/// A store with an event loop of its own to run on, for whoever is not on one: commands, and what a worker
/// does beside serving.
actor LoopStore {
    private nonisolated let executor: LoopExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let store: RedisStore

    /// Begins to connect to Redis, and to keep connected until `close`.
    init(_ configuration: RedisConfiguration, on eventLoop: any EventLoop, logger: Logger) {
        executor = LoopExecutor(eventLoop)
        store = RedisStore(configuration: configuration, eventLoop: eventLoop, logger: logger)
        store.start()
    }

    /// Runs `body` on the store's event loop.
    func run<Output: Sendable>(
        _ body: @Sendable (RedisStore) async throws -> Output
    ) async throws -> Output {
        try await body(store)
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
