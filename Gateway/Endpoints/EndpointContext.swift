package import GatewayCore
package import Logging
package import ServiceCore

/// What the endpoints of one event loop work with. Made once a loop and used on it alone; only the store is
/// bound to the loop, the rest may be shared.
package struct EndpointContext {
    package var store: any GatewayStore
    package var passwords: PasswordService
    package var passwordPolicy: PasswordPolicy
    package var isRegistrationOpen: Bool
    package var sessionPolicy: SessionPolicy
    package var keyPolicy: KeyPolicy
    package var lockoutPolicy: LockoutPolicy
    /// How long ago a session may have begun for what takes a fresh login.
    package var freshness: Duration
    /// The devices that are known by their cookies.
    let devices: DeviceRecognition
    package var secondFactor: SecondFactorPolicy
    /// The states of every policy that counts by what is asked.
    package var limitFinds: (LimitQuestion) -> [LimitFind]
    /// Names of the policies that stand between an address and logging in.
    package var loginPolicies: Set<String>
    /// Every policy as it is now.
    package var limitPolicies: () -> [PolicyDescription]
    /// Asks the store's server how it is.
    package var storeHealth: nonisolated(nonsending) () async throws(StoreFault) -> StoreHealth
    /// Where a browser goes after logging in when it came from nowhere: a local path.
    package var home: LocalPath
    /// The public halves of this worker's own signing keys.
    package var ownKeys: @Sendable () -> [JSONWebKey]
    /// Whether this worker can serve requests now. Must answer within a second.
    package var isReady: nonisolated(nonsending) () async -> Bool
    /// Told how each password fared that was checked, for the metrics.
    package var onCredentialCheck: (CredentialTally.Outcome) -> Void
    /// Takes a security event, to log it and to keep it. Returns at once, whatever becomes of it.
    package var audit: (AuditEvent) -> Void
    package var logger: Logger

    package static let usualFreshness = Duration.seconds(15 * 60)

    package init(
        store: any GatewayStore, passwords: PasswordService, passwordPolicy: PasswordPolicy = .standard,
        sessionPolicy: SessionPolicy = .init(), keyPolicy: KeyPolicy = .init(),
        lockoutPolicy: LockoutPolicy = .init(), freshness: Duration = Self.usualFreshness,
        secondFactor: SecondFactorPolicy = .init(),
        limitFinds: @escaping (LimitQuestion) -> [LimitFind] = { _ in [] },
        loginPolicies: Set<String> = [],
        limitPolicies: @escaping () -> [PolicyDescription] = { [] },
        storeHealth: nonisolated(nonsending) @escaping () async throws(StoreFault) -> StoreHealth = {
            () async throws(StoreFault) in StoreHealth(latency: 0, servers: [])
        },
        home: LocalPath = .root, ownKeys: @escaping @Sendable () -> [JSONWebKey],
        isReady: nonisolated(nonsending) @escaping () async -> Bool,
        isRegistrationOpen: Bool = false,
        onCredentialCheck: @escaping (CredentialTally.Outcome) -> Void = { _ in },
        audit: @escaping (AuditEvent) -> Void, logger: Logger
    ) {
        self.store = store
        self.passwords = passwords
        self.passwordPolicy = passwordPolicy
        self.isRegistrationOpen = isRegistrationOpen
        self.sessionPolicy = sessionPolicy
        self.keyPolicy = keyPolicy
        self.lockoutPolicy = lockoutPolicy
        self.freshness = freshness
        devices = DeviceRecognition()
        self.secondFactor = secondFactor
        self.limitFinds = limitFinds
        self.loginPolicies = loginPolicies
        self.limitPolicies = limitPolicies
        self.storeHealth = storeHealth
        self.home = home
        self.ownKeys = ownKeys
        self.isReady = isReady
        self.onCredentialCheck = onCredentialCheck
        self.audit = audit
        self.logger = logger
    }

    /// Asks the store; a fault is the gateway's, so it becomes 503 `store-unavailable` and never the
    /// client's.
    func asking<Answer>(
        _ question: nonisolated(nonsending) (any GatewayStore) async throws(StoreFault) -> Answer
    ) async throws(Refusal) -> Answer {
        do throws(StoreFault) {
            return try await question(store)
        } catch {
            // Absence is logged by whoever watches the connection; an answer that makes no sense only here.
            if case .unexpected(let what) = error {
                logger.error("the store gave an answer that it should not", metadata: ["what": "\(what)"])
            }
            throw .storeUnavailable
        }
    }

    /// Hashes a new password; `overloaded` where too many wait.
    func hashed(_ password: Password) async throws(Refusal) -> PasswordHash {
        do throws(HashingFault) {
            return try await passwords.hash(password)
        } catch {
            throw .overloaded()
        }
    }
}
