import ArgumentParser
import GatewayCore

/// `fillgate user show EMAIL`.
struct UserShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one account.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let email = try user.address()
        let account = try await AdminStore.run(try file.settings()) { store in
            try await store.required(email)
        }
        let row = UserRow(account)
        print(json ? try Listing.json(row) : Listing.table(UserRow.titles, [row.cells]))
    }
}
