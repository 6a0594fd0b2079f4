import GatewayCore
import GatewayEndpoints
import GatewayPasswords
import GatewayProxy
import GatewayRedis
import Logging
import NIOCore
import NIOPosix

/// One gateway process: everything that `serve` starts, wired.
struct Worker: Sendable {
    let settings: Settings
    let keys: SigningKeys
    let administrator: Administrator?
    let passwords: PasswordService
    let redis: RedisConfiguration
    let group: MultiThreadedEventLoopGroup
    let sink: AccessLogSink
    let logger: Logger
    /// The store of what is done beside serving.
    let store: LoopStore
    let readiness: Readiness
    let hashing: HashingPool
    let reloads = ReloadTally(startedAt: Clock.now)
    /// What serves operators: a loop of its own, so that one of the gateway's that is stuck can be seen.
    let operationsGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// How long what is done beside serving waits for Redis.
    static let housekeepingDeadline = Duration.milliseconds(500)

    /// Reads keys and secrets and starts threads; nothing listens yet.
    init(
        _ settings: Settings, environment: [String: String], sink: AccessLogSink, logger: Logger
    ) throws(CommandFailure) {
        self.settings = settings
        self.sink = sink
        self.logger = logger
        administrator = try Administrator(environment: environment, policy: settings.login.passwordPolicy)
        keys = try SigningKeys(directory: settings.dataDirectory)
        do throws(HashingFault) {
            let hasher = try PasswordHasher(scheme: settings.login.hash.passwordScheme)
            hashing = HashingPool(size: settings.login.hashingPool)
            passwords = PasswordService(hasher: hasher, pool: hashing)
        } catch {
            throw .refused("passwords cannot be hashed on this machine; is there memory enough?")
        }
        let housekeeping: RedisConfiguration
        do throws(RedisConfigurationFault) {
            redis = try settings.redis.configuration()
            housekeeping = try settings.redis.configuration(deadline: Self.housekeepingDeadline)
        } catch {
            throw .refused(error.description)
        }
        let loops = settings.eventLoops == 0 ? System.coreCount : settings.eventLoops
        group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let store = LoopStore(housekeeping, on: group.next(), logger: logger)
        self.store = store
        let routed = Set(settings.routes.map(\.upstream))
        readiness = Readiness(
            upstreams: settings.upstreams.filter { routed.contains($0.name) }, group: group,
            isRedisReachable: { (try? await store.run { try await $0.publishedKeys() }) != nil })
    }

    /// Serves until `stopping` completes, then drains. Throws where it cannot listen, or where something that
    /// must run ends by itself.
    func run(until stopping: @escaping @Sendable () async -> Void) async throws {
        let gateway = try await Gateway.start(
            proxySettings, on: group, accessLog: settings.log.access ? sink : nil, logger: logger,
            services: { services(on: $0) })
        for address in gateway.boundAddresses {
            logger.notice("listening", metadata: ["address": "\(address.text)"])
        }
        warnOfPlainHTTP()
        let failure: (any Error)? = await withTaskGroup(of: (any Error)?.self) { tasks in
            let housekeeping = Housekeeping(store: store, keys: keys, logger: logger)
            tasks.addTask {
                await stopping()
                return nil
            }
            tasks.addTask {
                do {
                    try await operations(of: gateway).run {
                        logger.notice("listening for operators", metadata: ["port": "\($0)"])
                    }
                    return nil
                } catch {
                    return CommandFailure.refused("cannot listen on \(settings.operations.address): \(error)")
                }
            }
            let watchers = Task { await housekeeping.publishKeys() }
            let making = Task { [administrator, passwords] in
                if let administrator { await housekeeping.ensure(administrator, passwords) }
            }
            let failure = await tasks.next() ?? nil
            logger.notice("draining", metadata: ["timeout": "\(Units.text(of: settings.drainTimeout))"])
            let isWhole = await gateway.drain(within: settings.drainTimeout)
            if !isWhole { logger.warning("requests were cut off: they took longer than the drain timeout") }
            watchers.cancel()
            making.cancel()
            tasks.cancelAll()
            return failure
        }
        await store.close()
        if let failure { throw failure }
        logger.notice("stopped")
    }

    /// What one event loop owns; runs on it.
    private func services(on eventLoop: any EventLoop) -> LoopServices {
        let store = RedisStore(configuration: redis, eventLoop: eventLoop, logger: logger)
        store.start()
        let checks = CredentialChecks()
        let context = EndpointContext(
            store: store, passwords: passwords, passwordPolicy: settings.login.passwordPolicy,
            sessionPolicy: settings.sessions, lockoutPolicy: settings.login.lockout,
            ownKeys: { [keys] in keys.publicKeys },
            isReady: { [readiness] in await readiness.problems().isEmpty },
            onCredentialCheck: { checks.tally.add($0) }, logger: logger)
        return LoopServices(
            store: store, endpoints: EndpointTable.all(in: context),
            attach: { executor in store.running = { executor.running($0) } },
            status: { ServiceStatus(store: store.status, credentialChecks: checks.tally) })
    }

    private func operations(of gateway: Gateway) -> OperationsListener {
        let metrics = WorkerMetrics(
            gateway: GatewayScrape(of: gateway), hashing: hashing, reloads: reloads, log: sink)
        return OperationsListener(
            address: settings.operations.address, group: operationsGroup,
            problems: { [readiness] in await readiness.problems() }, metrics: { await metrics.text() })
    }

    /// One loop's count, which its endpoints add to and its scrapes read.
    private final class CredentialChecks {
        var tally = CredentialTally()
    }

    private var proxySettings: GatewaySettings {
        GatewaySettings(
            listen: settings.listen.map { listener in
                ListenerSettings(
                    address: listener.listenAddress, tls: listener.tls, http2: listener.http2,
                    proxyProtocol: listener.proxyProtocol, reusePort: listener.reusePort)
            },
            limits: settings.connections, trustedProxies: settings.trustedProxies,
            clientAddressHeader: settings.clientAddressHeader,
            routes: settings.routeTable,
            upstreams: settings.upstreams, credentialPolicies: settings.credentialPolicies,
            endpointPolicies: settings.endpointPolicies, sessions: settings.sessions, issuer: settings.issuer,
            signingKey: keys.signing)
    }

    /// What browsers will make of a session cookie over plain HTTP.
    private func warnOfPlainHTTP() {
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

extension SocketAddress {
    /// `127.0.0.1:8080`, `[::1]:8080` or `unix:/path`.
    fileprivate var text: String {
        guard let ipAddress, let port else { return "unix:\(pathname ?? "")" }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
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
