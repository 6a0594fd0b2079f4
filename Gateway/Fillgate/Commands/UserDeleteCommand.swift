import ArgumentParser
import GatewayCore

/// `fillgate user delete EMAIL`.
struct UserDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete an account with its sessions, its API keys and its counters of wrong passwords.",
        discussion: "What the account made in services behind the gateway stays there.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument

    func run() async throws {
        let email = try user.address()
        let settings = try file.settings()
        let ended = try await AdminStore.run(settings) { store in
            let account = try await store.required(email)
            guard let ended = try await AccountEnd.delete(account, in: store) else {
                throw CommandFailure.refused("there is no account \(email)")
            }
            await AuditNote(settings).note(.accountDeleted, of: account, ending: ended.sessions, in: store)
            return ended
        }
        print("deleted \(email); sessions ended: \(ended.sessions)")
    }
}
