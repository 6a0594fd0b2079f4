/// Where Redis is, how to log in to it, and the bounds of talking to it.
package struct RedisConfiguration: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// A server's address.
    package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
        /// A host name or an address without brackets.
        case tcp(host: String, port: Int)
        /// The absolute path of a socket.
        case unix(path: String)

        package var description: String {
            switch self {
            case .tcp(let host, let port): "\(host.contains(":") ? "[\(host)]" : host):\(port)"
            case .unix(let path): path
            }
        }
    }

    /// How the server that takes writes is found.
    package enum Topology: Sendable, Hashable {
        /// It is always the same one.
        case server(Endpoint)
        /// Sentinels are asked for it, at every connection, by the name under which they know it.
        case sentinels([Endpoint], master: String)
        /// Each takes those of some slots; these nodes are the first to be asked which.
        case cluster([Endpoint])
    }

    package var topology: Topology
    /// Nil where connections are not encrypted.
    package var tls: RedisTLS?
    /// The ACL user; nil for the default user.
    package var user: String?
    /// Never printed.
    package var password: String?
    /// The ACL user of the sentinels, which have one of their own.
    package var sentinelUser: String?
    /// Never printed.
    package var sentinelPassword: String?
    /// 0 or more; a Cluster knows only 0.
    package var database: Int
    /// What every key begins with, so that several gateways can share a server.
    package var keyPrefix: String
    /// How long a command may take before its caller is told `StoreFault.timeout`.
    package var deadline: Duration
    /// Commands of one loop that may be unanswered at once; one more is refused as unavailable.
    package var waitingBound: Int

    private var isEncrypted: Bool

    /// Reads a URL:
    ///
    ///     redis://[user[:password]@]host[:port][/database]
    ///     redis+sentinel://[user[:password]@]host[:port][,host[:port]…]/name[/database]
    ///     redis+cluster://[user[:password]@]host[:port][,host[:port]…]
    ///     unix:///path/of/the.sock[?db=database]
    ///
    /// and, with TLS, `rediss://`, `rediss+sentinel://` and `rediss+cluster://`. User and password may be percent-encoded; `user` and
    /// `password` given apart win over the URL's. With TLS, the files that `tls` names are read, unless `readsFiles` is
    /// false: then what is made serves to print and to check, not to connect.
    package init(
        url: String, user: String? = nil, password: String? = nil, sentinelUser: String? = nil,
        sentinelPassword: String? = nil, database: Int? = nil, tls: RedisTLS.Files = RedisTLS.Files(),
        readsFiles: Bool = true, keyPrefix: String = "fg:", deadline: Duration = .milliseconds(50),
        waitingBound: Int = 16_384
    ) throws(RedisConfigurationFault) {
        let parsed = try RedisLocation(url)
        topology = parsed.topology
        isEncrypted = parsed.isEncrypted
        self.user = user ?? parsed.user
        self.password = password ?? parsed.password
        self.sentinelUser = sentinelUser
        self.sentinelPassword = sentinelPassword
        self.database = database ?? parsed.database
        self.keyPrefix = keyPrefix
        self.deadline = deadline
        self.waitingBound = waitingBound
        try check()
        if parsed.isEncrypted {
            if readsFiles { self.tls = try RedisTLS(tls) }
        } else if !tls.isEmpty {
            throw RedisConfigurationFault("redis: tls has no meaning without rediss in the URL's scheme")
        }
    }

    private func check() throws(RedisConfigurationFault) {
        if user != nil, password == nil {
            throw RedisConfigurationFault("redis: a user needs a password")
        }
        if sentinelUser != nil, sentinelPassword == nil {
            throw RedisConfigurationFault("redis: a user of the sentinels needs a password")
        }
        if sentinelPassword != nil, !hasSentinels {
            throw RedisConfigurationFault(
                "redis: a password for sentinels has no meaning without redis+sentinel://")
        }
        guard (0...65_535).contains(database) else {
            throw RedisConfigurationFault("redis: the database must be a number from 0 to 65535")
        }
        if case .cluster = topology, database != 0 {
            throw RedisConfigurationFault("redis: a Cluster has no databases but 0")
        }
        guard deadline >= .milliseconds(1), deadline <= .seconds(10) else {
            throw RedisConfigurationFault("redis: the deadline must be from 1ms to 10s")
        }
        let isPlain = keyPrefix.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x7B && $0 != 0x7D }
        guard keyPrefix.utf8.count <= 32, isPlain else {
            throw RedisConfigurationFault(
                "redis: the key prefix must be at most 32 visible ASCII characters without braces")
        }
        guard (1...1_000_000).contains(waitingBound) else {
            throw RedisConfigurationFault("redis: the bound of waiting commands must be from 1 to 1000000")
        }
    }

    /// Whether sentinels say where Redis is.
    package var hasSentinels: Bool { if case .sentinels = topology { true } else { false } }

    /// Where, and nothing secret.
    package var description: String {
        let scheme = isEncrypted ? "rediss" : "redis"
        switch topology {
        case .server(.unix(let path)): return "unix://\(path)\(database == 0 ? "" : "?db=\(database)")"
        case .server(let endpoint): return "\(scheme)://\(endpoint)/\(database)"
        case .sentinels(let sentinels, let master):
            let hosts = sentinels.map(\.description).joined(separator: ",")
            return "\(scheme)+sentinel://\(hosts)/\(master)/\(database)"
        case .cluster(let seeds):
            return "\(scheme)+cluster://\(seeds.map(\.description).joined(separator: ","))"
        }
    }
    package var debugDescription: String { description }
}

/// What is wrong with a Redis URL or a bound, for whoever wrote the configuration. It repeats no password.
package struct RedisConfigurationFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
