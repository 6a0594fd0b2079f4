import ArgumentParser
import GatewayCore

/// `fillgate user enable EMAIL`.
struct UserEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a disabled account log in again.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument

    func run() async throws {
        let email = try user.address()
        let settings = try file.settings()
        try await AdminStore.run(settings) { store in
            let account = try await store.required(email)
            guard try await store.setActive(true, of: account.id) else {
                throw CommandFailure.refused("there is no account \(email)")
            }
            await AuditNote(settings).note(.accountEnabled, of: account, in: store)
        }
        print("enabled \(email)")
    }
}
