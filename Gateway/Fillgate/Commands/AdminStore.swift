import GatewayCore
import GatewayRedis
import Logging
import NIOPosix
import Synchronization

/// A store for the length of one command.
enum AdminStore {
    /// How long a command waits for Redis: nobody else waits for it, so longer than a worker would.
    static let deadline = Duration.seconds(5)

    /// Connects to Redis, runs `body` on the store's event loop, and closes the connection. A store's fault
    /// becomes the failure that names the server and what it said.
    static func run<Output: Sendable>(
        _ settings: Settings, _ body: @Sendable (RedisStore) async throws -> Output
    ) async throws -> Output {
        let configuration: RedisConfiguration
        do throws(RedisConfigurationFault) {
            configuration = try settings.redis.configuration(deadline: deadline)
        } catch {
            throw CommandFailure.refused(error.description)
        }
        let trouble = Trouble()
        let logger = Logger(label: "fillgate") { _ in TroubleHandler(trouble: trouble) }
        let store = LoopStore(configuration, on: MultiThreadedEventLoopGroup.singleton.next(), logger: logger)
        let result: Result<Output, any Error>
        do {
            result = .success(try await store.run(body))
        } catch let fault as StoreFault {
            result = .failure(CommandFailure(fault, redis: settings.redis.url, reason: trouble.reason))
        } catch {
            result = .failure(error)
        }
        await store.close()
        return try result.get()
    }

    /// What the connection last complained of.
    private final class Trouble: Sendable {
        private let last = Mutex<String?>(nil)
        var reason: String? {
            get { last.withLock { $0 } }
            set { last.withLock { $0 = newValue } }
        }
    }

    /// Keeps the reason that the connection gives, which a command says once, instead of a log.
    private struct TroubleHandler: LogHandler {
        let trouble: Trouble
        var logLevel = Logger.Level.warning
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            if let reason = event.metadata?["reason"] { trouble.reason = "\(reason)" }
        }
    }
}
