import ArgumentParser
import GatewayCore
import GatewayPasswords

/// `fillgate user hashes`.
struct UserHashesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hashes", abstract: "Count the accounts by the scheme and cost of their password hash.",
        discussion: """
            A login computes one hash of each, so that its time says nothing about the account. With --tidy those \
            that no account has any more are forgotten, which every worker follows within seconds.
            """)

    @OptionGroup var file: ConfigurationFile
    @Flag(help: "Forget what no account has any more, and keep what some have.") var tidy = false
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let tidy = tidy
        let (counts, known) = try await AdminStore.run(try file.settings()) { store in
            var counts: [String: Int] = [:]
            try await store.eachPage { page in
                for account in page { counts[account.passwordHash.form ?? Row.other, default: 0] += 1 }
            }
            var known = Set(try await store.passwordForms())
            if tidy {
                let used = Set(counts.keys.filter { StoredScheme(form: $0) != nil })
                try await store.notePasswordForms(used.subtracting(known).sorted())
                try await store.forgetPasswordForms(known.subtracting(used).sorted())
                known = used
            }
            return (counts, known)
        }
        let rows = Set(counts.keys).union(known).sorted().map { form in
            Row(form: form, accounts: counts[form] ?? 0, isComputed: known.contains(form))
        }
        print(json ? try Listing.json(rows) : Listing.table(Row.titles, rows.map(\.cells)))
    }

    private struct Row: Encodable {
        /// What no scheme is read from.
        static let other = "other"

        var form: String
        var accounts: Int
        /// Whether every login computes one.
        var isComputed: Bool

        static let titles = ["HASH", "ACCOUNTS", "EVERY LOGIN COMPUTES ONE"]
        var cells: [String] { [Listing.printable(form), String(accounts), isComputed ? "yes" : "no"] }
    }
}
