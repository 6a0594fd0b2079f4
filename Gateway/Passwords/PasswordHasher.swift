package import GatewayCore

/// Hashing with one current scheme and verifying hashes of any that is known. Synchronous: it takes its time
/// on the calling thread, so callers on an event loop go through `HashingPool`.
package struct PasswordHasher: Sendable {
    /// The scheme of new hashes.
    package let scheme: PasswordScheme
    /// A real hash of 32 random bytes that nobody kept.
    package let dummy: PasswordHash

    /// Makes the dummy hash, so it costs one hash. Throws `failed` where the scheme cannot be computed on
    /// this machine, which is better known at start-up than at the first login.
    package init(scheme: PasswordScheme) throws(HashingFault) {
        self.scheme = scheme
        let nobodys = Password(SecretBytes(copying: Self.randomBytes(32).map { $0 & 0x7F }))
        guard let nobodys else { throw .failed }
        dummy = try Self.hash(nobodys, with: scheme)
    }

    package func hash(_ password: Password) throws(HashingFault) -> PasswordHash {
        try Self.hash(password, with: scheme)
    }

    /// Whether `stored` has another scheme, cost or length than a new hash would.
    package func needsRehash(_ stored: PasswordHash) -> Bool {
        guard let read = try? StoredHash(stored) else { return true }
        return !isCurrent(read)
    }

    /// Checks `password` against `stored`, as `PasswordService.verify` promises: a current hash is always
    /// computed, either as the check itself or after it. In the second case it is the replacement if the
    /// password was right and thrown away if not, so the two cost the same.
    package func verify(
        _ password: Password, against stored: PasswordHash
    ) throws(HashingFault) -> PasswordVerdict {
        let read: StoredHash
        do {
            read = try StoredHash(stored)
        } catch {
            _ = try hash(password)
            return .unusable(error.reason)
        }
        let digest = try KeyDerivation.digest(
            of: password, salt: read.salt, scheme: read.scheme, length: read.digest.count)
        let isSame = KeyDerivation.areEqual(digest, read.digest)
        guard !isCurrent(read) else { return isSame ? .matches(replacement: nil) : .differs }
        let replacement = try hash(password)
        return isSame ? .matches(replacement: replacement) : .differs
    }

    private func isCurrent(_ stored: StoredHash) -> Bool {
        stored.scheme == scheme && stored.salt.count == PasswordScheme.saltLength
            && stored.digest.count == PasswordScheme.digestLength
    }

    private static func hash(
        _ password: Password, with scheme: PasswordScheme
    ) throws(HashingFault) -> PasswordHash {
        let salt = randomBytes(PasswordScheme.saltLength)
        let digest = try KeyDerivation.digest(
            of: password, salt: salt, scheme: scheme, length: PasswordScheme.digestLength)
        return PasswordHash(encoded: scheme.encoding(salt: salt, digest: digest))
    }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
