import Foundation
import GatewayCore
import GatewayPasswords
import GatewayProxy
import Logging

/// The administrator whom `serve` makes sure of at start: `FILLGATE_ADMIN_EMAIL` with the password in the
/// file that `FILLGATE_ADMIN_PASSWORD_FILE` names.
struct Administrator: Sendable {
    static let emailVariable = "FILLGATE_ADMIN_EMAIL"
    static let passwordVariable = "FILLGATE_ADMIN_PASSWORD_FILE"

    let email: EmailAddress
    let password: Password

    /// Nil where neither variable is set. Refuses one without the other, a file that cannot be read, and a
    /// password that the policy would refuse.
    init?(environment: [String: String], policy: PasswordPolicy) throws(CommandFailure) {
        let typed = environment[Self.emailVariable]
        let file = environment[Self.passwordVariable]
        guard typed != nil || file != nil else { return nil }
        guard let typed, let file else {
            throw .refused("\(Self.emailVariable) and \(Self.passwordVariable) go together; only one is set")
        }
        guard let email = EmailAddress(typed) else {
            throw .refused("\(Self.emailVariable): '\(typed)' is not an e-mail address")
        }
        let text: String
        do throws(Complaint) {
            text = try ConfigEnvironment.secret(inFile: file)
        } catch {
            throw .refused("\(Self.passwordVariable): \(error.message)")
        }
        let password = Password(text)
        if let fault = policy.fault(in: password, for: email) {
            throw .refused("\(Self.passwordVariable): the password \(fault.sentence)")
        }
        self.email = email
        self.password = password
    }

    /// What had to be done.
    enum Outcome: String, Sendable, Hashable {
        case created, updated, unchanged
    }

    /// Makes the account, or gives it the password, the role and its activity, whichever it lacks. Changing
    /// an account ends its sessions.
    func ensure(in store: any GatewayStore, _ passwords: PasswordService) async throws -> Outcome {
        guard let account = try await store.account(with: email) else {
            let hash = try await passwords.hash(password)
            let account = Account.new(email, hash, isAdmin: true, at: Clock.now)
            guard try await store.create(account) == .created else {
                // Another worker was faster; whoever called tries again and finds the account.
                throw StoreFault.unexpected("account: made by another worker at the same moment")
            }
            return .created
        }
        var isChanged = false
        switch try await passwords.verify(password, account.passwordHash) {
        case .matches: break
        case .differs, .unusable:
            let hash = try await passwords.hash(password)
            isChanged = try await store.setPassword(hash, of: account.id, replacing: nil, at: Clock.now)
        }
        if !account.isAdmin { isChanged = try await store.setAdmin(true, of: account.id) || isChanged }
        if !account.isActive { isChanged = try await store.setActive(true, of: account.id) || isChanged }
        guard isChanged else { return .unchanged }
        _ = try await store.endAll(of: account.id, except: nil)
        return .updated
    }
}
