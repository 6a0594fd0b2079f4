import ArgumentParser
import GatewayCore

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

    /// What `subjects` name.
    func parsed() throws(CommandFailure) -> (address: AddressPrefix?, email: EmailAddress?) {
        var address: AddressPrefix?
        var email: EmailAddress?
        for text in subjects {
            if let parsed = AddressPrefix(text), address == nil {
                address = parsed
            } else if let parsed = EmailAddress(text), email == nil {
                email = parsed
            } else {
                throw .usage("'\(text)' is not an address or an e-mail address, or is one too many")
            }
        }
        return (address, email)
    }

    /// The charges of every policy that counts by what is given.
    static func charges(_ policies: [LimitPolicy], address: AddressPrefix?, user: UserID?) -> [LimitCharge] {
        policies.compactMap { policy in
            switch (policy.key, address, user) {
            case (.address, let address?, _): LimitCharge(policy: policy, subject: .address(address))
            case (.user, _, let user?): LimitCharge(policy: policy, subject: .user(user))
            case (.addressAndUser, let address?, let user?):
                LimitCharge(policy: policy, subject: .addressAndUser(address, user))
            default: nil
            }
        }
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
        let (address, email) = try subjects.parsed()
        let policies = settings.policies
        let rows = try await AdminStore.run(settings) { store in
            let user = if let email { try await store.required(email).id } else { UserID?.none }
            let charges = LimitSubjects.charges(policies, address: address, user: user)
            guard !charges.isEmpty else { return [Row]() }
            let (tats, now) = try await store.states(of: charges)
            return zip(charges, tats).map { Row($0.policy, tat: $1, now: now) }
        }
        print(json ? try Listing.json(rows) : Listing.table(Row.titles, rows.map(\.cells)))
    }

    struct Row: Encodable {
        var policy: String
        var mode: String
        var remaining: Int64
        var burst: Int64
        /// Seconds until the policy is at rest for this subject, rounded up.
        var fullIn: Int64

        init(_ policy: LimitPolicy, tat: Int64?, now: Int64) {
            let untilFull = max(0, (tat ?? now) - now)
            let outcome = LimitOutcome(isAdmitted: true, untilFull: untilFull, retryAfter: 0)
            self.policy = policy.name
            mode = policy.mode.rawValue
            remaining = policy.gcra.remaining(after: outcome) / policy.gcra.cost
            burst = policy.gcra.burst
            fullIn = (untilFull + 999_999) / 1_000_000
        }

        static let titles = ["POLICY", "MODE", "REMAINING", "BURST", "FULL IN"]
        var cells: [String] { [policy, mode, String(remaining), String(burst), "\(fullIn)s"] }
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
        let (address, email) = try subjects.parsed()
        let policies = settings.policies
        let count = try await AdminStore.run(settings) { store in
            let user = if let email { try await store.required(email).id } else { UserID?.none }
            let charges = LimitSubjects.charges(policies, address: address, user: user)
            return charges.isEmpty ? 0 : try await store.reset(charges)
        }
        print("policies reset: \(count)")
    }
}
