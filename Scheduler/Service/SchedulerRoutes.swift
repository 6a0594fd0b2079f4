import Hummingbird
import SchedulerStore

/// Every route of the service.
struct SchedulerRoutes {
    let settings: ServiceSettings
    let store: ScheduleStore
    let runner: JobRunner
    let audience: Audience
    /// Whether there is a key to verify callers with.
    let hasKeys: @Sendable () -> Bool

    /// Adds them to `router`, and their descriptions to `contract`.
    func add(to router: Router<SchedulerContext>, in contract: APIContract) {
        let root = DescribedRoutes(router, below: "", in: contract)
        let api = DescribedRoutes(router, below: "/api/v1", in: contract)
        ScheduleRoutes(settings: settings, store: store, runner: runner, reports: ReportDesk()).add(to: api)
        StructuredRoute(store: store).add(to: api)
        ComparisonRoutes(settings: settings, store: store, runner: runner).add(to: api)
        EventRoutes(store: store, runner: runner, audience: audience).add(to: api)
        TemplateRoutes(settings: settings, store: store).add(to: api)
        HealthRoutes(store: store, hasKeys: hasKeys).add(to: root, suffix: "AtRoot")
        HealthRoutes(store: store, hasKeys: hasKeys).add(to: api)
        APIRoutes(contract: contract, settings: settings).add(toRoot: root, api: api)
    }
}
