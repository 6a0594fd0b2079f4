import ArgumentParser
import GatewayCore

/// `fillgate lockouts`.
struct LockoutsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockouts",
        abstract: "Show who and which addresses are locked, since when, until when, after how many failures.")

    @OptionGroup var file: ConfigurationFile
    @Flag(help: "Write JSON.") var json = false
    @Option(help: ArgumentHelp("Show at most so many.", valueName: "count")) var limit = 1_000

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
    }

    func run() async throws {
        let limit = limit
        let locks = try await AdminStore.run(try file.settings()) { store in
            try await store.lockouts(limit: limit)
        }
        let rows = locks.reversed().map(Row.init)
        print(json ? try Listing.json(rows) : Listing.table(Row.titles, rows.map(\.cells)))
    }

    private struct Row: Encodable {
        var reason: String
        var email: String?
        var address: String?
        var since: String
        /// Nil until the owner logs in from a known device or an administrator unlocks.
        var until: String?
        var failures: Int

        init(_ lock: Lockout) {
            reason = lock.reason.rawValue
            email = lock.email?.text
            address = lock.address?.description
            since = Listing.time(lock.since)
            until = lock.until.map(Listing.time)
            failures = lock.failures
        }

        static let titles = ["EMAIL", "ADDRESS", "LOCK", "SINCE", "UNTIL", "FAILURES"]
        var cells: [String] {
            [
                Listing.printable(email ?? "-"), address ?? "-", reason, since, until ?? "-",
                String(failures),
            ]
        }
    }
}
