import ArgumentParser
import GatewayCore
import GatewayProxy

/// `fillgate user set-password EMAIL`.
struct UserSetPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-password", abstract: "Give an account a new password and end its sessions.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument
    @Flag(help: "Read the password from the first line of standard input.") var passwordStdin = false

    func run() async throws {
        let settings = try file.settings()
        let email = try user.address()
        let password = try PasswordInput.newPassword(fromStandardInput: passwordStdin)
        let hash = try Accounts.hash(password, for: email, settings)
        let ended = try await AdminStore.run(settings) { store in
            let account = try await store.required(email)
            guard try await store.setPassword(hash, of: account.id, replacing: nil, at: Clock.now) else {
                throw CommandFailure.refused("there is no account \(email)")
            }
            _ = try await store.forgetDevices(of: email)
            let ended = try await store.endAll(of: account.id, except: nil)
            await AuditNote(settings).note(
                .passwordChanged, of: account, reason: "by-operator", ending: ended, in: store)
            return ended
        }
        print("changed the password of \(email); sessions ended: \(ended)")
    }
}
