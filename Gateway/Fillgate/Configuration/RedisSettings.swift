import GatewayCore
import GatewayRedis

/// How to reach the store that all workers share.
struct RedisSettings: Sendable, Hashable {
    static let databases = 0...65_535

    var url = RedisURL.standard
    var username: String?
    var password: Secret?
    var database: Int?
    /// How long a command of a worker may take.
    var deadline = Duration.milliseconds(50)
    var keyPrefix = "fg:"
    var tls = RedisTLS.Files()
    var sentinel = SentinelSettings()

    /// What the store is made from; `deadline` in place of the settings' own where it is given. Without
    /// `readsFiles` it serves to be checked, not to connect.
    func configuration(
        deadline: Duration? = nil, readsFiles: Bool = true
    ) throws(RedisConfigurationFault) -> RedisConfiguration {
        try RedisConfiguration(
            url: url.text, user: username, password: password?.revealed, sentinelUser: sentinel.username,
            sentinelPassword: sentinel.password?.revealed, database: database, tls: tls,
            readsFiles: readsFiles, keyPrefix: keyPrefix, deadline: deadline ?? self.deadline)
    }
}

/// How to log in to the sentinels, which have users of their own.
struct SentinelSettings: Sendable, Hashable {
    var username: String?
    var password: Secret?
}

/// Where Redis is, as it was written. It may hold a password, so it prints without one.
struct RedisURL: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    let text: String
    let description: String
    let hasSentinels: Bool

    static let standard = RedisURL(unchecked: "unix:///run/fillgate/redis.sock")

    init(_ text: String) throws(Complaint) {
        do throws(RedisConfigurationFault) {
            // A user may come with the URL and the password from elsewhere.
            let configuration = try RedisConfiguration(url: text, password: "", readsFiles: false)
            description = configuration.description
            hasSentinels = configuration.hasSentinels
        } catch {
            throw Complaint(error.description.replacing("redis: ", with: "", maxReplacements: 1))
        }
        self.text = text
    }

    private init(unchecked text: StaticString) {
        self.text = "\(text)"
        description = "\(text)"
        hasSentinels = false
    }

    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension Codec where Value == RedisURL {
    static var redisURL: Codec {
        Codec { text throws(Complaint) in
            try RedisURL(text)
        } text: {
            $0.description
        }
    }
}
