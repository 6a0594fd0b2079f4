import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import SchedulerStore
import ServiceCore
import ServiceLifecycle

/// The service as a whole: the store, the workers, the keys and the HTTP server, started and stopped
/// together.
package struct SchedulerServer {
    private let settings: ServiceSettings
    private let logger: Logger

    package init(settings: ServiceSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Serves until `SIGTERM` or `SIGINT`. Then requests under way are answered, schedules under way go back
    /// into the queue, and it returns.
    ///
    /// - Parameter onListening: Called once with the address that is listened on, such as `127.0.0.1:8080`.
    /// - Throws: `StoreFault` for a database that cannot be opened, or what binding the address throws.
    package func run(onListening: @escaping @Sendable (String) -> Void) async throws {
        let store = try ScheduleStore(path: settings.databasePath)
        defer { store.close() }
        let keys = TrustedKeyStore(source: settings.trustedKeys, audience: settings.audience, logger: logger)
        let audience = Audience()
        let runner = JobRunner(settings: settings, store: store, audience: audience, logger: logger)
        let routes = router(store: store, runner: runner, audience: audience, keys: keys)
        var services: [any Service] = [
            keys, runner, application(routes, onListening: onListening), audience,
        ]
        if let keep = settings.keep {
            services.insert(Retention(keep: keep, store: store, logger: logger), at: 0)
        }
        // Stopped in the opposite order: first no more events, for which requests would last; then no more
        // requests, then no more planning.
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = settings.drainTimeout
        try await ServiceGroup(configuration: configuration).run()
    }

    private func application(
        _ router: Router<SchedulerContext>, onListening: @escaping @Sendable (String) -> Void
    ) -> some ApplicationProtocol {
        let address: BindAddress =
            switch settings.address {
            case .host(let host, let port): .hostname(host, port: port)
            case .unixSocket(let path): .unixDomainSocket(path: path)
            }
        // Hummingbird's own lines are about itself; ours say what an operator needs.
        var quiet = logger
        quiet.logLevel = .error
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 128)
        let idle = TimeAmount.nanoseconds(settings.idleTimeout.components.seconds * 1_000_000_000)
        return Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: idle, httpDecoderConfiguration: decoder)),
            configuration: .init(
                address: address,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    settings.connectionLimit, logger: quiet)),
            onServerRunning: { [address = settings.address] channel in
                onListening(address.description(boundTo: channel.localAddress?.port))
            },
            logger: quiet)
    }

    private func router(
        store: ScheduleStore, runner: JobRunner, audience: Audience, keys: TrustedKeyStore
    ) -> Router<SchedulerContext> {
        let router = Router(context: SchedulerContext.self, options: .autoGenerateHeadEndpoints)
        let contract = APIContract()
        router.add(middleware: Edge(keys: keys, contract: contract, logger: logger))
        SchedulerRoutes(
            settings: settings, store: store, runner: runner, audience: audience,
            hasKeys: { keys.isReady }
        ).add(to: router, in: contract)
        PageRoutes().add(to: router.group("app"))
        return router
    }
}
