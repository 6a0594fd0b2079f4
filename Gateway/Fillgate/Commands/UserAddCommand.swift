import ArgumentParser
import GatewayCore

/// `fillgate user add EMAIL`.
struct UserAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Make an account.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument
    @Flag(help: "Make an administrator.") var admin = false
    @Flag(help: "Read the password from the first line of standard input.") var passwordStdin = false

    func run() async throws {
        let settings = try file.settings()
        let email = try user.address()
        let password = try PasswordInput.newPassword(fromStandardInput: passwordStdin)
        let account = try Accounts.make(email, password: password, isAdmin: admin, settings)
        try await AdminStore.run(settings) { store in
            guard try await store.create(account) == .created else {
                throw CommandFailure.refused("there is an account \(email) already")
            }
            await AuditNote(settings).note(
                .accountCreated, of: account, reason: account.isAdmin ? "admin" : nil, in: store)
        }
        print("added \(admin ? "administrator" : "user") \(email)")
    }
}
