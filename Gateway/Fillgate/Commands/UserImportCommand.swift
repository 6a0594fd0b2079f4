import ArgumentParser
import GatewayCore
import GatewayPasswords
import GatewayProxy

/// `fillgate user import [FILE]`.
struct UserImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take over accounts with the hashes of their passwords.",
        discussion: """
            A line is a JSON object with email and password_hash, and if wanted is_active, is_superuser, created_at, \
            password_changed_at and id. Hashes may be bcrypt ($2a$, $2b$, $2y$), Werkzeug's scrypt: and pbkdf2:, and \
            PHC strings of argon2id and scrypt; the next login replaces them. Nothing is imported unless every line \
            is in order: each fault is told with its line.
            """)

    @OptionGroup var file: ConfigurationFile
    @Argument(help: ArgumentHelp("The file; standard input where it is left out or -.", valueName: "file"))
    var path: String?
    @Flag(help: "Leave accounts alone whose address is there already.") var skipExisting = false
    @Flag(help: "Check every line and the store, and import nothing.") var check = false
    @Option(help: ArgumentHelp("The most of a pipe that is kept on disk meanwhile.", valueName: "size"))
    var spoolLimit = "1GiB"

    func run() async throws {
        let settings = try file.settings()
        let most: Int
        do throws(Complaint) { most = try Units.size(spoolLimit) } catch {
            throw CommandFailure.usage("--spool-limit: \(error.message)")
        }
        let path = path
        let checkOnly = check
        let work = AccountImport(skipExisting: skipExisting, now: Clock.now) { StandardError.write($0) }
        let (outcome, cost) = try await AdminStore.run(settings) {
            store -> (AccountImport.Outcome?, Duration?) in
            let input = try ImportFile(path, spool: most)
            let forms = try await work.check(input, in: store)
            let all = forms.union(try await store.passwordForms())
            try Self.bound(all)
            let cost = try Self.cost(of: all, settings)
            guard !checkOnly else { return (nil, cost) }
            let outcome = try await work.write(input, to: store)
            await AuditNote(settings).note(
                .accountCreated, reason: "import", count: outcome.imported, in: store)
            return (outcome, cost)
        }
        if let outcome {
            print(
                "imported \(outcome.imported) accounts, \(outcome.administrators) of them administrators; "
                    + "skipped because they exist: \(outcome.skipped)")
        } else {
            print("every line is in order; nothing was imported")
        }
        if let cost {
            print(
                "so that nobody can tell whose hash was imported, every login computes one of each kind: about "
                    + "\(Int(cost / .milliseconds(1))) ms here ('fillgate user hashes')")
        }
    }

    /// Every login computes a hash of each scheme, so there must not be many.
    private static func bound(_ forms: Set<String>) throws(CommandFailure) {
        let schemes = Set(forms.compactMap(StoredScheme.init(form:)))
        guard schemes.count <= HeldSchemes.most else {
            throw .refused(
                "nothing was imported: with these, accounts would have hashes of \(schemes.count) schemes and costs "
                    + "(\(forms.sorted().joined(separator: ", "))), and a login computes one of each; at most "
                    + "\(HeldSchemes.most). 'fillgate user hashes --tidy' forgets those that no account has any more"
            )
        }
    }

    /// How long a login computes where accounts have hashes of these forms; nil where they have no others than new
    /// ones. Refuses what this machine cannot compute, before anything depends on it.
    private static func cost(of forms: Set<String>, _ settings: Settings) throws(CommandFailure) -> Duration?
    {
        let held = HeldSchemes()
        held.replace(by: Array(forms))
        do throws(HashingFault) {
            let hasher = try PasswordHasher(scheme: settings.login.hash.passwordScheme, held: held)
            guard !hasher.otherSchemes.isEmpty else { return nil }
            let began = ContinuousClock.now
            _ = try hasher.verify(Password("nobody's"), against: hasher.dummy)
            return ContinuousClock.now - began
        } catch {
            throw .refused(
                "nothing was imported: such hashes cannot be computed on this machine; is there memory enough?"
            )
        }
    }
}
