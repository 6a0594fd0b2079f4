import Foundation
import GatewayCore
import GatewayEndpoints
import GatewayProxy
import GatewayRedis
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// One gateway process: everything that `serve` starts, wired. Reloading is in `Worker+Reload.swift`.
final class Worker: Sendable {
    /// Reads the configuration anew, with what the command line says laid over it.
    let load: @Sendable () throws(ConfigFaults) -> Settings
    let events: WorkerEvents
    let reloads = ReloadTally(startedAt: Clock.now)
    let group: MultiThreadedEventLoopGroup
    /// What serves operators: a loop of its own, so that one of the gateway's that is stuck can be seen.
    private let operationsGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let sink: AccessLogSink
    let log: LogControl
    let logger: Logger
    /// Listening sockets that were passed on to this process.
    let inherited: InheritedSockets
    let notifier: Notifier
    let audit: AuditTrail
    private let watchdog: Watchdog?
    private let administrator: Administrator?
    /// What is known of the upstreams, whichever configuration they belong to.
    let upstreams: UpstreamWatch
    private let served: Served
    private let isDraining = OneWayFlag()
    /// What operators have changed for a while.
    let overrides: OverrideWatch
    private let checks: Mutex<[ObjectIdentifier: CredentialChecks]> = Mutex([:])

    /// What is served now.
    var current: Generation { served.generation }

    /// Reads keys and secrets and starts threads; nothing listens yet.
    init(
        _ settings: Settings, environment: [String: String], events: WorkerEvents, sink: AccessLogSink,
        log: LogControl, logger: Logger, inherited: InheritedSockets,
        load: @escaping @Sendable () throws(ConfigFaults) -> Settings
    ) throws(CommandFailure) {
        self.load = load
        self.events = events
        self.sink = sink
        self.log = log
        self.logger = logger
        self.inherited = inherited
        audit = AuditTrail(bound: settings.audit.queue, logger: logger)
        notifier = Notifier(environment: environment, logger: logger)
        watchdog = Watchdog(
            environment: environment, processID: ProcessInfo.processInfo.processIdentifier)
        _ = try inherited.matched(to: settings.listen)
        let loops = settings.eventLoops == 0 ? System.coreCount : settings.eventLoops
        group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        upstreams = UpstreamWatch(group: group, logger: logger)
        let first = try Generation(settings, after: nil, on: group, upstreams: upstreams, logger: logger)
        let served = Served(first)
        self.served = served
        administrator = try Administrator(environment: environment, policy: first.passwordPolicy)
        overrides = OverrideWatch(current: { served.generation }, logger: logger)
    }

    /// What runs while a worker serves.
    struct Running {
        let gateway: Gateway
        let scrape: GatewayScrape
        var operations: RunningOperations
    }

    /// Serves until it is told to stop, then drains. Throws where it cannot listen, where something that must run
    /// ends by itself, and where the drain was cut short.
    func run() async throws {
        var running = try await start()
        let housekeeping = Housekeeping(
            current: { self.current }, audit: { self.audit.record($0) }, logger: logger)
        let auditing = Task { await audit.run { try await self.keep($0) } }
        let publishing = Task { await housekeeping.publishKeys() }
        let looking = Task { await housekeeping.lookForSchemes() }
        let reporting = Task { [scrape = running.scrape] in
            await WorkerReporting(current: { self.current }, scrape: scrape).run()
        }
        let overriding = Task { [overrides, gateway = running.gateway] in await overrides.run(gateway) }
        let making = Task { [administrator] in
            if let administrator { await housekeeping.ensure(administrator) }
        }
        let watching = Task { [watchdog, group, notifier, logger] in
            await watchdog?.run(Array(group.makeIterator()), notifier, logger: logger)
        }
        notifier.tell(.ready(status))
        let failure = await serve(&running)
        await drain(running)
        watching.cancel()
        publishing.cancel()
        looking.cancel()
        overriding.cancel()
        reporting.cancel()
        making.cancel()
        await running.operations.stop()
        await current.news.close()
        await audit.finish(within: Self.auditPatience)
        auditing.cancel()
        await current.store.close()
        if let failure { throw failure }
        guard !events.isHurried else {
            throw CommandFailure.refused("the drain was cut short by a second signal")
        }
        logger.notice("stopped")
    }

    private func start() async throws -> Running {
        let generation = current
        let gateway = try await Gateway.start(
            generation.proxySettings, on: group, upstreams: upstreams,
            accessLog: generation.accessLog(sink), logger: logger,
            inherited: try sockets(for: generation.settings, besides: []),
            services: { self.services(on: $0, generation, after: nil) })
        logListeners(gateway, besides: [])
        warnOfPlainHTTP(generation.settings)
        listen(to: generation.news, for: gateway)
        do {
            let scrape = GatewayScrape(of: gateway)
            return Running(
                gateway: gateway, scrape: scrape,
                operations: try await startOperations(generation.settings, scrape))
        } catch {
            await gateway.drain(within: .zero)
            throw error
        }
    }

    /// Has the gateway told of sessions that end elsewhere.
    func listen(to news: NewsChannel, for gateway: Gateway) {
        news.start(
            { news in
                switch news {
                case .ended(let digests): gateway.sessionsEnded(digests)
                case .changed(let digests): gateway.sessionsChanged(digests)
                }
            }, onReturn: { gateway.recheckSessions() })
    }

    /// Does what comes until it is time to stop; answers what failed, if anything did.
    private func serve(_ running: inout Running) async -> CommandFailure? {
        while true {
            switch await events.next() {
            case .stop: return nil
            case .failed(let failure): return failure
            case .reload: await reload(&running)
            }
        }
    }

    private func drain(_ running: Running) async {
        isDraining.raise()
        let settings = current.settings
        let timeout = settings.drainTimeout
        notifier.tell(.stopping(within: settings.drainDelay + timeout + Self.endPatience))
        logger.notice("draining", metadata: ["timeout": "\(Units.text(of: timeout))"])
        let deadline = ContinuousClock.now + settings.drainDelay
        while ContinuousClock.now < deadline, !events.isHurried {
            try? await Task.sleep(for: .milliseconds(20))
        }
        events.onHurry { running.gateway.cutOff() }
        let isWhole = await running.gateway.drain(within: timeout)
        if !isWhole { logger.warning("requests were cut off: they took longer than the drain timeout") }
    }

    /// How long the last security events may take to reach Redis.
    private static let auditPatience = Duration.seconds(1)

    /// Writes security events to Redis.
    private func keep(_ events: [AuditEvent]) async throws {
        let generation = current
        let bound = generation.settings.audit.keep
        try await generation.store.run { try await $0.append(events, keeping: bound) }
    }

    /// What ending may take besides the drain.
    private static let endPatience = Duration.seconds(10)

    /// What the service manager shows of a worker that serves.
    var status: String {
        let addresses = current.settings.listen.map(\.address.description).joined(separator: ", ")
        return "serving \(addresses)"
    }

    /// Descriptors of passed-on sockets for the listeners that `settings` ask for, but those that listen already.
    func sockets(
        for settings: Settings, besides open: [GatewaySettings.ListenAddress]
    ) throws(CommandFailure) -> [GatewaySettings.ListenAddress: CInt] {
        var descriptors: [GatewaySettings.ListenAddress: CInt] = [:]
        for (index, socket) in try inherited.matched(to: settings.listen) {
            let address = settings.listen[index].listenAddress
            guard !open.contains(address), descriptors[address] == nil else { continue }
            descriptors[address] = try InheritedSockets.duplicate(socket)
        }
        return descriptors
    }

    /// Serves by `generation` from now on.
    func take(_ generation: Generation) {
        served.take(generation)
        audit.bound = generation.settings.audit.queue
    }

    /// What is served now, for whoever outlives a reload.
    private final class Served: Sendable {
        private let state: Mutex<Generation>

        init(_ generation: Generation) { state = Mutex(generation) }

        var generation: Generation { state.withLock { $0 } }
        func take(_ generation: Generation) { state.withLock { $0 = generation } }
    }

    /// What one event loop owns; runs on it. What `generation` shares with the one before is kept.
    func services(
        on eventLoop: any EventLoop, _ generation: Generation, after old: (Generation, LoopServices)?
    ) -> LoopServices {
        if let (previous, services) = old, generation.sharesEndpoints(with: previous) { return services }
        let store: RedisStore
        if let (previous, services) = old, previous.redis == generation.redis,
            let kept = services.store as? RedisStore
        {
            store = kept
        } else if let shared = generation.store.store(of: eventLoop) {
            store = shared
        } else {
            store = RedisStore(configuration: generation.redis, eventLoop: eventLoop, logger: logger)
            store.start()
        }
        let login = generation.settings.login
        let checks = checks(of: eventLoop)
        let context = EndpointContext(
            store: store, passwords: generation.passwords, passwordPolicy: generation.passwordPolicy,
            sessionPolicy: generation.settings.sessions, keyPolicy: generation.settings.keys,
            lockoutPolicy: login.lockout, freshness: login.fresh,
            secondFactor: generation.secondFactor,
            limitFinds: { [overrides] question in
                LimitSearch(question, generation.settings)
                    .finds(generation.settings, under: overrides.inForce)
            },
            loginPolicies: generation.settings.namesOfLoginPolicies,
            limitPolicies: { [overrides] in
                PolicyDescription.all(generation.settings, under: overrides.inForce)
            },
            storeHealth: { () async throws(StoreFault) in try await StoreHealth.ask(store) },
            home: generation.home,
            ownKeys: { generation.keys.publicKeys }, isReady: { await self.problems().isEmpty },
            isRegistrationOpen: login.registration == .open,
            onCredentialCheck: { checks.tally.add($0) }, audit: { [audit] in audit.record($0) },
            logger: logger)
        return LoopServices(
            store: store, endpoints: EndpointTable.all(in: context), pulse: generation.news.pulse,
            isReachable: { store.isReachable },
            attach: { executor in store.running = { executor.running($0) } },
            onKeyUsedFirst: { [audit] key, address, request in
                audit.record(
                    AuditEvent(
                        .keyUsedFirst, at: Clock.now, by: .user(key.user, key.email), of: .init(key),
                        from: address.description, request: request, session: key.digest.sessionID))
            },
            audit: { [audit] in audit.record($0) },
            status: { ServiceStatus(store: store.status, credentialChecks: checks.tally) })
    }

    /// One loop's count, which its endpoints add to and its scrapes read; it goes on over reloads.
    private final class CredentialChecks: @unchecked Sendable {
        // SAFETY: used on its event loop only.
        var tally = CredentialTally()
    }

    private func checks(of eventLoop: any EventLoop) -> CredentialChecks {
        checks.withLock { all in
            let checks = all[ObjectIdentifier(eventLoop)] ?? CredentialChecks()
            all[ObjectIdentifier(eventLoop)] = checks
            return checks
        }
    }

    /// What keeps this worker from being sent requests; empty when nothing does.
    private func problems() async -> [String] {
        isDraining.isRaised ? ["draining"] : await current.readiness.problems()
    }

    /// Starts the operators' listener.
    func startOperations(
        _ settings: Settings, _ scrape: GatewayScrape
    ) async throws(CommandFailure) -> RunningOperations {
        let listener = OperationsListener(
            address: settings.operations.address, group: operationsGroup,
            problems: { await self.problems() },
            metrics: {
                let metrics = WorkerMetrics(
                    gateway: scrape, hashing: self.current.hashing, news: self.current.news.tally,
                    reloads: self.reloads, log: self.sink, overrides: self.overrides, audit: self.audit)
                return await metrics.text()
            })
        let running = try await RunningOperations.start(listener) { [events] in events.fail($0) }
        logger.notice("listening for operators", metadata: ["port": "\(running.port)"])
        return running
    }

    /// Tells of the listeners that were not there before.
    func logListeners(_ gateway: Gateway, besides known: [SocketAddress]) {
        for address in gateway.boundAddresses where !known.contains(address) {
            logger.notice("listening", metadata: ["address": "\(address.text)"])
        }
    }

    /// What browsers will make of a session cookie over plain HTTP.
    func warnOfPlainHTTP(_ settings: Settings) {
        guard settings.trustedProxies.isEmpty else { return }
        for listener in settings.listen where listener.tls == nil {
            guard case .host(let host, _) = listener.address else { continue }
            if host == "localhost" || IPAddress(host)?.isLoopback == true {
                logger.warning(
                    "plain HTTP on a loopback address: session cookies go without Secure, for development only",
                    metadata: ["address": "\(listener.address)"])
            } else {
                logger.warning(
                    "plain HTTP without a trusted proxy in front: browsers will not keep the session cookie",
                    metadata: ["address": "\(listener.address)"])
            }
        }
    }
}

extension ListenSettings {
    var listenAddress: GatewaySettings.ListenAddress {
        switch address {
        case .host(let host, let port): .host(host, port: port)
        case .unixSocket(let path): .unixSocket(path: path)
        }
    }
}
