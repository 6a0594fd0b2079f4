import Foundation

/// The parts of a URL that says where Redis is.
struct RedisLocation {
    var topology: RedisConfiguration.Topology
    var isEncrypted = false
    var user: String?
    var password: String?
    var database = 0

    static let port = 6_379
    static let sentinelPort = 26_379
    /// Sentinels, or nodes of a Cluster to begin with, that one URL may name.
    static let mostHosts = 32

    init(_ url: String) throws(RedisConfigurationFault) {
        guard let colon = url.range(of: "://") else {
            throw RedisConfigurationFault(
                "redis: the URL must begin with redis:// or unix://, such as unix:///run/fillgate/redis.sock")
        }
        let rest = url[colon.upperBound...]
        let scheme = url[..<colon.lowerBound].lowercased()
        switch scheme {
        case "redis", "rediss": try self.init(server: rest)
        case "redis+sentinel", "rediss+sentinel": try self.init(sentinels: rest)
        case "redis+cluster", "rediss+cluster": try self.init(cluster: rest)
        case "unix", "redis+unix": try self.init(unix: rest)
        default:
            throw RedisConfigurationFault(
                "redis: unknown scheme \(scheme)://; known are redis, redis+sentinel, redis+cluster, the "
                    + "same with rediss, and unix")
        }
        isEncrypted = scheme.hasPrefix("rediss")
    }

    private init(unix rest: Substring) throws(RedisConfigurationFault) {
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts[0])
        // The address of a Unix socket holds 108 bytes, the last of them zero (unix(7)).
        guard path.hasPrefix("/"), path.utf8.count <= 107 else {
            throw RedisConfigurationFault(
                "redis: unix:// needs the absolute path of a socket, of at most 107 bytes")
        }
        topology = .server(.unix(path: path))
        if parts.count == 2 {
            guard parts[1].hasPrefix("db=") else {
                throw RedisConfigurationFault("redis: after ? only db=NUMBER is known")
            }
            database = try Self.database(parts[1].dropFirst(3))
        }
    }

    private init(server rest: Substring) throws(RedisConfigurationFault) {
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = try Authority(parts[0])
        topology = .server(try Self.endpoint(authority.hosts, port: Self.port))
        (user, password) = (authority.user, authority.password)
        if parts.count == 2, !parts[1].isEmpty { database = try Self.database(parts[1]) }
    }

    private init(sentinels rest: Substring) throws(RedisConfigurationFault) {
        let parts = rest.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        let authority = try Authority(parts[0])
        let isName = { (name: Substring) in
            (1...128).contains(name.utf8.count)
                && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") }
        }
        guard parts.count >= 2, isName(parts[1]) else {
            throw RedisConfigurationFault(
                "redis: the URL must end in the name by which the sentinels know the primary, such as "
                    + "redis+sentinel://host:26379,host2:26379/mymaster")
        }
        topology = .sentinels(
            try Self.endpoints(authority.hosts, port: Self.sentinelPort), master: String(parts[1]))
        (user, password) = (authority.user, authority.password)
        if parts.count == 3, !parts[2].isEmpty { database = try Self.database(parts[2]) }
    }

    private init(cluster rest: Substring) throws(RedisConfigurationFault) {
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = try Authority(parts[0])
        topology = .cluster(try Self.endpoints(authority.hosts, port: Self.port))
        (user, password) = (authority.user, authority.password)
        if parts.count == 2, !parts[1].isEmpty { database = try Self.database(parts[1]) }
    }

    /// Who logs in, and what follows.
    private struct Authority {
        var user: String?
        var password: String?
        var hosts: Substring

        init(_ text: Substring) throws(RedisConfigurationFault) {
            hosts = text
            guard let at = text.lastIndex(of: "@") else { return }
            let credentials = text[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            hosts = text[text.index(after: at)...]
            let name = try Self.decoded(credentials[0])
            user = name.isEmpty ? nil : name
            if credentials.count == 2 { password = try Self.decoded(credentials[1]) }
        }

        private static func decoded(_ text: Substring) throws(RedisConfigurationFault) -> String {
            guard let decoded = String(text).removingPercentEncoding else {
                throw RedisConfigurationFault("redis: user and password must be percent-encoded UTF-8")
            }
            return decoded
        }
    }

    private static func endpoints(
        _ list: Substring, port: Int
    ) throws(RedisConfigurationFault) -> [RedisConfiguration.Endpoint] {
        var found: [RedisConfiguration.Endpoint] = []
        for host in list.split(separator: ",", omittingEmptySubsequences: false) {
            found.append(try endpoint(host, port: port))
        }
        guard found.count <= mostHosts else {
            throw RedisConfigurationFault("redis: the URL names more than \(mostHosts) hosts")
        }
        return found
    }

    private static func endpoint(
        _ authority: Substring, port standard: Int
    ) throws(RedisConfigurationFault) -> RedisConfiguration.Endpoint {
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
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "," }) else {
            throw RedisConfigurationFault("redis: the URL names no host")
        }
        guard let port else { return .tcp(host: String(host), port: standard) }
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
}
