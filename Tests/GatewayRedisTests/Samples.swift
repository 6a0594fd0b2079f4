import Foundation
import GatewayCore
import Logging
import NIOCore
import TestSupport
import Testing

@testable import GatewayRedis

/// Values that tests share.
enum Sample {
    static func charge(
        _ name: String = "api", burst: Int64 = 5, per period: Duration = .seconds(60),
        address: String = "192.0.2.1"
    ) throws -> LimitCharge {
        let gcra = try #require(GCRA(count: 1, per: period, burst: burst))
        let policy = LimitPolicy(name: name, key: .address, gcra: gcra)
        return LimitCharge(policy: policy, subject: .address(try #require(AddressPrefix(address))))
    }

    static func session(
        _ number: UInt64 = 1, of user: String = "0190-alice", lasting span: Duration = .seconds(3_600)
    ) throws -> Session {
        let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        return Session(
            digest: SessionDigest(words: (number, 2, 3, 4)), user: try #require(UserID(user)),
            email: try #require(EmailAddress("alice@example.com")), isAdmin: false, createdAt: now,
            lastUsedAt: now,
            expiresAt: now + span, address: "192.0.2.1", userAgent: "test")
    }
}

extension RedisStore {
    /// The connection of a store that has one server.
    var link: RedisConnection {
        guard let server = connection.server else { fatalError("a Cluster has several") }
        return server
    }

    /// What `admit` throws; nil where it answers.
    func fault(of question: AdmissionQuestion) async -> StoreFault? {
        do throws(StoreFault) {
            _ = try await admit(question)
            return nil
        } catch {
            return error
        }
    }
}

extension LoopActor where Held == RedisStore {
    /// A store on `redis`, started. The deadline is generous unless a test is about deadlines, because the
    /// machine that runs the tests may be busy.
    static func store(
        on redis: RedisServer, deadline: Duration = .seconds(2), url: String? = nil, user: String? = nil,
        password: String? = nil, waitingBound: Int = 16_384
    ) throws -> LoopActor<RedisStore> {
        store(
            try RedisConfiguration(
                url: url ?? redis.url, user: user, password: password, deadline: deadline,
                waitingBound: waitingBound))
    }

    /// A store made from `configuration`, started.
    static func store(_ configuration: RedisConfiguration) -> LoopActor<RedisStore> {
        LoopActor { loop in
            let store = RedisStore(
                configuration: configuration, eventLoop: loop,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            store.start()
            return store
        }
    }

    /// Waits until commands are taken.
    func untilReachable() async throws {
        try await eventually("the store is not reachable") { $0.isReachable }
    }

    /// Asks `condition` until it holds; throws if it does not within `patience`.
    func eventually(
        _ what: String, within patience: Duration = .seconds(10),
        _ condition: @Sendable (RedisStore) async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + patience
        while try await !condition(held) {
            guard ContinuousClock.now < deadline else { throw RedisServer.Failure(description: what) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
