import GatewayCore

/// The cost of a bcrypt hash: the binary logarithm of its rounds.
package struct BcryptCost: Sendable, Hashable {
    package let log2Rounds: UInt32

    /// From the least that there is to about a second on a machine of 2023.
    package static let bounds: ClosedRange<UInt32> = 4...14

    /// Nil out of bounds.
    package init?(_ log2Rounds: UInt32) {
        guard Self.bounds.contains(log2Rounds) else { return nil }
        self.log2Rounds = log2Rounds
    }
}

/// The digest and the iterations of a PBKDF2 hash (RFC 8018 §5.2).
package struct PBKDF2Parameters: Sendable, Hashable {
    package enum Digest: String, Sendable, Hashable, CaseIterable {
        case sha1, sha256, sha512

        /// Bytes, and as many of a hash made with it.
        var length: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha512: 64
            }
        }
    }

    package let digest: Digest
    package let iterations: UInt32

    /// Up to four times what Werkzeug writes today: about a second with SHA-256 on a machine of 2023.
    package static let iterationBounds: ClosedRange<UInt32> = 1...4_000_000

    /// Nil out of bounds.
    package init?(_ digest: Digest, iterations: UInt32) {
        guard Self.iterationBounds.contains(iterations) else { return nil }
        self.digest = digest
        self.iterations = iterations
    }
}

/// A way in which a stored hash may have been made, by us or by whoever it was imported from. Two hashes with
/// one of these cost the same to check, whatever they are written as.
package enum StoredScheme: Sendable, Hashable {
    /// One that new hashes may have, too.
    case own(PasswordScheme)
    /// bcrypt, as `$2a$`, `$2b$` and `$2y$` mean it today.
    case bcrypt(BcryptCost)
    case pbkdf2(PBKDF2Parameters)

    /// The scheme that `form` names (`PasswordHash.form`); nil where it names none that is known, or one that
    /// costs too much.
    package init?(form: String) {
        // What stands behind the form of a hash decides nothing about its cost.
        let salt = String(repeating: "A", count: 22)
        let tails = [
            "$\(salt)$\(salt)", "$\(salt)\(String(repeating: "A", count: 31))",
            "$\(salt)$\(String(repeating: "0", count: 40))", "$\(salt)$\(String(repeating: "0", count: 64))",
            "$\(salt)$\(String(repeating: "0", count: 128))",
        ]
        let read = tails.lazy.compactMap { try? StoredHash(PasswordHash(encoded: form + $0)) }.first
        guard let read else { return nil }
        self = read.scheme
    }

    /// A salt of its form, and the length of its usual digest: what a computation takes whose outcome nobody looks at.
    var stand: (salt: [UInt8], digestLength: Int) {
        switch self {
        case .own: (Array(repeating: 0x41, count: PasswordScheme.saltLength), PasswordScheme.digestLength)
        case .bcrypt: (Array("abcdefghijklmnopqrstuu".utf8), 31)
        case .pbkdf2(let parameters):
            (Array(repeating: 0x41, count: PasswordScheme.saltLength), parameters.digest.length)
        }
    }
}
