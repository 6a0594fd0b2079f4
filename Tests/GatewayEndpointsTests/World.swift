import Foundation
import GatewayCore
import GatewayPasswords
import GatewayRedis
import Logging
import NIOCore
import NIOPosix
import ServiceCore
import Synchronization
import Testing

@testable import GatewayEndpoints

/// The endpoints of one event loop with a store of their own, cheap hashes, and everything that they log or hash
/// written down.
actor World {
    nonisolated let eventLoop: any EventLoop
    let store: any GatewayStore
    // SAFETY: used on the loop only, but for `deinit`, when nobody else holds it; `close` goes to the loop by itself.
    private nonisolated(unsafe) let redisStore: RedisStore?
    private let endpoints: [Endpoint]
    nonisolated let passwords: RecordingPasswords
    nonisolated let log = RecordedLog()
    nonisolated let ready = Switch()
    nonisolated let ownKey = JSONWebKey(kid: "own", x: "AAAA")

    static let scheme = PasswordScheme.argon2id(Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1)!)
    static let password = "a quiet river under four bridges"
    static let alice = EmailAddress("alice@example.com")!
    static let mallory = IPAddress("203.0.113.66")!

    nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    init(
        _ backend: Backend = .memory, pool: HashingPool.Size = .init(workers: 2, queue: 4096),
        home: LocalPath = .root
    ) async throws {
        try await self.init(on: try await backend.configuration(), pool: pool, home: home)
    }

    /// In memory where there is no configuration of Redis.
    init(
        on redis: RedisConfiguration?, pool: HashingPool.Size = .init(workers: 2, queue: 4096),
        home: LocalPath = .root
    ) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let passwords = RecordingPasswords(
            PasswordService(hasher: try PasswordHasher(scheme: Self.scheme), pool: HashingPool(size: pool)))
        self.eventLoop = eventLoop
        self.passwords = passwords
        let redisStore = redis.map {
            RedisStore(configuration: $0, eventLoop: eventLoop, logger: Logger(label: "redis"))
        }
        self.redisStore = redisStore
        store = redisStore ?? MemoryStore(now: Call.clock)
        let context = EndpointContext(
            store: store, passwords: passwords.service, home: home, ownKeys: { [ownKey] in [ownKey] },
            isReady: { [ready] in ready.isOn.withLock { $0 } },
            logger: Logger(label: "endpoints") { [log] _ in log })
        endpoints = EndpointTable.all(in: context)
        redisStore?.start()
        let deadline = ContinuousClock.now + .seconds(20)
        while let redisStore, !redisStore.isReachable {
            try #require(ContinuousClock.now < deadline, "Redis is not reachable")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    deinit {
        guard let redisStore else { return }
        nonisolated(unsafe) let last = redisStore
        Task { await last.close() }
    }

    /// Sends a request as the pipeline would hand it over: the endpoint is found, and the session that the token
    /// names is looked up.
    func send(_ call: Call) async throws -> EndpointResponse {
        let parts = call.target.split(separator: "?", maxSplits: 1).map(String.init)
        let endpoint = try #require(endpoints.first { $0.method == call.method && Self.takes($0, parts[0]) })
        let digest = call.token.map { SessionDigest(ofToken: Array($0.utf8)) }
        var principal = call.principal
        if principal == nil, let digest,
            case .found(let session) = try await store.admit(.init(session: digest, charges: [])).session
        {
            principal = Principal(session: session, credential: call.credential)
        }
        if endpoint.require != .anonymous, principal == nil {
            return .refusal(.unauthenticated, to: call.request(path: parts[0], query: ""))
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
    func publish(_ key: PublishedKey) async throws { try await store.publish([key], for: .seconds(60)) }
}

/// What a test turns off.
final class Switch: Sendable { let isOn = Mutex(true) }

/// One request of a test.
struct Call: Sendable {
    var method = "POST"
    var target: String
    var type: String? = "application/json"
    var body = ""
    var token: String?
    var credential = Principal.Credential.bearer
    /// Known without asking the store, as from the pipeline's cache.
    var principal: Principal?
    var address = IPAddress("192.0.2.1")!
    var userAgent: String? = "tests/1"
    var isSecure = true
    var now = Call.clock()

    /// Now, as the edge would read it.
    static func clock() -> Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    static func login(_ email: String, _ password: String, from address: IPAddress? = nil) -> Call {
        var call = Call(target: "/api/v1/auth/login", body: json(["email": email, "password": password]))
        if let address { call.address = address }
        return call
    }

    static func form(_ target: String, _ fields: KeyValuePairs<String, String>) -> Call {
        Call(target: target, type: "application/x-www-form-urlencoded", body: encoded(fields))
    }

    static func get(_ target: String, token: String? = nil) -> Call {
        Call(method: "GET", target: target, type: nil, token: token)
    }

    static func changePassword(from current: String, to new: String, token: String) -> Call {
        Call(
            method: "PUT", target: "/api/v1/auth/password",
            body: json(["current_password": current, "new_password": new]), token: token)
    }

    static func json(_ fields: [String: String]) -> String {
        String(decoding: (try? JSONEncoder().encode(fields)) ?? Data(), as: UTF8.self)
    }

    static func encoded(_ fields: KeyValuePairs<String, String>) -> String {
        var plain = CharacterSet.alphanumerics
        plain.formIntersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
        return fields.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: plain) ?? "")"
        }.joined(separator: "&")
    }

    func request(path: String, query: String) -> EndpointRequest {
        EndpointRequest(
            id: RequestID(unixMilliseconds: 1, random: (.random(in: 0 ... .max), .random(in: 0 ... .max))),
            method: method, path: path, query: query, contentType: type, accept: nil, userAgent: userAgent,
            body: Array(body.utf8), address: address, principal: nil, shownSession: nil, isSecure: isSecure,
            now: now)
    }
}

extension EndpointResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    func object() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Everything that a client sees but the request ID, which differs in every answer.
    func seen() throws -> String {
        var text = text
        if let range = text.range(of: "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}", options: .regularExpression) {
            text.replaceSubrange(range, with: "ID")
        }
        return "\(status) \(headers) \(text)"
    }

    /// The fields that an `invalid-input` problem names.
    func faultyFields() throws -> [String] {
        let errors = try #require(try object()["errors"] as? [[String: Any]])
        return errors.compactMap { $0["field"] as? String }
    }
}

/// The real service, with what it was asked written down, and a moment at which a test may act.
final class RecordingPasswords: Sendable {
    private let real: PasswordService
    /// The hashes against which passwords were checked.
    let checked = Mutex<[PasswordHash]>([])
    /// Runs while a password is being checked.
    let meanwhile = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ real: PasswordService) { self.real = real }

    var dummy: PasswordHash { real.dummyHash }
    var realChecks: Int { checked.withLock { $0.count { $0 != dummy } } }
    var checks: Int { checked.withLock { $0.count } }

    var service: PasswordService {
        PasswordService(
            verify: { [self] password, hash throws(HashingFault) in
                checked.withLock { $0.append(hash) }
                let verdict = try await real.verify(password, hash)
                if let act = meanwhile.withLock({ $0 }) {
                    do { try await act() } catch { throw HashingFault.failed }
                }
                return verdict
            },
            hash: { [self] password throws(HashingFault) in try await real.hash(password) },
            needsRehash: { [self] in real.needsRehash($0) }, dummyHash: real.dummyHash)
    }
}

/// Keeps what is logged, whatever its level.
struct RecordedLog: LogHandler {
    private final class Lines: Sendable { let all = Mutex<[String]>([]) }
    private let lines = Lines()
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel = Logger.Level.trace

    var all: [String] { lines.all.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = "\(event.level) \(event.message) \(event.metadata ?? [:])"
        lines.all.withLock { $0.append(line) }
    }
}
