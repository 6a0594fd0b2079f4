import ArgumentParser
import GatewayCore
import GatewayEndpoints
import GatewayRedis

/// `fillgate limits`.
struct LimitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits", abstract: "See, reset and try the rate limits.",
        subcommands: [LimitsShowCommand.self, LimitsResetCommand.self, LimitsSimulateCommand.self])
}

/// Whose limits: an address, a user, or one of each for policies that count by both.
struct LimitSubjects: ParsableArguments {
    @Argument(help: ArgumentHelp("An address, an e-mail address, or one of each.", valueName: "subject"))
    var subjects: [String]
    @Option(
        help: ArgumentHelp(
            "A header that policies count by; may be given several times.", valueName: "name=value"))
    var header: [String] = []

    /// What the arguments name, and of a user the ID, the live sessions and the API keys.
    func search(in store: RedisStore, _ settings: Settings) async throws -> LimitSearch {
        var search = try parsed(settings)
        guard let email = search.email else { return search }
        let user = try await store.required(email).id
        search.traits.user = user
        search.sessions = try await store.list(of: user).map(\.digest.sessionID)
        search.apiKeys = try await store.apiKeys(of: user).map(\.digest.sessionID)
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
        return search
    }
}

/// What is to be found among the limits' states.
struct LimitSearch {
    var traits = LimitTraits()
    var email: EmailAddress?
    /// Live sessions of the user.
    var sessions: [SessionID] = []
    /// Those of the user's API keys.
    var apiKeys: [SessionID] = []

    /// The states of every policy that counts by what is given: one for each route that it is attached to, where
    /// it counts by route, and for each session or API key, where it counts by
    /// that. Their policies are what `overrides` make of them.
    func finds(_ settings: Settings, under overrides: [LimitOverride] = []) -> [LimitFind] {
        let rates = settings.policies.flatMap { policy in
            subjects(of: policy.name, policy.key, settings).map { subject, detail in
                let policy = policy.overridden(by: overrides)
                return LimitFind(kind: .rate(LimitCharge(policy: policy, subject: subject)), detail: detail)
            }
        }
        let inFlight = settings.inFlightPolicies.flatMap { policy in
            subjects(of: policy.name, policy.key, settings).map { subject, detail in
                let lease = Lease(policy: policy.name, subject: subject, id: Lease.ID(words: (0, 0)))
                return LimitFind(kind: .inFlight(policy.overridden(by: overrides), lease), detail: detail)
            }
        }
        return rates + inFlight
    }

    private func subjects(
        of name: String, _ key: LimitPolicy.Key, _ settings: Settings
    ) -> [(LimitSubject, String)] {
        // Nobody asked about what concerns neither an address nor a user.
        guard !Set(key.parts).isDisjoint(with: asked) else { return [] }
        var found = [(traits, "")]
        if key.parts.contains(.route) {
            let routes = settings.routes.filter { $0.limits.contains { $0.name == name } }
            found = routes.map { route in
                var traits = traits
                traits.route = LimitSubject.name(ofRoute: route.path.description)
                return (traits, route.path.description)
            }
        }
        func spread(over ids: [SessionID], _ set: (inout LimitTraits, SessionID) -> Void) {
            found = found.flatMap { traits, detail in
                ids.map { id in
                    var traits = traits
                    set(&traits, id)
                    return (traits, detail.isEmpty ? "\(id)" : "\(detail) \(id)")
                }
            }
        }
        if key.parts.contains(.session) { spread(over: sessions) { $0.session = $1 } }
        if key.parts.contains(.apiKey) { spread(over: apiKeys) { $0.apiKey = $1.description } }
        return found.compactMap { traits, detail in key.subject(of: traits).map { ($0, detail) } }
    }

    private var asked: Set<LimitPolicy.Key.Part> {
        var parts = Set<LimitPolicy.Key.Part>(traits.headers.keys.map { .header($0) })
        if traits.address != nil { parts.insert(.address) }
        if traits.user != nil { parts.formUnion([.user, .session, .apiKey]) }
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
            let overrides = try await store.overrides().overrides
            return try await subjects.search(in: store, settings)
                .finds(settings, under: overrides).standings(in: store)
        }
        print(json ? try Listing.json(rows) : Listing.table(LimitStanding.titles, rows.map(\.cells)))
    }
}

extension LimitStanding {
    fileprivate static let titles = ["POLICY", "OF", "MODE", "REMAINING", "BURST", "FULL IN"]
    fileprivate var cells: [String] {
        let full = fullIn.map { "\($0)s" } ?? "in flight"
        return [policy, of, mode, String(remaining), String(burst), full]
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
            let search = try await subjects.search(in: store, settings)
            let count = try await search.finds(settings).reset(in: store)
            await AuditNote(settings).note(
                .limitReset, of: search.email.map { .init(user: search.traits.user, email: $0) },
                address: search.traits.address, count: count, in: store)
            return count
        }
        print("policies reset: \(count)")
    }
}

extension LimitSearch {
    /// What an administrator asks of a worker.
    init(_ question: LimitQuestion, _ settings: Settings) {
        self.init()
        traits.address = question.address.map {
            AddressPrefix(containing: $0.first, v6Length: settings.admission.v6PrefixLength)
        }
        traits.user = question.user
        sessions = question.sessions
        apiKeys = question.keys
    }
}
