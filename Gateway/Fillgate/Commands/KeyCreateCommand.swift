import ArgumentParser
import GatewayCore
import GatewayProxy

/// `fillgate key create EMAIL --name NAME --scope SCOPE …`.
struct KeyCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an API key and print its secret, once.",
        discussion: """
            A program sends the key as 'Authorization: Bearer fgk_…'. It speaks for the user: read lets it make \
            requests with a safe method, write all others, and admin, for administrators, in addition what only \
            they may do.
            """)

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument
    @Option(help: ArgumentHelp("What it is for, as listings show it.", valueName: "name")) var name: String
    @Option(help: ArgumentHelp("read, write or admin; may be given several times.", valueName: "scope"))
    var scope: [String] = []
    @Option(help: ArgumentHelp("How long it is good, such as 720h.", valueName: "duration")) var expires:
        String?
    @Option(
        help: ArgumentHelp(
            "An address or a CIDR block from which it may be used; may be given several times.",
            valueName: "address"))
    var address: [String] = []
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let settings = try file.settings()
        let email = try user.address()
        let lifetime = try expires.map { text throws(CommandFailure) in
            do throws(Complaint) { return try Units.duration(text) } catch {
                throw .usage("--expires: \(error.message)")
            }
        }
        // Whether the owner may have the scope is asked of the account.
        _ = try terms(settings, lifetime, isAdmin: true)
        let token = KeyToken.random()
        let key = try await AdminStore.run(settings) { store in
            let account = try await store.required(email)
            guard account.isActive else { throw CommandFailure.refused("\(email) is disabled") }
            let key = try terms(settings, lifetime, isAdmin: account.isAdmin)
                .key(of: account, under: token, at: Clock.now)
            guard try await store.create(key, policy: settings.keys) else {
                throw CommandFailure.refused(
                    "\(email) has the \(settings.keys.perUser) API keys that a user may have")
            }
            // Whoever disables an account or takes its role ends its keys afterwards.
            let now = try await store.account(account.id)
            guard let now, now.isActive, now.isAdmin == account.isAdmin else {
                _ = try await store.endKey(key.id, of: account.id)
                throw CommandFailure.refused("\(email) was changed meanwhile")
            }
            await AuditNote(settings).note(
                .keyCreated, of: .init(account), session: key.id, reason: "\(key.grant.scopes)", in: store)
            return key
        }
        print(json ? try Listing.json(Created(key: token.secret, id: key.id.description)) : token.secret)
        StandardError.write(
            "fillgate: made the key \(key.id), good until \(Listing.time(key.expiresAt)); "
                + "keep its secret, it is shown this once")
    }

    private struct Created: Encodable {
        var key: String
        var id: String
    }

    private func terms(
        _ settings: Settings, _ lifetime: Duration?, isAdmin: Bool
    ) throws(CommandFailure) -> KeyTerms {
        do throws(KeyTerms.Faults) {
            return try KeyTerms(
                name: name, scopes: scope, addresses: address, lifetime: lifetime, for: settings.keys,
                isAdmin: isAdmin)
        } catch {
            let options = ["scopes": "--scope", "addresses": "--address", "expires_in": "--expires"]
            let texts = error.faults.map { "\(options[$0.field] ?? "--\($0.field)") \($0.message)" }
            let text = texts.joined(separator: "; ")
            throw isAdmin ? .usage(text) : .refused(text)
        }
    }
}
