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
        let ended = try await AdminStore.run(try file.settings()) { store in
            let account = try await store.required(email)
            guard try await store.setActive(false, of: account.id) else {
                throw CommandFailure.refused("there is no account \(email)")
            }
            _ = try await store.endKeys(of: account.id, having: nil)
            return try await store.endAll(of: account.id, except: nil)
        }
        print("disabled \(email); sessions ended: \(ended)")
    }
}
