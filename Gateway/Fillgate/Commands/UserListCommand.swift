import ArgumentParser
import GatewayCore

/// `fillgate user list`.
struct UserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List all accounts.")

    @OptionGroup var file: ConfigurationFile
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let accounts = try await AdminStore.run(try file.settings()) { store in
            var accounts: [UserID: Account] = [:]
            var cursor: String?
            repeat {
                let page = try await store.page(after: cursor)
                for account in page.accounts { accounts[account.id] = account }
                cursor = page.cursor
            } while cursor != nil
            return Array(accounts.values)
        }
        let rows = accounts.sorted { $0.email.text < $1.email.text }.map(UserRow.init)
        print(json ? try Listing.json(rows) : Listing.table(UserRow.titles, rows.map(\.cells)))
    }
}
