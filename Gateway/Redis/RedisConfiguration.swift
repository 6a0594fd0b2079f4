import Foundation

/// Where Redis is, how to log in to it, and the bounds of talking to it.
package struct RedisConfiguration: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    package enum Endpoint: Sendable, Hashable {
        /// A host name or an address without brackets.
        case tcp(host: String, port: Int)
        /// The absolute path of a socket.
        case unix(path: String)
    }

    package var endpoint: Endpoint
    /// The ACL user; nil for the default user.
    package var user: String?
    /// Never printed.
    package var password: String?
    /// 0 or more; a Cluster knows only 0.
    package var database: Int
    /// What every key begins with, so that several gateways can share a server.
    package var keyPrefix: String
    /// How long a command may take before its caller is told `StoreFault.timeout`.
    package var deadline: Duration
    /// Commands of one loop that may be unanswered at once; one more is refused as unavailable.
    package var waitingBound: Int

    /// Reads a URL:
    ///
    ///     redis://[user[:password]@]host[:port][/database]
    ///     unix:///path/of/the.sock[?db=database]
    ///
    /// User and password may be percent-encoded; `user` and `password` given apart win over the URL's.
    /// Throws for any other scheme; `rediss`, `redis+sentinel` and `redis+cluster` are named as not built
    /// yet.
    package init(
        url: String, user: String? = nil, password: String? = nil, database: Int? = nil,
        keyPrefix: String = "fg:", deadline: Duration = .milliseconds(50), waitingBound: Int = 16_384
    ) throws(RedisConfigurationFault) {
        let parsed = try RedisURL(url)
        endpoint = parsed.endpoint
        self.user = user ?? parsed.user
        self.password = password ?? parsed.password
        self.database = database ?? parsed.database
        self.keyPrefix = keyPrefix
        self.deadline = deadline
        self.waitingBound = waitingBound
        if self.user != nil, self.password == nil {
            throw RedisConfigurationFault("redis: a user needs a password")
        }
        guard (0...65_535).contains(self.database) else {
            throw RedisConfigurationFault("redis: the database must be a number from 0 to 65535")
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

    /// Where, and nothing secret.
    package var description: String {
        switch endpoint {
        case .tcp(let host, let port):
            "redis://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        case .unix(let path):
            "unix://\(path)\(database == 0 ? "" : "?db=\(database)")"
        }
    }
    package var debugDescription: String { description }
}

/// What is wrong with a Redis URL or a bound, for whoever wrote the configuration. It repeats no password.
package struct RedisConfigurationFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// The parts of a URL that says where Redis is.
private struct RedisURL {
    var endpoint: RedisConfiguration.Endpoint
    var user: String?
    var password: String?
    var database = 0

    init(_ url: String) throws(RedisConfigurationFault) {
        guard let colon = url.range(of: "://") else {
            throw RedisConfigurationFault(
                "redis: the URL must begin with redis:// or unix://, such as unix:///run/fillgate/redis.sock")
        }
        let rest = url[colon.upperBound...]
        switch url[..<colon.lowerBound].lowercased() {
        case "redis": try self.init(tcp: rest)
        case "unix", "redis+unix": try self.init(unix: rest)
        case "rediss", "redis+sentinel", "redis+cluster", "sentinel", "cluster":
            throw RedisConfigurationFault(
                "redis: \(url[..<colon.lowerBound]):// is not supported yet; use redis:// or unix://")
        case let scheme:
            throw RedisConfigurationFault("redis: unknown scheme \(scheme)://; use redis:// or unix://")
        }
    }

    private init(unix rest: Substring) throws(RedisConfigurationFault) {
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts[0])
        // The address of a Unix socket holds 108 bytes, the last of them zero (unix(7)).
        guard path.hasPrefix("/"), path.utf8.count <= 107 else {
            throw RedisConfigurationFault(
                "redis: unix:// needs the absolute path of a socket, of at most 107 bytes")
        }
        endpoint = .unix(path: path)
        if parts.count == 2 {
            guard parts[1].hasPrefix("db=") else {
                throw RedisConfigurationFault("redis: after ? only db=NUMBER is known")
            }
            database = try Self.database(parts[1].dropFirst(3))
        }
    }

    private init(tcp rest: Substring) throws(RedisConfigurationFault) {
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var authority = parts[0]
        if let at = authority.lastIndex(of: "@") {
            let credentials = authority[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            authority = authority[authority.index(after: at)...]
            let name = try Self.decoded(credentials[0])
            user = name.isEmpty ? nil : name
            if credentials.count == 2 { password = try Self.decoded(credentials[1]) }
        }
        endpoint = try Self.tcp(authority)
        if parts.count == 2, !parts[1].isEmpty { database = try Self.database(parts[1]) }
    }

    private static func tcp(_ authority: Substring) throws(RedisConfigurationFault)
        -> RedisConfiguration.Endpoint
    {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw RedisConfigurationFault("redis: after ] there must be a colon and a port")
            }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else {
            throw RedisConfigurationFault("redis: the URL names no host")
        }
        guard let port else { return .tcp(host: String(host), port: 6_379) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw RedisConfigurationFault("redis: the port must be a number from 1 to 65535")
        }
        return .tcp(host: String(host), port: number)
    }

    private static func database(_ text: Substring) throws(RedisConfigurationFault) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw RedisConfigurationFault("redis: the database must be a number from 0 to 65535")
        }
        return number
    }

    private static func decoded(_ text: Substring) throws(RedisConfigurationFault) -> String {
        guard let decoded = String(text).removingPercentEncoding else {
            throw RedisConfigurationFault("redis: user and password must be percent-encoded UTF-8")
        }
        return decoded
    }
}
