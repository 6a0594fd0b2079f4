import Hummingbird
import SchedulerStore

/// Whether the process is up, and whether it can do its work.
struct HealthRoutes {
    let store: ScheduleStore
    let keys: TrustedKeyStore

    func add(to group: RouterGroup<SchedulerContext>) {
        group.get("health") { _, _ in WireJSON.response(["status": "up"]) }
        group.get("ready", use: ready)
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
        let isReady = isReadable && keys.isReady
        return WireJSON.response(
            Readiness(status: isReady ? "ready" : "not ready", database: isReadable, keys: keys.isReady),
            status: isReady ? .ok : .serviceUnavailable)
    }
}
