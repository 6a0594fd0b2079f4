import ArgumentParser
import GatewayCore

/// `fillgate key`.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make, see and revoke API keys.",
        subcommands: [KeyCreateCommand.self, KeyListCommand.self, KeyRevokeCommand.self])
}

/// A key as listings show it.
struct KeyRow: Encodable {
    var id: String
    var name: String
    var scopes: [String]
    var addresses: [String]
    var createdAt: String
    var lastUsedAt: String?
    var expiresAt: String

    init(_ key: APIKey) {
        id = key.id.description
        name = key.grant.name
        scopes = key.grant.scopes.names
        addresses = key.grant.addresses.map(\.description)
        createdAt = Listing.time(key.createdAt)
        lastUsedAt = key.lastUsedAt.map(Listing.time)
        expiresAt = Listing.time(key.expiresAt)
    }

    static let titles = ["ID", "NAME", "SCOPES", "CREATED", "LAST USED", "ENDS", "ADDRESSES"]
    var cells: [String] {
        [
            id, Listing.printable(name), scopes.joined(separator: " "), createdAt, lastUsedAt ?? "never",
            expiresAt, addresses.isEmpty ? "any" : addresses.joined(separator: " "),
        ]
    }
}

/// `fillgate key list EMAIL`.
struct KeyListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List a user's API keys.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let email = try user.address()
        let keys = try await AdminStore.run(try file.settings()) { store in
            try await store.apiKeys(of: store.required(email).id)
        }
        let rows = keys.map(KeyRow.init)
        print(json ? try Listing.json(rows) : Listing.table(KeyRow.titles, rows.map(\.cells)))
    }
}

/// `fillgate key revoke EMAIL --all | --id ID`.
struct KeyRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End one API key of a user, or all.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument
    @Flag(help: "End all of them.") var all = false
    @Option(help: ArgumentHelp("End this one, named as 'key list' does.", valueName: "id")) var id: String?

    func run() async throws {
        let email = try user.address()
        if all == (id != nil) { throw CommandFailure.usage("give one of --all and --id ID") }
        let key = id.flatMap(SessionID.init)
        if let id, key == nil { throw CommandFailure.usage("'\(id)' is not the ID of an API key") }
        let settings = try file.settings()
        let note = AuditNote(settings)
        let ended = try await AdminStore.run(settings) { store in
            let account = try await store.required(email)
            guard let key else {
                let ended = try await store.endKeys(of: account.id, having: nil)
                await note.note(.keyRevoked, of: .init(account), reason: "all", count: ended, in: store)
                return ended
            }
            guard try await store.endKey(key, of: account.id) else {
                throw CommandFailure.refused("\(email) has no API key \(key)")
            }
            await note.note(.keyRevoked, of: .init(account), session: key, in: store)
            return 1
        }
        print("keys ended: \(ended)")
    }
}
