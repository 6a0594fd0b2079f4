import Foundation
import GatewayCore
import GatewayPasswords
import GatewayRedis
import Logging
import NIOCore
import NIOPosix
import ServiceCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayEndpoints

/// The endpoints of one event loop with a store of their own, cheap hashes, and everything that they log or
/// hash written down.
actor World {
    nonisolated let eventLoop: any EventLoop
    let store: any GatewayStore
    // SAFETY: used on the loop only, but for `deinit`, when nobody else holds it; `close` goes to the loop by
    // itself.
    private nonisolated(unsafe) let redisStore: RedisStore?
    private let endpoints: [Endpoint]
    nonisolated let passwords: RecordingPasswords
    nonisolated let pool: HashingPool
    /// What every check computes besides.
    nonisolated let held = HeldSchemes()
    nonisolated let log = RecordedLog()
    nonisolated let ready = Switch()
    nonisolated let checks = Checks()
    nonisolated let audited = Audited()
    nonisolated let ownKey = JSONWebKey(kid: "own", x: "AAAA")

    static let scheme = PasswordScheme.argon2id(Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1)!)
    static let password = "a quiet river under four bridges"
    static let alice = EmailAddress("alice@example.com")!
    static let mallory = IPAddress("203.0.113.66")!

    nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    init(
        _ backend: Backend = .memory, pool: HashingPool.Size = .init(workers: 2, queue: 4096),
        home: LocalPath = .root, isRegistrationOpen: Bool = false,
        secondFactor: SecondFactorPolicy = .init()
    ) async throws {
        try await self.init(
            on: try await backend.configuration(), pool: pool, home: home,
            isRegistrationOpen: isRegistrationOpen, secondFactor: secondFactor)
    }

    /// In memory where there is no configuration of Redis.
    init(
        on redis: RedisConfiguration?, pool: HashingPool.Size = .init(workers: 2, queue: 4096),
        home: LocalPath = .root, isRegistrationOpen: Bool = false,
        secondFactor: SecondFactorPolicy = .init()
    ) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let hashers = HashingPool(size: pool)
        let passwords = RecordingPasswords(
            PasswordService(hasher: try PasswordHasher(scheme: Self.scheme, held: held), pool: hashers))
        self.eventLoop = eventLoop
        self.passwords = passwords
        self.pool = hashers
        let redisStore = redis.map {
            RedisStore(configuration: $0, eventLoop: eventLoop, logger: Logger(label: "redis"))
        }
        self.redisStore = redisStore
        store = redisStore ?? MemoryStore(now: Call.clock)
        let context = EndpointContext(
            store: store, passwords: passwords.service, secondFactor: secondFactor,
            limitFinds: Self.finds, limitPolicies: { Self.descriptions },
            storeHealth: { () async throws(StoreFault) in StoreHealth(latency: 0.25, servers: []) },
            home: home,
            ownKeys: { [ownKey] in [ownKey] },
            isReady: { [ready] in ready.isOn.withLock { $0 } }, isRegistrationOpen: isRegistrationOpen,
            onCredentialCheck: { [checks] outcome in checks.tally.withLock { $0.add(outcome) } },
            audit: { [audited, log] event in
                Logger(label: "audit") { _ in log }.audit(event)
                audited.events.withLock { $0.append(event) }
            },
            logger: Logger(label: "endpoints") { [log] _ in log })
        endpoints = EndpointTable.all(in: context)
        redisStore?.start()
        if redisStore != nil {
            try await eventually("Redis is reachable") { redisStore?.isReachable == true }
        }
    }

    /// A policy by address, and one by user.
    static let policies = [("address", LimitPolicy.Key.address), ("api", .user)].map { name, key in
        LimitPolicy(name: name, key: key, gcra: GCRA(count: 1, per: .seconds(3_600), burst: 5)!)
    }

    /// A bound on the requests of a user that are under way.
    static let bound = InFlightPolicy(name: "exports", key: .user, most: 3)

    static func finds(_ question: LimitQuestion) -> [LimitFind] {
        let subjects = [question.address.map(LimitSubject.address), question.user.map(LimitSubject.user)]
        let rates = zip(policies, subjects).compactMap { policy, subject in
            subject.map { LimitFind(kind: .rate(.init(policy: policy, subject: $0)), detail: "") }
        }
        let bounds = question.user.map { LimitFind(kind: .inFlight(bound, place(of: $0)), detail: "") }
        return rates + (bounds.map { [$0] } ?? [])
    }

    static let descriptions = [
        PolicyDescription(
            policy: "api", key: ["user"], mode: "enforce", rate: "1/h", burst: 5, most: nil,
            isOverridden: false),
        PolicyDescription(
            policy: "exports", key: ["user"], mode: "enforce", rate: nil, burst: nil, most: 3,
            isOverridden: true),
    ]

    static func place(of user: UserID) -> Lease {
        Lease(policy: bound.name, subject: .user(user), id: Lease.ID(words: (.random(in: 0 ... .max), 1)))
    }

    deinit {
        guard let redisStore else { return }
        nonisolated(unsafe) let last = redisStore
        Task { await last.close() }
    }

    /// Sends a request as the pipeline would hand it over: the endpoint is found, and the session that the
    /// token names is looked up.
    func send(_ call: Call) async throws -> EndpointResponse {
        let parts = call.target.split(separator: "?", maxSplits: 1).map(String.init)
        let endpoint = try #require(endpoints.first { $0.method == call.method && Self.takes($0, parts[0]) })
        let digest = call.token.map { SessionDigest(ofToken: Array($0.utf8)) }
        var principal = call.principal
        if principal == nil, let digest,
            case .found(let session) = try await store.admit(
                .init(session: digest, isKey: call.showsKey, charges: [])
            ).session
        {
            principal = Principal(session: session, credential: call.showsKey ? .key : call.credential)
        }
        if endpoint.require != .anonymous, principal == nil {
            return .refusal(.unauthenticated, to: call.request(path: parts[0], query: ""))
        }
        if endpoint.require == .admin, principal?.isAdmin != true {
            return .refusal(.notAdministrator, to: call.request(path: parts[0], query: ""))
        }
        var request = call.request(path: parts[0], query: parts.count > 1 ? parts[1] : "")
        request.principal = principal
        request.shownSession = digest
        return await endpoint.handle(request)
    }

    private static func takes(_ endpoint: Endpoint, _ path: String) -> Bool {
        guard endpoint.path.hasSuffix("/{id}") else { return endpoint.path == path }
        let prefix = endpoint.path.dropLast("{id}".count)
        return path.hasPrefix(prefix) && !path.dropFirst(prefix.count).contains("/")
    }

    /// Makes an account and answers it.
    @discardableResult
    func add(
        _ email: EmailAddress = alice, password: String = World.password, isActive: Bool = true,
        isAdmin: Bool = false, hash: PasswordHash? = nil
    ) async throws -> Account {
        let made = try PasswordHasher(scheme: Self.scheme).hash(Password(password))
        let id = RequestID(unixMilliseconds: 0, random: (.random(in: 0 ... .max), .random(in: 0 ... .max)))
        let account = Account(
            id: UserID("\(id)")!, email: email, passwordHash: hash ?? made, isActive: isActive,
            isAdmin: isAdmin,
            createdAt: Timestamp(seconds: 1_700_000_000), passwordChangedAt: Timestamp(seconds: 1_700_000_000)
        )
        #expect(try await store.create(account) == .created)
        return account
    }

    /// Logs in and answers the token.
    func logIn(_ email: EmailAddress = alice, password: String = World.password) async throws -> String {
        let answer = try await send(.login(email.text, password))
        try #require(answer.status == 200)
        return try #require(try answer.object()["access_token"] as? String)
    }

    var endpointNames: [String] { endpoints.map { "\($0.method) \($0.path)" } }
    func account(_ id: UserID) async throws -> Account? { try await store.account(id) }
    func setActive(_ isActive: Bool, _ id: UserID) async throws {
        _ = try await store.setActive(isActive, of: id)
    }
    func sessions(_ id: UserID) async throws -> [Session] { try await store.list(of: id) }
    func lockouts() async throws -> [Lockout] { try await store.lockouts(limit: 100) }
    func use(_ question: LimitQuestion) async throws {
        _ = try await store.admit(.init(session: nil, charges: Self.finds(question).compactMap(\.charge)))
    }
    /// Takes a place under `bound`, as a request under way does; answers whether there was one.
    func occupy(_ user: UserID) async throws -> Bool {
        let answers = try await store.take(
            [(Self.place(of: user), Self.bound.most)], for: .seconds(15))
        return answers.allSatisfy(\.isGranted)
    }
    /// Gives an account a second factor, in place of one that it has.
    func enrol(_ factor: SecondFactor, _ account: Account) async throws {
        #expect(try await store.offerSecondFactor(factor.secret, to: account, for: .seconds(600)))
        #expect(try await store.confirmSecondFactor(factor, of: account))
    }
    func setAdmin(_ isAdmin: Bool, _ id: UserID) async throws {
        _ = try await store.setAdmin(isAdmin, of: id)
    }
    /// Writes what was told of into the store, as a worker does.
    func keepAudited() async throws { try await store.append(audited.all, keeping: 1_000) }
    func keep(_ report: WorkerReport) async throws { try await store.keep(report, for: .seconds(60)) }
    func publish(_ key: PublishedKey) async throws { try await store.publish([key], for: .seconds(60)) }
}

/// The security events that the endpoints have told of.
final class Audited: Sendable {
    let events = Mutex<[AuditEvent]>([])
    var all: [AuditEvent] { events.withLock { $0 } }
    var kinds: [AuditEvent.Kind] { all.map(\.kind) }
}

/// What a test turns off.
final class Switch: Sendable { let isOn = Mutex(true) }
