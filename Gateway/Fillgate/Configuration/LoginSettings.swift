import GatewayCore
import GatewayEndpoints
import GatewayPasswords

struct LoginSettings: Sendable, Hashable {
    enum Registration: String, Sendable, CaseIterable { case closed, open }

    var registration = Registration.closed
    var password = PasswordRules()
    var hash = HashSettings()
    /// Threads that hash; zero: half the processors, at least one.
    var hashWorkers = 0
    /// Logins that may wait for one of them.
    var hashQueue = 64
    var lockout = LockoutPolicy()
    var secondFactor = SecondFactorSettings()
    /// How long ago a session may have begun that makes an API key or ends other sessions.
    var fresh = EndpointContext.usualFreshness

    struct PasswordRules: Sendable, Hashable {
        var minLength = PasswordPolicy.standard.minLength
        var maxLength = PasswordPolicy.standard.maxLength
        /// A file of passwords that nobody may choose; nil: Debian's, where it is.
        var commonList: String?
    }

    /// The standard policy where the lengths are out of bounds, which the check of the settings reports.
    func passwordPolicy(_ commonList: CommonPasswordList?) -> PasswordPolicy {
        (PasswordPolicy(minLength: password.minLength, maxLength: password.maxLength) ?? .standard)
            .with(commonList)
    }

    var hashingPool: HashingPool.Size {
        HashingPool.Size(workers: hashWorkers == 0 ? nil : hashWorkers, queue: hashQueue)
    }
}

/// How new passwords are hashed.
struct HashSettings: Sendable, Hashable {
    enum Scheme: String, Sendable, CaseIterable { case argon2id, scrypt }

    var scheme = Scheme.argon2id
    var argon2id = Argon2id()
    var scrypt = Scrypt()

    struct Argon2id: Sendable, Hashable {
        /// Bytes.
        var memory = Int(Argon2Parameters.standard.memoryKiB) << 10
        var iterations = Int(Argon2Parameters.standard.passes)
        var parallelism = Int(Argon2Parameters.standard.lanes)

        /// Nil for a cost that nobody may ask for, which the check of the settings reports.
        var parameters: Argon2Parameters? {
            Argon2Parameters(
                memoryKiB: UInt32(clamping: memory >> 10), passes: UInt32(clamping: iterations),
                lanes: UInt32(clamping: parallelism))
        }
    }

    struct Scrypt: Sendable, Hashable {
        /// log2 of N.
        var logN = Int(ScryptParameters.standard.logN)
        var blockSize = Int(ScryptParameters.standard.r)
        var parallelism = Int(ScryptParameters.standard.p)

        /// Nil for a cost that nobody may ask for, which the check of the settings reports.
        var parameters: ScryptParameters? {
            ScryptParameters(
                logN: UInt32(clamping: logN), r: UInt32(clamping: blockSize), p: UInt32(clamping: parallelism)
            )
        }
    }

    var passwordScheme: PasswordScheme {
        switch scheme {
        case .argon2id: .argon2id(argon2id.parameters ?? .standard)
        case .scrypt: .scrypt(scrypt.parameters ?? .standard)
        }
    }
}

extension ConfigTable {
    static var fresh: ConfigKey<LoginSettings> {
        .value(
            "fresh", \.fresh, .duration(.seconds(60)...(.seconds(86_400))),
            "Who makes an API key or ends their other sessions over the API has logged in no longer ago than this; "
                + "otherwise the answer is 403 reauthentication-required.")
    }
}
