import ArgumentParser
import GatewayCore

/// `fillgate user list`.
struct UserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all accounts, in the order of their addresses.")

    @OptionGroup var file: ConfigurationFile
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let json = json
        try await AdminStore.run(try file.settings()) { store in
            let output = TextOutput(1)
            if json {
                var array = StreamedArray(to: output)
                try await store.eachPage { page in
                    for account in page { try array.add(UserRow(account)) }
                }
                try array.end()
            } else {
                // Once for the widths of the columns, once for the rows. Who comes in between may stick out.
                var table = StreamedTable(UserRow.titles, to: output)
                try await store.eachPage { page in
                    for account in page { table.measure(UserRow(account).cells) }
                }
                try table.begin()
                try await store.eachPage { page in
                    for account in page { try table.add(UserRow(account).cells) }
                }
                try table.end()
            }
        }
    }
}
