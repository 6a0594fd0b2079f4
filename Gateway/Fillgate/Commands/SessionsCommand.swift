import ArgumentParser
import GatewayCore

/// `fillgate sessions`.
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "See and end a user's sessions.",
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

/// `fillgate sessions revoke EMAIL --all | --id ID`.
struct SessionsRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End one session of a user, or all.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument
    @Flag(help: "End all of them.") var all = false
    @Option(help: ArgumentHelp("End this one, named as 'sessions list' does.", valueName: "id")) var id:
        String?

    func run() async throws {
        let email = try user.address()
        if all == (id != nil) { throw CommandFailure.usage("give one of --all and --id ID") }
        let session = id.flatMap(SessionID.init)
        if let id, session == nil { throw CommandFailure.usage("'\(id)' is not the ID of a session") }
        let settings = try file.settings()
        let note = AuditNote(settings)
        let ended = try await AdminStore.run(settings) { store in
            let account = try await store.required(email)
            guard let session else {
                let ended = try await store.endAll(of: account.id, except: nil)
                await note.note(
                    .sessionRevoked, of: .init(account), reason: "all", count: ended, in: store)
                return ended
            }
            guard try await store.end(session, of: account.id) else {
                throw CommandFailure.refused("\(email) has no session \(session)")
            }
            await note.note(.sessionRevoked, of: .init(account), session: session, in: store)
            return 1
        }
        print("sessions ended: \(ended)")
    }
}
