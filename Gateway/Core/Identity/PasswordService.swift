/// Hashing and checking passwords, as the endpoints see it. Whoever wires the gateway fills it from
/// `GatewayPasswords`; the endpoints know nothing of schemes and threads.
///
/// Both verbs leave the caller's event loop and come back to it.
package struct PasswordService: Sendable {
    /// Checks a password against a stored hash.
    ///
    /// Costs one hash with the current parameters and one with each other scheme that stored hashes are known to
    /// have, whichever of them this one has and whatever the verdict, so that neither an old nor an imported
    /// hash is answered sooner or later than an account that does not exist.
    package var verify:
        nonisolated(nonsending) @Sendable (Password, PasswordHash) async throws(HashingFault) ->
            PasswordVerdict
    /// Hashes a new password with the current parameters and a fresh salt.
    package var hash: nonisolated(nonsending) @Sendable (Password) async throws(HashingFault) -> PasswordHash
    /// Whether a stored hash has other parameters than the current ones. Costs nothing.
    package var needsRehash: @Sendable (PasswordHash) -> Bool
    /// Whether `verify` and `hash` would be taken now and not be `busy`. Costs nothing; a moment later it may be
    /// otherwise.
    package var hasRoom: @Sendable () -> Bool
    /// A real hash, made when the service was, with the current parameters, of random bytes that nobody kept:
    /// what an attempt is checked against when there is no account, or none that may get in.
    package var dummyHash: PasswordHash

    package init(
        verify:
            nonisolated(nonsending) @escaping @Sendable (Password, PasswordHash) async throws(HashingFault)
            -> PasswordVerdict,
        hash:
            nonisolated(nonsending) @escaping @Sendable (Password) async throws(HashingFault) -> PasswordHash,
        needsRehash: @escaping @Sendable (PasswordHash) -> Bool, hasRoom: @escaping @Sendable () -> Bool,
        dummyHash: PasswordHash
    ) {
        self.verify = verify
        self.hash = hash
        self.needsRehash = needsRehash
        self.hasRoom = hasRoom
        self.dummyHash = dummyHash
    }
}

/// What checking a password against a stored hash tells.
package enum PasswordVerdict: Sendable, Hashable {
    /// It is the password. `replacement` is a hash of it with the current parameters where the stored one has
    /// others.
    case matches(replacement: PasswordHash?)
    case differs
    /// The stored hash cannot be checked at all, so nobody can log in with it until the password is set anew.
    case unusable(UnusableHash)

    package var isMatch: Bool { if case .matches = self { true } else { false } }
}

/// Why a stored hash cannot be checked.
package enum UnusableHash: String, Sendable, Hashable {
    /// Its scheme is not one that this version reads.
    case unsupported
    /// It names a scheme but does not follow its form.
    case malformed
    /// It asks for more memory or time than a stored hash may.
    case tooCostly = "too-costly"

    package var sentence: String {
        switch self {
        case .unsupported:
            "is of a scheme that is not read here: bcrypt ($2a$, $2b$, $2y$), Werkzeug's scrypt: and pbkdf2: "
                + "(sha1, sha256, sha512), and PHC strings of argon2id and scrypt are"
        case .malformed: "does not follow the form of its scheme"
        case .tooCostly: "costs more than a stored hash may"
        }
    }
}

/// Why nothing was hashed. None of these says anything about the password.
package enum HashingFault: Error, Sendable, Hashable {
    /// The queue is full; told at once.
    case busy
    /// It waited in the queue as long as it may.
    case timeout
    /// Whoever asked has gone, and it had not been started; or the pool has been shut down.
    case cancelled
    /// The library failed, most likely for lack of memory.
    case failed
}
