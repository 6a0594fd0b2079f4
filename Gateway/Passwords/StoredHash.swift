package import GatewayCore

/// A stored hash, read: the scheme and cost that it names, its salt and its digest.
struct StoredHash {
    var scheme: StoredScheme
    /// As the scheme takes it: bytes, or bcrypt's 22 characters.
    var salt: [UInt8]
    /// As the scheme gives it: bytes, or bcrypt's 31 characters.
    var digest: [UInt8]

    /// Lengths that a stored hash may have, in bytes: what the schemes allow and hashes of others have.
    static let saltLengths = 8...64
    static let digestLengths = 16...64

    /// Reads what `PasswordScheme` writes, `$argon2id$v=19$m=…,t=…,p=…$…` and `$scrypt$ln=…,r=…,p=…$…`, and what
    /// accounts are imported with: bcrypt (`$2a$`, `$2b$`, `$2y$`) and Werkzeug's `scrypt:N:r:p$…` and
    /// `pbkdf2:DIGEST:ITERATIONS$…`.
    init(_ hash: PasswordHash) throws(UnusableHashError) {
        let text = hash.encoded
        guard text.utf8.count <= PHCString.longest else { throw .malformed }
        if text.hasPrefix("$argon2id$") || text.hasPrefix("$scrypt$") {
            self = try Self.phc(text)
        } else if ["$2a$", "$2b$", "$2y$"].contains(where: text.hasPrefix) {
            self = try Self.bcrypt(text)
        } else if text.hasPrefix("scrypt:") || text.hasPrefix("pbkdf2:") {
            self = try Self.werkzeug(text)
        } else {
            throw .unsupported
        }
    }

    init(scheme: StoredScheme, salt: [UInt8], digest: [UInt8]) {
        self.scheme = scheme
        self.salt = salt
        self.digest = digest
    }

    private static func phc(_ text: String) throws(UnusableHashError) -> StoredHash {
        guard let phc = PHCString(text), saltLengths.contains(phc.salt.count),
            digestLengths.contains(phc.digest.count)
        else { throw .malformed }
        return StoredHash(scheme: .own(try scheme(of: phc)), salt: phc.salt, digest: phc.digest)
    }

    private static func scheme(of phc: PHCString) throws(UnusableHashError) -> PasswordScheme {
        if phc.id == "argon2id" {
            guard let values = phc.values(of: "m", "t", "p") else { throw .malformed }
            // Version 16 is the draft of 2015; absent means it.
            guard phc.version == 19 else { throw .unsupported }
            guard let cost = Argon2Parameters(memoryKiB: values[0], passes: values[1], lanes: values[2])
            else { throw .tooCostly }
            return .argon2id(cost)
        }
        guard phc.version == nil, let values = phc.values(of: "ln", "r", "p") else { throw .malformed }
        guard let cost = ScryptParameters(logN: values[0], r: values[1], p: values[2]) else {
            throw .tooCostly
        }
        return .scrypt(cost)
    }
}

/// Why a stored hash cannot be checked.
struct UnusableHashError: Error {
    var reason: UnusableHash

    static let unsupported = UnusableHashError(reason: .unsupported)
    static let malformed = UnusableHashError(reason: .malformed)
    static let tooCostly = UnusableHashError(reason: .tooCostly)
}

/// Hashes that others have made, before they are taken over.
package enum ImportedHash {
    /// Why `hash` could not be checked; nil when it can be.
    package static func fault(in hash: PasswordHash) -> UnusableHash? {
        do throws(UnusableHashError) {
            _ = try StoredHash(hash)
            return nil
        } catch {
            return error.reason
        }
    }
}
