import Foundation
import GatewayCore
import GatewayRedis
import Logging
import NIOPosix
import TestSupport

@testable import Fillgate

/// The built program with a Redis and a configuration of its own.
final class CommandLine: Sendable {
    let redis: RedisServer
    let folder: TemporaryFolder
    /// The configuration's path.
    let config: String

    /// What a run of the program left.
    struct Result: Sendable {
        var code: Int32
        var output: String
        var errors: String
    }

    /// `extra` are further lines of the configuration.
    init(redis: RedisServer, extra: String = "upstreams: {}\n") throws {
        self.redis = redis
        folder = try TemporaryFolder()
        config = folder.file("gateway.yaml")
        try rewrite(extra)
    }

    /// Writes the configuration anew: the lines that every test needs, and `extra`.
    func rewrite(
        _ extra: String, redis settings: String = "", operations: String = "127.0.0.1:0"
    ) throws {
        let text = """
            redis: { url: "\(redis.url)", \(settings.isEmpty ? "deadline: 2s" : settings) }
            data-directory: \(folder.file("data"))
            operations: { address: \(operations) }
            listen: [{ address: 127.0.0.1:0 }]
            \(extra)
            """
        try folder.write(Data(text.utf8), to: "gateway.yaml")
    }

    static func start(options: [String] = [], extra: String = "upstreams: {}\n") async throws -> CommandLine {
        try CommandLine(redis: try await RedisServer.start(options: options), extra: extra)
    }

    deinit { redis.stop() }

    /// Runs the program to its end.
    func run(
        _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) async throws -> Result {
        try await Self.run(
            arguments, input: input, environment: ["FILLGATE_CONFIG": config].merging(environment) { $1 })
    }

    /// Runs the program with standard input, output and error of its own, and no FILLGATE_ variable but those
    /// given.
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Result {
        let files = try TemporaryFolder()
        let inputPath = try files.write(Data(input.utf8), to: "in")
        let quoted = ([ServerProcess.product("fillgate")] + arguments).map { "'\($0)'" }.joined(
            separator: " ")
        let script = "exec \(quoted) <'\(inputPath)' >'\(files.file("out"))' 2>'\(files.file("err"))'"
        let process = try ServerProcess("/bin/sh", ["-c", script], environment: environment)
        let exit = try await process.waitForExit(within: .seconds(60))
        guard case .code(let code) = exit else { throw DeadlineExceeded("fillgate ended with \(exit)") }
        func read(_ name: String) throws -> String {
            try String(contentsOfFile: files.file(name), encoding: .utf8)
        }
        return Result(code: code, output: try read("out"), errors: try read("err"))
    }

    /// Runs `body` on a store of the test's own over the same Redis.
    func store<Output: Sendable>(
        _ body: @Sendable (RedisStore) async throws -> Output
    ) async throws -> Output {
        let configuration = try RedisConfiguration(url: redis.url, deadline: .seconds(5))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = LoopStore(configuration, on: MultiThreadedEventLoopGroup.singleton.next(), logger: logger)
        let result: Swift.Result<Output, any Error>
        do { result = .success(try await store.run(body)) } catch { result = .failure(error) }
        await store.close()
        return try result.get()
    }

    /// A good password.
    static let password = "a horse that staples batteries"

    @discardableResult
    func addUser(_ email: String, _ options: String...) async throws -> Result {
        try await Self.run(
            ["user", "add", email, "--password-stdin"] + options, input: Self.password + "\n",
            environment: ["FILLGATE_CONFIG": config])
    }

    /// Begins a session for a user who exists; answers its public ID.
    func beginSession(of email: String) async throws -> SessionID {
        guard let address = EmailAddress(email) else { throw DeadlineExceeded("\(email) is no address") }
        let digest = SessionToken.random().digest
        try await store { store in
            let account = try await store.required(address)
            let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
            let session = Session(
                digest: digest, user: account.id, email: address, isAdmin: false, createdAt: now,
                lastUsedAt: now,
                expiresAt: now + .seconds(3_600), address: "192.0.2.1", userAgent: "test")
            try await store.begin(session, policy: SessionPolicy())
        }
        return digest.sessionID
    }

    func sessions(of email: String) async throws -> [[String: Any]] {
        let listed = try await run("sessions", "list", email, "--json")
        return try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [[String: Any]] ?? []
    }
}
