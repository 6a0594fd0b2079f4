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
            guard let ended = try await AccountEnd.disable(account, in: store) else {
                throw CommandFailure.refused("there is no account \(email)")
            }
            return ended
        }
        print("disabled \(email); sessions ended: \(ended.sessions)")
    }
}
