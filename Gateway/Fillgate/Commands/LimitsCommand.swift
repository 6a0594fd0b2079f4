import ArgumentParser
import GatewayCore
import GatewayRedis

/// `fillgate limits`.
struct LimitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits", abstract: "See and reset the live state of the rate limits.",
        subcommands: [LimitsShowCommand.self, LimitsResetCommand.self])
}

/// Whose limits: an address, a user, or one of each for policies that count by both.
struct LimitSubjects: ParsableArguments {
    @Argument(help: ArgumentHelp("An address, an e-mail address, or one of each.", valueName: "subject"))
    var subjects: [String]
    @Option(
        help: ArgumentHelp(
            "A header that policies count by; may be given several times.", valueName: "name=value"))
    var header: [String] = []
    @Option(help: ArgumentHelp("The ID of an API key, for policies that count by it.", valueName: "id"))
    var key: String?

    /// What the arguments name, and of a user the ID and the live sessions.
    func search(in store: RedisStore, _ settings: Settings) async throws -> LimitSearch {
        var search = try parsed(settings)
        guard let email = search.email else { return search }
        let user = try await store.required(email).id
        search.traits.user = user
        search.sessions = try await store.list(of: user).map(\.digest.sessionID)
        return search
    }

    /// What the arguments name by themselves.
    func parsed(_ settings: Settings) throws(CommandFailure) -> LimitSearch {
        var search = LimitSearch()
        for text in subjects {
            if let parsed = AddressPrefix(text), search.traits.address == nil {
                let length = settings.admission.v6PrefixLength
                search.traits.address = AddressPrefix(containing: parsed.first, v6Length: length)
            } else if let parsed = EmailAddress(text), search.email == nil {
                search.email = parsed
            } else {
                throw .usage("'\(text)' is not an address or an e-mail address, or is one too many")
            }
        }
        for text in header {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .usage("'\(text)' is not NAME=VALUE") }
            let name = LimitSubject.name(ofHeader: Array(parts[1].utf8))
            search.traits.headers[parts[0].lowercased()] = name
        }
        search.traits.apiKey = key
        return search
    }
}

/// What is to be found among the limits' states.
struct LimitSearch {
    var traits = LimitTraits()
    var email: EmailAddress?
    /// Live sessions of the user.
    var sessions: [SessionID] = []

    /// A charge, and what tells it from others of its policy.
    struct Find {
        var charge: LimitCharge
        var detail: String
    }

    /// The charges of every policy that counts by what is given: one for each route that it is attached to, where
    /// it counts by route, and for each session, where it counts by session.
    func finds(_ settings: Settings) -> [Find] {
        settings.policies.flatMap { policy -> [Find] in
            var found = [(traits, "")]
            if policy.key.parts.contains(.route) {
                let routes = settings.routes.filter { $0.limits.contains { $0.name == policy.name } }
                found = found.flatMap { traits, detail in
                    routes.map { route in
                        var traits = traits
                        let pattern = route.path.description
                        traits.route = LimitSubject.name(ofRoute: pattern)
                        return (traits, pattern)
                    }
                }
            }
            if policy.key.parts.contains(.session) {
                found = found.flatMap { traits, detail in
                    sessions.map { session in
                        var traits = traits
                        traits.session = session
                        return (traits, detail.isEmpty ? "\(session)" : "\(detail) \(session)")
                    }
                }
            }
            return found.compactMap { traits, detail in
                // Nobody asked about what concerns neither an address nor a user.
                guard !Set(policy.key.parts).isDisjoint(with: asked),
                    let subject = policy.key.subject(of: traits)
                else { return nil }
                return Find(charge: LimitCharge(policy: policy, subject: subject), detail: detail)
            }
        }
    }

    private var asked: Set<LimitPolicy.Key.Part> {
        var parts = Set<LimitPolicy.Key.Part>(traits.headers.keys.map { .header($0) })
        if traits.address != nil { parts.insert(.address) }
        if traits.user != nil { parts.formUnion([.user, .session]) }
        if traits.apiKey != nil { parts.insert(.apiKey) }
        return parts
    }
}

/// `fillgate limits show SUBJECT`.
struct LimitsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what each policy would admit of an address or a user now.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var subjects: LimitSubjects
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let settings = try file.settings()
        _ = try subjects.parsed(settings)
        let subjects = subjects
        let rows = try await AdminStore.run(settings) { store in
            let finds = try await subjects.search(in: store, settings).finds(settings)
            guard !finds.isEmpty else { return [Row]() }
            let (tats, now) = try await store.states(of: finds.map(\.charge))
            return zip(finds, tats).map { Row($0, tat: $1, now: now) }
        }
        print(json ? try Listing.json(rows) : Listing.table(Row.titles, rows.map(\.cells)))
    }

    struct Row: Encodable {
        var policy: String
        /// Which of the policy's: a route, a session; empty where there is only one.
        var of: String
        var mode: String
        /// Units, of which a request takes the policy's cost.
        var remaining: Int64
        var burst: Int64
        /// Seconds until the policy is at rest for this subject, rounded up.
        var fullIn: Int64

        init(_ find: LimitSearch.Find, tat: Int64?, now: Int64) {
            let untilFull = max(0, (tat ?? now) - now)
            let outcome = LimitOutcome(isAdmitted: true, untilFull: untilFull, retryAfter: 0)
            let policy = find.charge.policy
            self.policy = policy.name
            of = find.detail
            mode = policy.mode.rawValue
            remaining = policy.gcra.remaining(after: outcome)
            burst = policy.gcra.burst
            fullIn = (untilFull + 999_999) / 1_000_000
        }

        static let titles = ["POLICY", "OF", "MODE", "REMAINING", "BURST", "FULL IN"]
        var cells: [String] { [policy, of, mode, String(remaining), String(burst), "\(fullIn)s"] }
    }
}

/// `fillgate limits reset SUBJECT`.
struct LimitsResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Forget what an address or a user has used of every policy.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var subjects: LimitSubjects

    func run() async throws {
        let settings = try file.settings()
        _ = try subjects.parsed(settings)
        let subjects = subjects
        let count = try await AdminStore.run(settings) { store in
            let charges = try await subjects.search(in: store, settings).finds(settings).map(\.charge)
            return charges.isEmpty ? 0 : try await store.reset(charges)
        }
        print("policies reset: \(count)")
    }
}
