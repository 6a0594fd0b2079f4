import ArgumentParser
import GatewayCore

/// `fillgate sessions revoke EMAIL --all | EMAIL --id ID | --everybody`.
struct SessionsRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End one session of a user, or all, or everybody's.",
        discussion: "API keys are no sessions: 'fillgate key revoke' ends those.")

    @OptionGroup var file: ConfigurationFile
    @Argument(help: "The account's e-mail address.") var email: String?
    @Flag(help: "End all of the account's sessions.") var all = false
    @Option(help: ArgumentHelp("End this one, named as 'sessions list' does.", valueName: "id")) var id:
        String?
    @Flag(help: "End the sessions of all accounts.") var everybody = false
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let scope = try scope()
        let settings = try file.settings()
        let note = AuditNote(settings)
        let ended = try await AdminStore.run(settings) { store in
            switch scope {
            case .everybody: try await Self.endEverybodys(in: store, note)
            case .all(let email):
                try await Self.endAll(of: try await store.required(email), in: store, note)
            case .one(let session, let email):
                try await Self.end(session, of: try await store.required(email), in: store, note)
            }
        }
        if json {
            print(try Listing.json(ended))
        } else {
            let ofWhom = everybody ? ", of accounts: \(ended.accounts)" : ""
            print("sessions ended: \(ended.sessions)\(ofWhom)")
        }
    }

    private enum Scope: Sendable {
        case one(SessionID, EmailAddress)
        case all(EmailAddress)
        case everybody
    }

    private func scope() throws(CommandFailure) -> Scope {
        guard let email else {
            guard everybody, !all, id == nil else {
                throw .usage("give EMAIL with one of --all and --id ID, or --everybody alone")
            }
            return .everybody
        }
        guard !everybody else {
            throw .usage("--everybody goes without EMAIL: it ends the sessions of all accounts")
        }
        guard let address = EmailAddress(email) else { throw .usage("'\(email)' is not an e-mail address") }
        switch (all, id) {
        case (true, nil): return .all(address)
        case (false, let id?):
            guard let session = SessionID(id) else { throw .usage("'\(id)' is not the ID of a session") }
            return .one(session, address)
        default: throw .usage("give one of --all and --id ID")
        }
    }

    private struct Ended: Encodable, Sendable {
        /// Those of which a session ended.
        var accounts = 0
        var sessions = 0
    }

    private static func end(
        _ session: SessionID, of account: Account, in store: any GatewayStore, _ note: AuditNote
    ) async throws -> Ended {
        guard try await store.end(session, of: account.id) else {
            throw CommandFailure.refused("\(account.email) has no session \(session)")
        }
        await note.note(.sessionRevoked, of: .init(account), session: session, in: store)
        return Ended(accounts: 1, sessions: 1)
    }

    private static func endAll(
        of account: Account, in store: any GatewayStore, _ note: AuditNote
    ) async throws -> Ended {
        let ended = try await store.endAll(of: account.id, except: nil)
        await note.note(.sessionRevoked, of: .init(account), reason: "all", count: ended, in: store)
        return Ended(accounts: ended > 0 ? 1 : 0, sessions: ended)
    }

    /// A page of accounts at a time. What ended before a fault is recorded as well: it has ended.
    private static func endEverybodys(in store: any GatewayStore, _ note: AuditNote) async throws -> Ended {
        var ended = Ended()
        var cursor: String?
        var fault: (any Error)?
        do {
            repeat {
                let page = try await store.page(after: cursor)
                for account in page.accounts {
                    let count = try await store.endAll(of: account.id, except: nil)
                    ended.accounts += count > 0 ? 1 : 0
                    ended.sessions += count
                }
                cursor = page.cursor
            } while cursor != nil
        } catch {
            fault = error
        }
        if fault == nil || ended.sessions > 0 {
            await note.note(.sessionRevoked, reason: "everybody", count: ended.sessions, in: store)
        }
        if let fault { throw fault }
        return ended
    }
}
