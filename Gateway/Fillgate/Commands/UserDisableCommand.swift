import ArgumentParser
import GatewayCore

/// `fillgate user disable EMAIL`.
struct UserDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Keep an account from logging in and end its sessions and API keys."
    )

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument

    func run() async throws {
        let email = try user.address()
        let settings = try file.settings()
        let ended = try await AdminStore.run(settings) { store in
            let account = try await store.required(email)
            guard let ended = try await AccountEnd.disable(account, in: store) else {
                throw CommandFailure.refused("there is no account \(email)")
            }
            await AuditNote(settings).note(.accountDisabled, of: account, ending: ended.sessions, in: store)
            return ended
        }
        print("disabled \(email); sessions ended: \(ended.sessions)")
    }
}
