import ArgumentParser
import GatewayCore

/// `fillgate sessions`.
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "See and end sessions.",
        subcommands: [SessionsListCommand.self, SessionsRevokeCommand.self])
}

/// `fillgate sessions list EMAIL`.
struct SessionsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a user's live sessions.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let email = try user.address()
        let sessions = try await AdminStore.run(try file.settings()) { store in
            try await store.list(of: store.required(email).id)
        }
        let rows = sessions.map(Row.init)
        print(json ? try Listing.json(rows) : Listing.table(Row.titles, rows.map(\.cells)))
    }

    private struct Row: Encodable {
        var id: String
        var createdAt: String
        var lastUsedAt: String
        var expiresAt: String
        var address: String
        var userAgent: String

        init(_ session: Session) {
            id = session.digest.sessionID.description
            createdAt = Listing.time(session.createdAt)
            lastUsedAt = Listing.time(session.lastUsedAt)
            expiresAt = Listing.time(session.expiresAt)
            address = session.address
            userAgent = session.userAgent
        }

        static let titles = ["ID", "CREATED", "LAST USED", "ENDS", "ADDRESS", "USER AGENT"]
        var cells: [String] {
            [id, createdAt, lastUsedAt, expiresAt, Listing.printable(address), Listing.printable(userAgent)]
        }
    }
}
