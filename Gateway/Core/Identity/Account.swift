import ServiceCore

/// The lasting name of a user: a UUIDv7 in lower case, given when the account is made, never reused.
package struct UserID: Sendable, Hashable, Codable, CustomStringConvertible {
    package let text: String

    /// Nil unless `text` is 1 to 64 characters of `a-z 0-9 -`.
    package init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard isPlain, (1...64).contains(text.utf8.count) else { return nil }
        self.text = text
    }

    /// A fresh one.
    package static func minted(at now: Timestamp) -> UserID {
        var generator = SystemRandomNumberGenerator()
        let random: (UInt64, UInt64) = (generator.next(), generator.next())
        return UserID(
            wellFormed: RequestID(unixMilliseconds: now.milliseconds, random: random).description)
    }

    private init(wellFormed text: String) { self.text = text }

    package var description: String { text }
}

/// An address as accounts are looked up by it: trimmed, in NFC, in lower case.
///
/// Whatever a caller types into the user-name field becomes one of these or is refused before it
/// counts for anything, so that `Alice@Example.com ` and `alice@example.com` share one set of counters.
package struct EmailAddress: Sendable, Hashable, Codable, CustomStringConvertible {
    package let text: String

    /// Nil unless there is one `@` with something on both sides, no white space or control character,
    /// and at most 254 bytes (RFC 5321 §4.5.3.1).
    package init?(_ typed: String) {
        let folded = Self.folded(typed)
        let parts = folded.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, folded.utf8.count <= 254,
            !folded.unicodeScalars.contains(where: {
                $0.properties.isWhitespace || $0.properties.generalCategory == .control
            })
        else { return nil }
        text = folded
    }

    package var description: String { text }

    /// Swift compares strings by canonical equivalence but stores what it was given, so the bytes that
    /// become a key are normalised here, once.
    private static func folded(_ typed: String) -> String {
        let trimmed = typed.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return UnicodeText.composed(
            String(String.UnicodeScalarView(String(trimmed).unicodeScalars)).lowercased())
    }
}

/// An account as the store keeps it.
package struct Account: Sendable, Hashable {
    package var id: UserID
    package var email: EmailAddress
    /// A PHC string, or an imported format that the hashers know. Never printed.
    package var passwordHash: PasswordHash
    package var isActive: Bool
    package var isAdmin: Bool
    package var createdAt: Timestamp
    package var passwordChangedAt: Timestamp
    /// What is asked for besides the password; nil: nothing.
    package var secondFactor: SecondFactor?
    /// A secret that was offered and has not been confirmed.
    package var offeredSecret: SealedSecret?
    /// When that is too late to be confirmed.
    package var offerEndsAt: Timestamp?

    package init(
        id: UserID, email: EmailAddress, passwordHash: PasswordHash, isActive: Bool, isAdmin: Bool,
        createdAt: Timestamp, passwordChangedAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.passwordHash = passwordHash
        self.isActive = isActive
        self.isAdmin = isAdmin
        self.createdAt = createdAt
        self.passwordChangedAt = passwordChangedAt
    }
}

extension Account {
    /// Forgets a secret that was offered.
    mutating func forgetOffer() {
        offeredSecret = nil
        offerEndsAt = nil
    }

    /// A new, active account with a fresh ID.
    package static func new(
        _ email: EmailAddress, _ hash: PasswordHash, isAdmin: Bool = false, at now: Timestamp
    ) -> Account {
        Account(
            id: .minted(at: now), email: email, passwordHash: hash, isActive: true, isAdmin: isAdmin,
            createdAt: now, passwordChangedAt: now)
    }
}

/// An encoded password hash. It cannot print itself.
package struct PasswordHash: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    package let encoded: String

    package init(encoded: String) { self.encoded = encoded }

    /// The longest form that is told, in bytes.
    package static let longestForm = 64

    /// What stands before the salt: the scheme and its cost, which decide how long a check takes and say nothing
    /// about the password. `$argon2id$v=19$m=47104,t=1,p=1`, `$2b$12`, `pbkdf2:sha256:600000`; nil for a text
    /// that has no such parts.
    package var form: String? {
        // bcrypt writes salt and digest in one.
        let tail = encoded.hasPrefix("$2") ? 1 : 2
        let fields = encoded.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count > tail else { return nil }
        let form = fields.dropLast(tail).joined(separator: "$")
        return (1...Self.longestForm).contains(form.utf8.count) ? form : nil
    }

    package var description: String { "PasswordHash(redacted)" }
    package var debugDescription: String { description }
}
