import GatewayCore
import GatewayPasswords
import GatewayProxy

/// Making accounts and their passwords outside of the gateway's endpoints.
enum Accounts {
    /// A new, active account whose password has passed the policy.
    static func make(
        _ email: EmailAddress, password: String, isAdmin: Bool, _ settings: Settings
    ) throws(CommandFailure) -> Account {
        Account.new(email, try hash(password, for: email, settings), isAdmin: isAdmin, at: Clock.now)
    }

    /// The hash of a new password, in the scheme of the settings; refused where the password policy does.
    static func hash(
        _ text: String, for email: EmailAddress, _ settings: Settings
    ) throws(CommandFailure) -> PasswordHash {
        let password = Password(text)
        let list: CommonPasswordList?
        do throws(Complaint) { list = try CommonPasswordFile.load(settings.login.password) } catch {
            throw .refused("login.password.common-list: \(error.message)")
        }
        if let fault = settings.login.passwordPolicy(list).fault(in: password, for: email) {
            throw .refused("the password \(fault.sentence)")
        }
        do throws(HashingFault) {
            return try PasswordHasher(scheme: settings.login.hash.passwordScheme).hash(password)
        } catch {
            throw .refused("the password could not be hashed; is there memory enough?")
        }
    }
}
