import GatewayRedis
import TestSupport

/// The stores behind which the endpoints must behave alike.
enum Backend: CaseIterable, Sendable {
    case memory, redis

    /// Where the store is: over Redis, a name space of its own on a server that all tests share; nil in
    /// memory.
    func configuration() async throws -> RedisConfiguration? {
        switch self {
        case .memory: return nil
        case .redis:
            let server = try await SharedRedis.shared.server()
            return try Self.configuration(of: server, prefix: "t\(UInt32.random(in: 0 ... .max)):")
        }
    }

    /// The deadline is generous: the machine may be busy.
    static func configuration(of server: RedisServer, prefix: String = "fg:") throws -> RedisConfiguration {
        try RedisConfiguration(url: server.url, keyPrefix: prefix, deadline: .seconds(5))
    }
}

/// One server for all tests that leave it alone. It is stopped when the process ends.
private actor SharedRedis {
    static let shared = SharedRedis()
    private var starting: Task<RedisServer, any Error>?

    func server() async throws -> RedisServer {
        let task = starting ?? Task { try await RedisServer.start() }
        starting = task
        return try await task.value
    }
}
