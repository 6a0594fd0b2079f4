import GatewayCore
import GatewayRedis
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// The implementations that are held to the suite.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, redis, sentinel, cluster

    var testDescription: String { rawValue }

    /// Runs `body` with a fresh store of this kind, on its loop, and takes everything down.
    func withStore(
        _ body: @Sendable (isolated LoopActor<any GatewayStore>, any GatewayStore) async throws -> Void
    ) async throws {
        switch self {
        case .memory:
            try await LoopActor<any GatewayStore> { _ in MemoryStore(now: Sample.now) }.run(body)
        case .redis:
            let server = try await RedisServer.start()
            defer { server.stop() }
            try await Self.withStore(at: server.url, keyPrefix: "fg:", body)
        case .sentinel:
            let group = try await SharedTopologies.all.sentinels()
            try await Self.withStore(at: group.url, keyPrefix: SharedTopologies.freshPrefix(), body)
        case .cluster:
            let cluster = try await SharedTopologies.all.cluster()
            try await Self.withStore(at: cluster.url, keyPrefix: SharedTopologies.freshPrefix(), body)
        }
    }

    private static func withStore(
        at url: String, keyPrefix: String,
        _ body: @Sendable (isolated LoopActor<any GatewayStore>, any GatewayStore) async throws -> Void
    ) async throws {
        let configuration = try RedisConfiguration(url: url, keyPrefix: keyPrefix, deadline: .seconds(5))
        let redis = LoopActor<any GatewayStore> { loop in
            let store = RedisStore(
                configuration: configuration, eventLoop: loop, logger: Logger(label: "conformance"))
            store.start()
            return store
        }
        try await redis.run { _, store in
            try await eventually("Redis is not reachable") { (store as? RedisStore)?.isReachable == true }
        }
        try await redis.run(body)
        await redis.run { _, store in await (store as? RedisStore)?.close() }
    }
}

/// A Sentinel group and a Cluster that all tests share, each with keys of its own: starting one takes seconds.
private actor SharedTopologies {
    static let all = SharedTopologies()
    private static let numbers = Atomic(0)

    private var group: Task<SentinelGroup, any Error>?
    private var nodes: Task<RedisCluster, any Error>?

    static func freshPrefix() -> String {
        "fg\(numbers.add(1, ordering: .relaxed).newValue):"
    }

    func sentinels() async throws -> SentinelGroup {
        let task = group ?? Task { try await SentinelGroup.start(downAfter: .seconds(60)) }
        group = task
        return try await task.value
    }

    func cluster() async throws -> RedisCluster {
        let task = nodes ?? Task { try await RedisCluster.start() }
        nodes = task
        return try await task.value
    }
}

/// Values that the suite's tests share.
enum Sample {
    @Sendable static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    static func email(_ text: String = "alice@example.com") throws -> EmailAddress {
        try #require(EmailAddress(text))
    }

    static func address(_ text: String = "192.0.2.1") throws -> AddressPrefix {
        try #require(AddressPrefix(text))
    }

    static func account(_ name: String = "alice", at now: Timestamp = now()) throws -> Account {
        Account(
            id: try #require(UserID("0190-\(name)")), email: try email("\(name)@example.com"),
            passwordHash: PasswordHash(encoded: "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$\(name)"), isActive: true,
            isAdmin: false, createdAt: now, passwordChangedAt: now)
    }

    static func session(
        _ number: UInt64, of user: String = "0190-alice", at now: Timestamp = now(),
        lasting span: Duration = .seconds(3_600),
        userAgent: String = "Mozilla/5.0 (X11; Linux) Gecko/20100101"
    ) throws -> Session {
        Session(
            digest: SessionDigest(words: (number, 2, 3, 0xFFFF_FFFF_FFFF_FFFF)),
            user: try #require(UserID(user)),
            email: try email(), isAdmin: number % 2 == 0, createdAt: now, lastUsedAt: now,
            expiresAt: now + span,
            address: "2001:db8::1", userAgent: userAgent)
    }

    static func charge(
        _ name: String = "api", subject: LimitSubject? = nil, burst: Int64 = 3, cost: Int64 = 1,
        per period: Duration = .seconds(60)
    ) throws -> LimitCharge {
        let gcra = try #require(GCRA(count: 1, per: period, burst: burst, cost: cost))
        return LimitCharge(
            policy: LimitPolicy(name: name, key: .address, gcra: gcra),
            subject: try subject ?? .address(try address()))
    }
}

/// Asks `condition` until it holds; fails the test if it does not within `patience`.
func eventually(
    within patience: Duration = .seconds(10), _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + patience
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}
