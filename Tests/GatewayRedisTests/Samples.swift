import GatewayCore
import Logging
import NIOCore
import TestSupport
import Testing

@testable import GatewayRedis

/// Values that tests share.
enum Sample {
    static func charge(
        _ name: String = "api", count: Int64 = 1, per period: Duration = .seconds(60), burst: Int64 = 5,
        cost: Int64 = 1, address: String = "192.0.2.1"
    ) throws -> LimitCharge {
        let gcra = try #require(GCRA(count: count, per: period, burst: burst, cost: cost))
        let policy = LimitPolicy(name: name, key: .address, gcra: gcra)
        return LimitCharge(policy: policy, subject: .address(try #require(AddressPrefix(address))))
    }
}

extension LoopActor where Held == RedisStore {
    /// A store on `redis`, started. The deadline is generous unless a test is about deadlines, because the
    /// machine that runs the tests may be busy.
    static func store(
        on redis: RedisServer, deadline: Duration = .seconds(2), url: String? = nil
    ) throws -> LoopActor<RedisStore> {
        let configuration = try RedisConfiguration(url: url ?? redis.url, deadline: deadline)
        let loop = LoopActor { loop in
            RedisStore(configuration: configuration, eventLoop: loop, logger: Logger(label: "test"))
        }
        Task { await loop.run { _, store in store.start() } }
        return loop
    }

    /// Waits until commands are taken.
    func untilReachable(within patience: Duration = .seconds(10)) async throws {
        let deadline = ContinuousClock.now + patience
        while !held.isReachable {
            guard ContinuousClock.now < deadline else {
                throw RedisServer.Failure(description: "the store is not reachable after \(patience)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
