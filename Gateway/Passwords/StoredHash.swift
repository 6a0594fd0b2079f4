import GatewayCore

/// A stored hash, read: the scheme and cost that it names, its salt and its digest.
struct StoredHash {
    var scheme: PasswordScheme
    var salt: [UInt8]
    var digest: [UInt8]

    /// Lengths that a stored hash may have, in bytes: what the schemes allow and hashes of others have.
    static let saltLengths = 8...64
    static let digestLengths = 16...64

    /// Reads `$argon2id$v=19$m=…,t=…,p=…$…` and `$scrypt$ln=…,r=…,p=…$…`.
    ///
    /// Formats of other systems (bcrypt's `$2b$`, `scrypt:N:r:p$`, `pbkdf2:`) are `unsupported` until they
    /// are read here. When they are, mind that their cost comes on top of a current hash (see
    /// `PasswordHasher.verify`): an account with an imported hash answers later than one that does not exist, by the cost of the imported one.
    init(_ hash: PasswordHash) throws(UnusableHashError) {
        let isOurs = hash.encoded.hasPrefix("$argon2id$") || hash.encoded.hasPrefix("$scrypt$")
        guard isOurs else { throw UnusableHashError(reason: .unsupported) }
        guard let phc = PHCString(hash.encoded), Self.saltLengths.contains(phc.salt.count),
            Self.digestLengths.contains(phc.digest.count)
        else { throw UnusableHashError(reason: .malformed) }
        scheme = try Self.scheme(of: phc)
        salt = phc.salt
        digest = phc.digest
    }

    private static func scheme(of phc: PHCString) throws(UnusableHashError) -> PasswordScheme {
        if phc.id == "argon2id" {
            guard let values = phc.values(of: "m", "t", "p") else {
                throw UnusableHashError(reason: .malformed)
            }
            // Version 16 is the draft of 2015; absent means it.
            guard phc.version == 19 else { throw UnusableHashError(reason: .unsupported) }
            guard let cost = Argon2Parameters(memoryKiB: values[0], passes: values[1], lanes: values[2])
            else {
                throw UnusableHashError(reason: .tooCostly)
            }
            return .argon2id(cost)
        }
        guard phc.version == nil, let values = phc.values(of: "ln", "r", "p") else {
            throw UnusableHashError(reason: .malformed)
        }
        guard let cost = ScryptParameters(logN: values[0], r: values[1], p: values[2]) else {
            throw UnusableHashError(reason: .tooCostly)
        }
        return .scrypt(cost)
    }
}

struct UnusableHashError: Error {
    var reason: UnusableHash
}
