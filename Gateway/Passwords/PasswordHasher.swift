package import GatewayCore

/// Hashing with one current scheme and verifying hashes of any that is known. Synchronous: it takes its time
/// on the calling thread, so callers on an event loop go through `HashingPool`.
package struct PasswordHasher: Sendable {
    /// The scheme of new hashes.
    package let scheme: PasswordScheme
    /// A real hash of 32 random bytes that nobody kept.
    package let dummy: PasswordHash
    /// The schemes that stored hashes have.
    package let held: HeldSchemes

    /// Makes the dummy hash, so it costs one hash. Throws `failed` where the scheme cannot be computed on
    /// this machine, which is better known at start-up than at the first login.
    package init(scheme: PasswordScheme, held: HeldSchemes = HeldSchemes()) throws(HashingFault) {
        self.scheme = scheme
        self.held = held
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
        return !isAsNew(read)
    }

    /// Checks `password` against `stored`, as `PasswordService.verify` promises: one hash with each scheme that
    /// the store holds, in an order that does not depend on the account, and one with the current scheme at the
    /// end. The one that the stored hash has is the check; the others are computed and thrown away. So
    /// whoever measures learns which schemes this gateway's accounts have, and nothing about any one account.
    ///
    /// The current hash is the check itself, or it is the replacement if the password was right. A hash that is
    /// `unusable` costs the same.
    package func verify(
        _ password: Password, against stored: PasswordHash
    ) throws(HashingFault) -> PasswordVerdict {
        let read: StoredHash?
        let fault: UnusableHash?
        do throws(UnusableHashError) {
            (read, fault) = (try StoredHash(stored), nil)
        } catch {
            (read, fault) = (nil, error.reason)
        }
        var isSame = false
        for scheme in steps(for: read?.scheme) {
            let mine = read.flatMap { $0.scheme == scheme ? $0 : nil }
            let stand = scheme.stand
            let digest = try KeyDerivation.digest(
                of: password, salt: mine?.salt ?? stand.salt, stored: scheme,
                length: mine?.digest.count ?? stand.digestLength)
            if let mine { isSame = digest.map { KeyDerivation.areEqual($0, mine.digest) } ?? false }
        }
        let mine = read.flatMap { $0.scheme == .own(scheme) ? $0 : nil }
        let salt = Self.randomBytes(PasswordScheme.saltLength)
        let digest = try KeyDerivation.digest(
            of: password, salt: mine?.salt ?? salt, scheme: scheme,
            length: mine?.digest.count ?? PasswordScheme.digestLength)
        if let fault { return .unusable(fault) }
        guard let mine else {
            let replacement = PasswordHash(encoded: scheme.encoding(salt: salt, digest: digest))
            return isSame ? .matches(replacement: replacement) : .differs
        }
        guard KeyDerivation.areEqual(digest, mine.digest) else { return .differs }
        // Of the current scheme but written by somebody else. Who knows the password may wait once more.
        return .matches(replacement: isAsNew(mine) ? nil : try hash(password))
    }

    /// What every check computes besides a current hash.
    package var otherSchemes: [StoredScheme] { steps(for: nil) }

    /// What is computed before the current scheme for a hash of `scheme`: what the store holds, and the scheme
    /// itself where that is not known yet.
    func steps(for scheme: StoredScheme?) -> [StoredScheme] {
        let current = StoredScheme.own(self.scheme)
        var steps = held.all.filter { $0 != current }
        if let scheme, scheme != current, !steps.contains(scheme) { steps.append(scheme) }
        return steps
    }

    private func isAsNew(_ stored: StoredHash) -> Bool {
        stored.scheme == .own(scheme) && stored.salt.count == PasswordScheme.saltLength
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
