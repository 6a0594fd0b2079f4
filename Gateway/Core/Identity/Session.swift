package import Crypto
import ServiceCore

/// The secret that a client holds: 256 random bits, 43 characters of base64url. It cannot print itself;
/// whoever must send it asks for `secret` by name.
package struct SessionToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package static let length = 43
    package let secret: String

    /// A fresh token from the system's generator.
    package static func random() -> SessionToken {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return SessionToken(secret: String(decoding: Base64URL.encode(bytes), as: UTF8.self))
    }

    private init(secret: String) { self.secret = secret }

    /// What the store knows of this token.
    package var digest: SessionDigest { SessionDigest(ofToken: Array(secret.utf8)) }

    package var description: String { "SessionToken(redacted)" }
    package var debugDescription: String { description }
}

/// The SHA-256 of a session's token or an API key's: what it is kept under. Whoever reads the store cannot
/// log in with it.
package struct SessionDigest: Sendable, Hashable, CustomStringConvertible {
    /// The 32 bytes, as four big-endian words, so that hashing and comparing need no allocation.
    package let words: (UInt64, UInt64, UInt64, UInt64)

    package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// The digest of a token's characters. The length was checked by whoever found the token.
    package init(ofToken characters: [UInt8]) { self.init(SHA256.hash(data: characters)) }

    package init(_ digest: SHA256Digest) {
        words = digest.withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// The public name of the session: the digest's first half. It is shown to its owner, stands in
    /// logs and assertions, and opens nothing.
    package var sessionID: SessionID { SessionID(words: (words.0, words.1)) }

    package static func == (left: SessionDigest, right: SessionDigest) -> Bool { left.words == right.words }
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    /// 64 hexadecimal digits: the form that keys use.
    package var description: String {
        [words.0, words.1, words.2, words.3].map(HexText.sixteenDigits).joined()
    }
}

/// The public name of a session: 32 hexadecimal digits.
package struct SessionID: Sendable, Hashable, CustomStringConvertible {
    package let words: (UInt64, UInt64)

    package init(words: (UInt64, UInt64)) { self.words = words }

    /// Nil unless `text` is 32 hexadecimal digits in lower case.
    package init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ !(0x41...0x5A).contains($0) }),
            let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16),
            !text.contains("+"), !text.contains("-")
        else { return nil }
        words = (high, low)
    }

    package static func == (left: SessionID, right: SessionID) -> Bool { left.words == right.words }
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
    package var description: String { HexText.sixteenDigits(words.0) + HexText.sixteenDigits(words.1) }
}

/// Fixed-width hexadecimal.
package enum HexText {
    package static func sixteenDigits(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// A session as the store keeps it. What identifies the user is copied from the account when the
/// session begins, so that a request costs one look-up; any change of privilege ends the session.
///
/// A session is handed along several times a request, so what never changes while it lives is one shared
/// object, and a copy costs one reference.
///
/// An API key is met as a session too, because a request must know the same of either: one that nobody logged
/// in to, that has no idle end, and whose `key` says what it may be used for.
package struct Session: Sendable, Hashable {
    private let fixed: Fixed
    package var lastUsedAt: Timestamp

    package var digest: SessionDigest { fixed.digest }
    package var user: UserID { fixed.user }
    package var email: EmailAddress { fixed.email }
    package var isAdmin: Bool { fixed.isAdmin }
    package var createdAt: Timestamp { fixed.createdAt }
    /// The end that no use postpones.
    package var expiresAt: Timestamp { fixed.expiresAt }
    /// The address that logged in, as text.
    package var address: String { fixed.address }
    /// The `User-Agent` that logged in, at most 256 bytes, control characters dropped.
    package var userAgent: String { fixed.userAgent }
    /// What the API key allows that stands for it; nil where somebody logged in.
    package var key: KeyGrant? { fixed.key }

    package init(
        digest: SessionDigest, user: UserID, email: EmailAddress, isAdmin: Bool, createdAt: Timestamp,
        lastUsedAt: Timestamp, expiresAt: Timestamp, address: String, userAgent: String, key: KeyGrant? = nil
    ) {
        fixed = Fixed(
            digest: digest, user: user, email: email, isAdmin: isAdmin, createdAt: createdAt,
            expiresAt: expiresAt, address: address, userAgent: userAgent, key: key)
        self.lastUsedAt = lastUsedAt
    }

    /// The same session, over at `end` at the latest, and used until then.
    func ending(by end: Timestamp) -> Session {
        let end = min(expiresAt, end)
        return Session(
            digest: digest, user: user, email: email, isAdmin: isAdmin, createdAt: createdAt,
            lastUsedAt: end, expiresAt: end, address: address, userAgent: userAgent, key: key)
    }

    /// The same session under a new token: it lasts no longer than it did.
    package func renewed(under token: SessionToken, at now: Timestamp) -> Session {
        Session(
            digest: token.digest, user: user, email: email, isAdmin: isAdmin, createdAt: createdAt,
            lastUsedAt: now, expiresAt: expiresAt, address: address, userAgent: userAgent)
    }

    private final class Fixed: Sendable, Hashable {
        let digest: SessionDigest
        let user: UserID
        let email: EmailAddress
        let isAdmin: Bool
        let createdAt: Timestamp
        let expiresAt: Timestamp
        let address: String
        let userAgent: String
        let key: KeyGrant?

        init(
            digest: SessionDigest, user: UserID, email: EmailAddress, isAdmin: Bool, createdAt: Timestamp,
            expiresAt: Timestamp, address: String, userAgent: String, key: KeyGrant?
        ) {
            self.digest = digest
            self.user = user
            self.email = email
            self.isAdmin = isAdmin
            self.createdAt = createdAt
            self.expiresAt = expiresAt
            self.address = address
            self.userAgent = userAgent
            self.key = key
        }

        static func == (left: Fixed, right: Fixed) -> Bool {
            left === right
                || (left.digest == right.digest && left.user == right.user && left.email == right.email
                    && left.isAdmin == right.isAdmin && left.createdAt == right.createdAt
                    && left.expiresAt == right.expiresAt && left.address == right.address
                    && left.userAgent == right.userAgent && left.key == right.key)
        }

        func hash(into hasher: inout Hasher) { hasher.combine(digest) }
    }
}

/// How long sessions live and how many a user may have.
package struct SessionPolicy: Sendable, Hashable {
    /// A session that is not used for this long is over.
    package var idleTimeout: Duration
    /// A session is over this long after login whatever happens.
    package var absoluteTimeout: Duration
    /// Sessions a user; when one more begins, the one that began first ends.
    package var perUser: Int
    /// How long a worker may serve a session from memory while the store is away.
    package var cache: Duration
    /// Last use is written at most this often.
    package var touchInterval: Duration
    /// How long a token that was replaced is still good.
    package var rotationGrace: Duration

    package init(
        idleTimeout: Duration = .seconds(30 * 60), absoluteTimeout: Duration = .seconds(12 * 3600),
        perUser: Int = 100, cache: Duration = .seconds(2), touchInterval: Duration = .seconds(60),
        rotationGrace: Duration = .seconds(10)
    ) {
        self.idleTimeout = idleTimeout
        self.absoluteTimeout = absoluteTimeout
        self.perUser = perUser
        self.cache = cache
        self.touchInterval = touchInterval
        self.rotationGrace = rotationGrace
    }

    /// Whether `session` counts at `now`.
    package func isLive(_ session: Session, at now: Timestamp) -> Bool {
        now < session.expiresAt
            && (now < session.lastUsedAt + idleTimeout + touchInterval || session.key != nil)
    }
}

/// Who a request speaks for, once its credential has been checked.
package struct Principal: Sendable, Hashable {
    package enum Credential: Sendable, Hashable {
        case cookie, bearer
        /// An API key, shown as a bearer token.
        case key
    }

    package var session: Session
    package var credential: Credential

    package init(session: Session, credential: Credential) {
        self.session = session
        self.credential = credential
    }

    package var user: UserID { session.user }
    package var isAdmin: Bool { session.isAdmin }
}
