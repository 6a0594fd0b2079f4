import Foundation

/// A primary, a replica of it and three sentinels, all real processes of a test's own, that fail over within
/// seconds, or once the primary has been silent for as long as a test says.
package final class SentinelGroup: Sendable {
    package static let name = "mymaster"

    package let servers: [RedisServer]
    package let sentinels: [RedisServer]
    private let password: String?
    private let sentinelPassword: String?

    /// Starts all of them and waits until the sentinels know each other and the replica follows.
    package static func start(
        password: String? = nil, sentinelPassword: String? = nil, downAfter: Duration = .milliseconds(700)
    ) async throws -> SentinelGroup {
        let secret = password.map { ["--requirepass", $0, "--masterauth", $0] } ?? []
        let options = ["--repl-diskless-sync-delay", "0", "--appendfsync", "everysec"] + secret
        let primary = try await RedisServer.start(options: options)
        let replica = try await RedisServer.start(
            options: options + ["--replicaof", "127.0.0.1 \(primary.port)"])
        var lines = [
            "sentinel monitor \(name) 127.0.0.1 \(primary.port) 2",
            "sentinel down-after-milliseconds \(name) \(Int(downAfter / .milliseconds(1)))",
            "sentinel failover-timeout \(name) 4000",
        ]
        if let password { lines.append("sentinel auth-pass \(name) \(password)") }
        if let sentinelPassword { lines.append("sentinel sentinel-pass \(sentinelPassword)") }
        let guarded = sentinelPassword.map { ["--requirepass", $0] } ?? []
        var sentinels: [RedisServer] = []
        for _ in 0..<3 {
            sentinels.append(try await RedisServer.start(.sentinel(lines), options: guarded))
        }
        let group = SentinelGroup([primary, replica], sentinels, password, sentinelPassword)
        for sentinel in sentinels {
            // They meet over what they publish every two seconds, and hear of replicas every ten.
            let periods = ["PUBLISH-PERIOD", "100", "ASK-PERIOD", "100", "INFO-PERIOD", "1000"]
            _ = try group.ask(sentinel, ["SENTINEL", "DEBUG"] + periods)
        }
        try await eventually("the sentinels know each other and the replica") {
            try group.sentinels.allSatisfy { sentinel in
                let state = try group.state(by: sentinel)
                return state["num-slaves"] == "1" && state["num-other-sentinels"] == "2"
                    && state["flags"] == "master"
            }
        }
        try await group.untilReplicated()
        return group
    }

    private init(
        _ servers: [RedisServer], _ sentinels: [RedisServer], _ password: String?, _ sentinelPassword: String?
    ) {
        self.servers = servers
        self.sentinels = sentinels
        self.password = password
        self.sentinelPassword = sentinelPassword
    }

    /// `redis+sentinel://…`, without passwords.
    package var url: String {
        let hosts = sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        return "redis+sentinel://\(hosts)/\(Self.name)"
    }

    /// The server that says of itself that it is the primary; nil while none does.
    package var primary: RedisServer? {
        servers.first { server in
            guard server.processID != nil,
                case .list(let role) = try? server.command("ROLE", password: password)
            else { return false }
            return role.first == .text("master")
        }
    }

    /// Waits until the replica has everything that the primary has.
    package func untilReplicated() async throws {
        try await eventually("the replica follows") {
            let offsets = try self.servers.map { server -> Substring? in
                let info = try server.command("INFO", "replication", password: self.password)
                guard case .text(let text) = info else { return nil }
                let field =
                    text.contains("role:master") ? "master_repl_offset:" : "slave_repl_offset:"
                let isLinked = text.contains("role:master") || text.contains("master_link_status:up")
                return isLinked
                    ? text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(field) }?
                        .dropFirst(field.count) : nil
            }
            return offsets[0] != nil && offsets[0] == offsets[1]
        }
    }

    /// Has the sentinels make the replica the primary, as an operator would. They may refuse it for a moment, while
    /// they have not heard of the replica for three of their periods.
    package func failOver() throws {
        let reply = try ask(sentinels[0], ["SENTINEL", "FAILOVER", Self.name])
        guard reply == .status("OK") else { throw RedisServer.Failure(description: "\(reply)") }
    }

    package func stop() {
        for server in sentinels + servers { server.stop() }
    }

    /// What a sentinel says of the primary.
    private func state(by sentinel: RedisServer) throws -> [String: String] {
        guard case .list(let words) = try ask(sentinel, ["SENTINEL", "MASTER", Self.name]) else { return [:] }
        let texts = words.map { if case .text(let text) = $0 { text } else { "" } }
        return Dictionary(
            stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) },
            uniquingKeysWith: { $1 })
    }

    private func ask(_ sentinel: RedisServer, _ words: [String]) throws -> RedisWire.Reply {
        let wire = try RedisWire(socketPath: sentinel.socketPath)
        if let sentinelPassword { _ = try wire.send(["AUTH", sentinelPassword]) }
        return try wire.send(words)
    }
}
