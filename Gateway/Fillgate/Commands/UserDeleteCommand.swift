import ArgumentParser
import GatewayCore

/// `fillgate user delete EMAIL`.
struct UserDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an account and end its sessions and API keys.",
        discussion: "What the account made in services behind the gateway stays there.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument

    func run() async throws {
        let email = try user.address()
        let ended = try await AdminStore.run(try file.settings()) { store in
            let account = try await store.required(email)
            // First the account: no session can begin between the two.
            guard try await store.delete(account.id) else {
                throw CommandFailure.refused("there is no account \(email)")
            }
            _ = try await store.endKeys(of: account.id, having: nil)
            return try await store.endAll(of: account.id, except: nil)
        }
        print("deleted \(email); sessions ended: \(ended)")
    }
}
