import Hummingbird
import SchedulerStore

/// Whether the process is up, and whether it can do its work.
struct HealthRoutes {
    let store: ScheduleStore
    /// Whether there is a key to verify callers with.
    let hasKeys: @Sendable () -> Bool

    /// - Parameter suffix: Tells the operations of these routes from those of others.
    func add(to routes: DescribedRoutes, suffix: String = "") {
        routes.get("health", Self.health("health" + suffix)) { _, _ in WireJSON.response(["status": "up"]) }
        routes.get("ready", Self.readiness("ready" + suffix), use: ready)
    }

    private struct Readiness: Encodable {
        let status: String
        let database: Bool
        let keys: Bool
    }

    @Sendable
    private func ready(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let isReadable: Bool
        do throws(StoreFault) {
            try await store.ping()
            isReadable = true
        } catch { isReadable = false }
        let hasKeys = hasKeys()
        let isReady = isReadable && hasKeys
        return WireJSON.response(
            Readiness(status: isReady ? "ready" : "not ready", database: isReadable, keys: hasKeys),
            status: isReady ? .ok : .serviceUnavailable)
    }
}
