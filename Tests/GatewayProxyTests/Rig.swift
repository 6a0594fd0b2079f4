import Crypto
import Foundation
import GatewayCore
import GatewayRedis
import Logging
import NIOCore
import NIOPosix
import ServiceCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayProxy

/// What a gateway under test is made of; a test changes what it is about.
struct Setup: @unchecked Sendable {
    // SAFETY: the endpoints of tests capture nothing of their own.
    var listener = ListenerSettings(address: .host("127.0.0.1", port: 0))
    var certificateInterval = Duration.seconds(2)
    /// Idle connections end at once, so that no test waits for them at its end.
    var limits = ConnectionLimits(drainIdleTimeout: .zero)
    var trustedProxies: [AddressBlock] = []
    var clientAddressHeader = ClientAddress.Header.xForwardedFor
    /// Nobody asks it anything by itself, so that a test knows what it is asked.
    var upstream = UpstreamSettings(name: "main", addresses: [], health: HealthPolicy(interval: .zero))
    /// Applies to every route below.
    var policies: [LimitPolicy] = []
    var inFlight: [InFlightPolicy] = []
    var admission = AdmissionSettings()
    var records = RecordSettings()
    var bodyLimit = 1 << 20
    var sessions = SessionPolicy()
    var endpoints: [Endpoint] = []
    /// Where it listens besides `listener`.
    var moreListeners: [ListenerSettings] = []
    var credentialPolicies: [LimitPolicy] = []
    /// Nil where nothing is asked of a store.
    var redis: RedisServer?
    /// Generous unless the store's absence is the subject: the machine that runs the tests may be busy.
    var redisDeadline = Duration.seconds(5)
    /// Whether it hears of sessions that end elsewhere, and so serves sessions from memory only while it does.
    var hearsNews = false
    /// Whether the test begins only once the gateway has reached Redis.
    var waitsForRedis = true
    var loops = 1
    /// Takes the place of the system's.
    var resolver: NameResolver?

    static let requirements: [(pattern: String, require: Requirement)] = [
        ("/open/**", .anonymous), ("/api/**", .user), ("/app/**", .user), ("/admin/**", .admin),
    ]

    mutating func trust(_ blocks: String...) throws {
        trustedProxies = try blocks.map { try #require(AddressBlock($0)) }
    }

    fileprivate func redisConfiguration() throws -> RedisConfiguration? {
        try redis.map { try RedisConfiguration(url: $0.url, deadline: redisDeadline) }
    }

    fileprivate func settings() throws -> GatewaySettings {
        let routes = try Self.requirements.map { pattern, require in
            Route(
                pattern: try #require(PathPattern(pattern)), upstream: upstream.name, require: require,
                limits: policies, inFlight: inFlight, bodyLimit: bodyLimit)
        }
        var settings = GatewaySettings(
            listen: [listener] + moreListeners, limits: limits, trustedProxies: trustedProxies,
            clientAddressHeader: clientAddressHeader, routes: RouteTable(routes), upstreams: [upstream],
            credentialPolicies: credentialPolicies,
            sessions: sessions, signingKey: AssertionSigningKey(Curve25519.Signing.PrivateKey()))
        settings.certificateInterval = certificateInterval
        settings.admission = admission
        settings.records = records
        return settings
    }
}

/// A running gateway, the upstream behind it, and its access log.
struct Rig: Sendable {
    let gateway: Gateway
    let port: Int
    let upstream: RecordingUpstream
    fileprivate let logPath: String
    fileprivate let said: SaidLog
    fileprivate let sessions: LoopActor<RedisStore>?
    fileprivate let setup: Setup
    fileprivate let sink: AccessLogSink
    fileprivate let stores: Stores
    /// Where it hears of sessions that end elsewhere.
    let news: NewsChannel?

    func client(receiveBuffer: Int? = nil) throws -> RawClient {
        try RawClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// One request on a connection of its own.
    func request(
        _ method: String, _ path: String, _ fields: [String] = [], body: String? = nil
    ) async throws -> RawMessage {
        try await client().request(method, path, fields, body: body)
    }

    /// The same, with every byte as written.
    func exchange(_ request: String) async throws -> RawMessage { try await client().exchange(request) }

    /// Begins a session and answers its token.
    func logIn(
        _ name: String = "alice", isAdmin: Bool = false, lasting span: Duration = .seconds(3_600)
    ) async throws -> String {
        let store = try #require(sessions)
        let token = SessionToken.random()
        let now = Clock.now
        let session = Session(
            digest: token.digest, user: try #require(UserID("0190-\(name)")),
            email: try #require(EmailAddress("\(name)@example.com")), isAdmin: isAdmin, createdAt: now,
            lastUsedAt: now, expiresAt: now + span, address: "127.0.0.1", userAgent: "test")
        try await eventually("the store takes a session") {
            (try? await store.run { _, store in
                try await store.begin(session, policy: SessionPolicy())
            }) != nil
        }
        return token.secret
    }

    /// Makes an API key of alice's and answers its secret.
    func makeKey(_ scopes: KeyScopes, from addresses: [String] = []) async throws -> String {
        let store = try #require(sessions)
        let token = KeyToken.random()
        let now = Clock.now
        let key = APIKey(
            digest: token.digest, user: try #require(UserID("0190-alice")),
            email: try #require(EmailAddress("alice@example.com")),
            grant: KeyGrant(
                name: "test", scopes: scopes, addresses: try addresses.map { try #require(AddressBlock($0)) }),
            createdAt: now, expiresAt: now + .seconds(3_600))
        let isMade = try await store.run { _, store in
            try await store.create(key, policy: KeyPolicy(perUser: 1_000))
        }
        try #require(isMade)
        return token.secret
    }

    /// Has a session end after `grace`, as where it is replaced.
    func retire(_ token: String, in grace: Duration) async throws {
        let digest = SessionDigest(ofToken: Array(token.utf8))
        let store = try #require(sessions)
        let wasThere = try await store.run { _, store in try await store.retire(digest, in: grace) }
        #expect(wasThere)
    }

    /// Ends every session of alice's.
    func logOutAll() async throws {
        let user = try #require(UserID("0190-alice"))
        let store = try #require(sessions)
        _ = try await store.run { _, store in try await store.endAll(of: user, except: nil) }
    }

    /// Ends every API key of alice's.
    func endKeys() async throws {
        let user = try #require(UserID("0190-alice"))
        let store = try #require(sessions)
        _ = try await store.run { _, store in try await store.endKeys(of: user, having: nil) }
    }

    /// Ends a session as its owner would elsewhere.
    func logOut(_ token: String) async throws {
        let digest = SessionDigest(ofToken: Array(token.utf8))
        let store = try #require(sessions)
        _ = try await store.run { _, store in try await store.end(digest) }
    }

    /// Puts a limit at rest as an operator would.
    func reset(_ charge: LimitCharge) async throws {
        let store = try #require(sessions)
        _ = try await store.run { _, store in try await store.reset([charge]) }
    }

    /// What the store keeps of a request.
    func record(_ id: String) async throws -> RequestRecord? {
        let store = try #require(sessions)
        return try await store.run { _, store in try await store.record(id, lifetime: .seconds(60)) }
    }

    /// What the gateway logged of itself, one line a record.
    var messages: [String] { said.lines }

    /// What the access log holds, once it holds `count` lines.
    func log(_ count: Int) async throws -> [[String: Any]] {
        var lines: [Substring] = []
        try await eventually("the access log holds \(count) lines") {
            lines = try String(contentsOfFile: logPath, encoding: .utf8).split(separator: "\n")
            return lines.count >= count
        }
        return try lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// What a scrape of the metrics shows.
    func scrape(within deadline: Duration = .seconds(5)) async throws -> Exposition {
        var text = MetricsText()
        await GatewayScrape(of: gateway, deadline: deadline).write(to: &text)
        return try Exposition(String(decoding: text.bytes, as: UTF8.self))
    }

    /// Has the gateway take what `change` makes of what it was started with. `newStores` also gives every loop
    /// a new connection to Redis.
    func reload(newStores: Bool = false, _ change: (inout Setup) throws -> Void = { _ in }) async throws {
        var next = setup
        try change(&next)
        let redis = try newStores ? next.redisConfiguration() : nil
        let endpoints = Endpoints(list: next.endpoints)
        let prepared = try await gateway.prepare(next.settings(), accessLog: sink) { [stores] loop, old in
            guard let redis else { return LoopServices(store: old.store, endpoints: endpoints.list) }
            let store = stores.make(redis, on: loop)
            return LoopServices(
                store: store, endpoints: endpoints.list, isReachable: { store.isReachable })
        }
        #expect(prepared.reachesStore)
        await gateway.commit(prepared)
    }

    /// Calls `body` with each loop's state, on its loop.
    func onLoops<Result: Sendable>(_ body: @escaping @Sendable (LoopState) -> Result) async throws -> [Result]
    {
        var results: [Result] = []
        for loop in gateway.loops {
            results.append(try await loop.executor.eventLoop.submit { body(loop.state) }.get())
        }
        return results
    }

    /// The pool of each loop.
    func onPools<Result: Sendable>(
        _ body: @escaping @Sendable (UpstreamPool) -> Result
    ) async throws -> [Result] {
        try await onLoops { state in state.pools.map(body) }.flatMap { $0 }
    }

    /// Waits until no request is under way at the upstream: a place that is never given back would be lost
    /// for ever.
    func expectNothingHeld(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("every place at the upstream is given back") {
            try await onLoops { state in
                state.pools.allSatisfy {
                    $0.inUse == 0 && $0.queued == 0 && $0.outstanding.allSatisfy { $0 == 0 }
                }
            }.allSatisfy { $0 }
        }
    }
}

/// Runs `body` with a gateway in front of `upstream`; ends both, and checks that nothing is left of any
/// request.
func withGateway(
    _ upstream: RecordingUpstream, _ configure: (inout Setup) throws -> Void = { _ in },
    _ body: (Rig) async throws -> Void
) async throws {
    var setup = Setup()
    setup.upstream.addresses = [.host("127.0.0.1", port: upstream.port)]
    try configure(&setup)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: setup.loops)
    let folder = try TemporaryFolder()
    let logPath = try folder.write(Data(), to: "access.log")
    let descriptor = open(logPath, O_WRONLY | O_APPEND)
    let sink = AccessLogSink(descriptor: descriptor)
    let stores = Stores()
    let redis = try setup.redisConfiguration()
    let endpoints = Endpoints(list: setup.endpoints)
    let said = SaidLog()
    let news =
        setup.hearsNews
        ? redis.map { NewsChannel($0, on: group.next(), logger: said.logger, now: { Clock.monotonic }) } : nil
    let pulse = news?.pulse
    let gateway = try await Gateway.start(
        setup.settings(), on: group,
        upstreams: UpstreamWatch(group: group, logger: said.logger, resolver: setup.resolver),
        accessLog: sink, logger: said.logger
    ) { loop in
        guard let redis else {
            return LoopServices(store: MemoryStore(now: { Clock.now }), endpoints: endpoints.list)
        }
        return LoopServices(
            store: stores.make(redis, on: loop), endpoints: endpoints.list, pulse: pulse,
            onKeyUsedFirst: { key, address, _ in
                said.logger.notice(
                    "first use", metadata: ["key": "\(key.digest.sessionID)", "from": "\(address)"])
            })
    }
    news?.start(
        { news in
            switch news {
            case .ended(let digests): gateway.sessionsEnded(digests)
            case .changed(let digests): gateway.sessionsChanged(digests)
            }
        }, onReturn: { gateway.recheckSessions() })
    let sessions = try setup.redis.map { server in
        let patient = try RedisConfiguration(url: server.url, deadline: .seconds(5))
        return LoopActor(on: group.next()) { _ in RedisStore.started(patient, on: group.next()) }
    }
    let port = try #require(gateway.boundAddresses.first?.port)
    let rig = Rig(
        gateway: gateway, port: port, upstream: upstream, logPath: logPath, said: said,
        sessions: sessions, setup: setup, sink: sink, stores: stores, news: news)
    if setup.redis != nil, setup.waitsForRedis {
        try await stores.untilReachable()
        if let news { try await eventually("the gateway hears news") { news.tally.isLive } }
    }
    let outcome: Result<Void, any Error>
    do {
        try await body(rig)
        outcome = .success(())
    } catch { outcome = .failure(error) }
    let isDrained = await gateway.drain(within: .seconds(5))
    if case .success = outcome {
        if isDrained { try await rig.expectNothingHeld() }
        #expect(gateway.openConnections == 0)
    }
    await news?.close()
    await sessions?.run { _, store in await store.close() }
    await stores.close()
    upstream.stop()
    sink.close()
    close(descriptor)
    try await group.shutdownGracefully()
    try outcome.get()
}

extension RedisStore {
    fileprivate static func started(_ configuration: RedisConfiguration, on loop: any EventLoop) -> RedisStore
    {
        let store = RedisStore(configuration: configuration, eventLoop: loop, logger: Logger(label: "redis"))
        store.start()
        return store
    }
}

/// Endpoints of a test, handed to the loops.
private struct Endpoints: @unchecked Sendable {
    // SAFETY: tests give endpoints that capture nothing of their own.
    let list: [Endpoint]
}

/// The stores of a gateway's loops.
private final class Stores: @unchecked Sendable {
    // SAFETY: `made` is guarded by `lock`; a store is only asked on its own loop, or for what may be asked
    // from anywhere.
    private let lock = NSLock()
    private var made: [(store: RedisStore, loop: any EventLoop)] = []

    func make(_ configuration: RedisConfiguration, on loop: any EventLoop) -> RedisStore {
        let store = RedisStore.started(configuration, on: loop)
        lock.withLock { made.append((store, loop)) }
        return store
    }

    private var count: Int { lock.withLock { made.count } }
    private func isReachable(_ index: Int) -> Bool { lock.withLock { made[index].store }.isReachable }

    func untilReachable() async throws {
        for index in 0..<count {
            let loop = lock.withLock { made[index].loop }
            try await eventually("the gateway reaches Redis") {
                try await loop.submit { [self] in isReachable(index) }.get()
            }
        }
    }

    func close() async {
        for index in 0..<count { await lock.withLock { made[index].store }.close() }
    }
}

/// Keeps what a logger is told, from debug on.
final class SaidLog: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }

    var logger: Logger { Logger(label: "gateway") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: SaidLog
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.state.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}
