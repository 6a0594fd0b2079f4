import GatewayCore
import GatewayEndpoints
import GatewayPasswords
import GatewayProxy
import GatewayRedis
import Logging
import NIOPosix

/// A configuration that is served, and everything that was built from it. It never changes: a reload makes the
/// next one, which shares with this one whatever its settings leave as it was.
///
/// What only an old generation used ends when the last request that uses it lets go of it.
struct Generation: Sendable {
    let settings: Settings
    let keys: SigningKeys
    let passwords: PasswordService
    let hashing: HashingPool
    /// The schemes of the accounts' hashes, as they were last found in the store.
    let held: HeldSchemes
    let passwordPolicy: PasswordPolicy
    let secondFactor: SecondFactorPolicy
    /// The stores of the event loops.
    let redis: RedisConfiguration
    /// The store of the first event loop, for what is done beside serving.
    let store: LoopStore
    /// Where this worker hears of sessions that end elsewhere.
    let news: NewsChannel
    let readiness: Readiness

    /// How long what is done beside serving waits for Redis.
    static let housekeepingDeadline = Duration.milliseconds(500)

    /// Reads keys and secrets and starts threads; nothing listens yet. Refuses what cannot be built, and then
    /// leaves nothing behind but a data directory.
    init(
        _ settings: Settings, after previous: Generation?, on group: MultiThreadedEventLoopGroup,
        upstreams: UpstreamWatch, logger: Logger
    ) throws(CommandFailure) {
        self.settings = settings
        keys = try SigningKeys(directory: settings.dataDirectory)
        secondFactor = try SecondFactorPolicy(settings)
        let login = settings.login
        let old = previous.map { ($0, $0.settings.login) }
        if let (previous, was) = old, was.hashingPool == login.hashingPool {
            hashing = previous.hashing
        } else {
            hashing = HashingPool(size: login.hashingPool)
        }
        held = previous?.held ?? HeldSchemes()
        do throws(Complaint) {
            passwordPolicy = login.passwordPolicy(try CommonPasswordFile.load(login.password))
        } catch {
            throw .refused("login.password.common-list: \(error.message)")
        }
        if let (previous, was) = old, previous.hashing === hashing, was.hash == login.hash {
            passwords = previous.passwords
        } else {
            do throws(HashingFault) {
                let hasher = try PasswordHasher(scheme: login.hash.passwordScheme, held: held)
                passwords = PasswordService(hasher: hasher, pool: hashing)
            } catch {
                throw .refused("passwords cannot be hashed on this machine; is there memory enough?")
            }
        }
        do throws(RedisConfigurationFault) {
            redis = try settings.redis.configuration()
        } catch {
            throw .refused(error.description)
        }
        let store: LoopStore
        if let previous, previous.redis == redis {
            store = previous.store
            news = previous.news
        } else {
            store = LoopStore(
                redis, deadline: Self.housekeepingDeadline, on: group.next(), logger: logger)
            news = NewsChannel(redis, on: group.next(), logger: logger, now: { Clock.monotonic })
        }
        self.store = store
        let routed = Set(settings.routes.map(\.upstream))
        readiness = Readiness(
            upstreams: settings.upstreams.filter { routed.contains($0.name) }, watch: upstreams,
            isRedisReachable: { (try? await store.run { try await $0.publishedKeys() }) != nil })
    }

    /// Where a browser goes that logged in and came from nowhere: the start of what is served here, or of the planner's
    /// pages, or else one's own account.
    var home: LocalPath {
        let starts = ["/", "/app/"].compactMap(LocalPath.init)
        return starts.first { start in
            if case .route = settings.routeTable.match(method: "GET", path: Array(start.text.utf8)) {
                true
            } else {
                false
            }
        } ?? .account
    }

    /// Whether the endpoints that were made for `other` serve this one as well.
    func sharesEndpoints(with other: Generation) -> Bool {
        redis == other.redis && settings.login == other.settings.login
            && passwordPolicy == other.passwordPolicy && settings.sessions == other.settings.sessions
            && settings.policyEntries == other.settings.policyEntries
            && settings.admission == other.settings.admission && settings.routes == other.settings.routes
            && secondFactor.vault == other.secondFactor.vault && settings.issuer == other.settings.issuer
            && settings.keys == other.settings.keys && keys.names == other.keys.names
    }

    /// How long a worker may serve a session from memory on a Cluster: there a pong says that the news of one node
    /// have come, and nothing of those that other nodes have to tell.
    static let longestMemoryOnCluster = Duration.seconds(1)

    /// The policy of sessions as it can be kept there.
    static func sessions(_ policy: SessionPolicy, on topology: RedisConfiguration.Topology) -> SessionPolicy {
        guard case .cluster = topology else { return policy }
        var policy = policy
        policy.cache = min(policy.cache, longestMemoryOnCluster)
        return policy
    }

    /// What the proxy has to know of it.
    var proxySettings: GatewaySettings {
        var proxy = GatewaySettings(
            listen: settings.listen.map { listener in
                ListenerSettings(
                    address: listener.listenAddress, tls: listener.tls, http2: listener.http2,
                    proxyProtocol: listener.proxyProtocol, reusePort: listener.reusePort)
            },
            limits: settings.connections, trustedProxies: settings.trustedProxies,
            clientAddressHeader: settings.clientAddressHeader,
            routes: settings.routeTable,
            upstreams: settings.upstreams,
            credentialPolicies: settings.credentialPolicies,
            registrationPolicies: settings.registrationPolicies,
            endpointPolicies: settings.endpointPolicies,
            sessions: Self.sessions(settings.sessions, on: redis.topology),
            auditedRefusals: settings.audit.limitRefusals, issuer: settings.issuer, signingKey: keys.signing)
        proxy.admission = settings.admission
        proxy.records = settings.records
        return proxy
    }

    /// Where the access log goes; nil where there is none.
    func accessLog(_ sink: AccessLogSink) -> AccessLogSink? { settings.log.access ? sink : nil }
}
