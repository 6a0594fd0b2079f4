import Crypto
import ServiceCore

/// The secret that a program holds: `fgk_` and 256 random bits in base64url. The prefix lets scanners of
/// leaked secrets find it, and tells it from a session's token. It cannot print itself.
package struct KeyToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package static let prefix = "fgk_"
    package static let length = prefix.utf8.count + SessionToken.length
    package let secret: String

    /// A fresh token from the system's generator.
    package static func random() -> KeyToken { KeyToken(secret: prefix + SessionToken.random().secret) }

    private init(secret: String) { self.secret = secret }

    /// What the store knows of this token.
    package var digest: SessionDigest { SessionDigest(ofToken: Array(secret.utf8)) }

    package var description: String { "KeyToken(redacted)" }
    package var debugDescription: String { description }
}

/// What a key may be used for. None contains another: a key that writes and reads has both.
package struct KeyScopes: OptionSet, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Requests with a safe method.
    package static let read = KeyScopes(rawValue: 1)
    /// All other requests, WebSockets included.
    package static let write = KeyScopes(rawValue: 2)
    /// What only administrators may do, in addition to the scope that the method takes.
    package static let admin = KeyScopes(rawValue: 4)

    /// Every scope by its name, in the order in which they are listed.
    package static let table: [(name: String, scope: KeyScopes)] = [
        ("read", .read), ("write", .write), ("admin", .admin),
    ]

    /// The scope of one name; nil for a name that is not known.
    package init?(name: String) {
        guard let scope = Self.table.first(where: { $0.name == name })?.scope else { return nil }
        self = scope
    }

    package var names: [String] { Self.table.filter { contains($0.scope) }.map(\.name) }

    /// The names with spaces between them, as RFC 6749 §3.3 writes scopes.
    package var description: String { names.joined(separator: " ") }
}

/// What a key allows, as every request that shows it must know.
package struct KeyGrant: Sendable, Hashable {
    package var name: String
    package var scopes: KeyScopes
    /// Whence it may be used; empty for everywhere.
    package var addresses: [AddressBlock]
    /// Whence it has been used, the newest first; the oldest of more than `mostSeen` are forgotten.
    package var seen: [AddressPrefix]

    package static let mostSeen = 16

    package init(
        name: String, scopes: KeyScopes, addresses: [AddressBlock], seen: [AddressPrefix] = []
    ) {
        self.name = name
        self.scopes = scopes
        self.addresses = addresses
        self.seen = seen
    }

    package func allows(_ address: IPAddress) -> Bool {
        addresses.isEmpty || addresses.contains { $0.contains(address) }
    }
}

/// An API key as the store keeps it, under the digest of its token: whoever reads the store cannot use it.
package struct APIKey: Sendable, Hashable {
    package var digest: SessionDigest
    package var user: UserID
    package var email: EmailAddress
    package var grant: KeyGrant
    package var createdAt: Timestamp
    /// Nil where it never was; written at most once in a session's `touchInterval`.
    package var lastUsedAt: Timestamp?
    package var expiresAt: Timestamp

    package init(
        digest: SessionDigest, user: UserID, email: EmailAddress, grant: KeyGrant, createdAt: Timestamp,
        lastUsedAt: Timestamp? = nil, expiresAt: Timestamp
    ) {
        self.digest = digest
        self.user = user
        self.email = email
        self.grant = grant
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
    }

    /// Its public name, made like a session's; it opens nothing.
    package var id: SessionID { digest.sessionID }

    /// The key as a request meets it. Its user is an administrator only as far as the key says: keys with
    /// that scope are made for administrators alone and end with the role.
    package var session: Session {
        Session(
            digest: digest, user: user, email: email, isAdmin: grant.scopes.contains(.admin),
            createdAt: createdAt, lastUsedAt: lastUsedAt ?? Timestamp(microseconds: 0), expiresAt: expiresAt,
            address: "", userAgent: "", key: grant)
    }

    /// Nil where `session` is one that somebody logged in to.
    package init?(_ session: Session) {
        guard let grant = session.key else { return nil }
        self.init(
            digest: session.digest, user: session.user, email: session.email, grant: grant,
            createdAt: session.createdAt,
            lastUsedAt: session.lastUsedAt.microseconds == 0 ? nil : session.lastUsedAt,
            expiresAt: session.expiresAt)
    }
}

/// How many keys a user may have, for how long and how detailed.
package struct KeyPolicy: Sendable, Hashable {
    /// Keys a user; one more is refused.
    package var perUser: Int
    /// How long a key lives that does not say.
    package var lifetime: Duration
    package var maxLifetime: Duration
    /// Addresses and blocks that one key may name.
    package var addresses: Int

    package init(
        perUser: Int = 20, lifetime: Duration = .seconds(90 * 86_400),
        maxLifetime: Duration = .seconds(365 * 86_400), addresses: Int = 16
    ) {
        self.perUser = perUser
        self.lifetime = lifetime
        self.maxLifetime = maxLifetime
        self.addresses = addresses
    }
}
