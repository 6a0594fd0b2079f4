import GatewayCore
import GatewayPasswords
import GatewayProxy
import ServiceCore

/// Making accounts and their passwords outside of the gateway's endpoints.
enum Accounts {
    /// A new, active account whose password has passed the policy.
    static func make(
        _ email: EmailAddress, password: String, isAdmin: Bool, _ settings: Settings
    ) throws(CommandFailure) -> Account {
        try new(email, hash(password, for: email, settings), isAdmin: isAdmin, at: Clock.now)
    }

    /// A new, active account with a fresh ID.
    static func new(
        _ email: EmailAddress, _ hash: PasswordHash, isAdmin: Bool, at now: Timestamp
    ) throws(CommandFailure) -> Account {
        var generator = SystemRandomNumberGenerator()
        let random = (generator.next() as UInt64, generator.next() as UInt64)
        let minted = RequestID(unixMilliseconds: now.milliseconds, random: random)
        guard let id = UserID(minted.description) else { throw .refused("no ID could be made") }
        return Account(
            id: id, email: email, passwordHash: hash, isActive: true, isAdmin: isAdmin, createdAt: now,
            passwordChangedAt: now)
    }

    /// The hash of a new password, in the scheme of the settings; refused where the password policy does.
    static func hash(
        _ text: String, for email: EmailAddress, _ settings: Settings
    ) throws(CommandFailure) -> PasswordHash {
        let password = Password(text)
        if let fault = settings.login.passwordPolicy.fault(in: password, for: email) {
            throw .refused("the password \(fault.sentence)")
        }
        do throws(HashingFault) {
            return try PasswordHasher(scheme: settings.login.hash.passwordScheme).hash(password)
        } catch {
            throw .refused("the password could not be hashed; is there memory enough?")
        }
    }
}
