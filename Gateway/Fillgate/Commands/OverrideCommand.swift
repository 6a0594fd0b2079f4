import ArgumentParser
import Foundation
import GatewayCore

/// `fillgate override`.
struct OverrideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "override",
        abstract: "Change a policy or a route's body limit for a while, on all workers at once.",
        subcommands: [
            OverrideSetCommand.self, OverrideSetRouteCommand.self, OverrideListCommand.self,
            OverrideClearCommand.self,
        ])
}

/// For how long an override is, and whose.
struct OverrideTerms: ParsableArguments {
    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long it lasts: 1s to 168h, such as 30m.", valueName: "duration"))
    var span: String
    @Option(help: ArgumentHelp("Who makes it; by default who is logged in here.", valueName: "name"))
    var author: String?

    private static let shortest = Duration.seconds(1)

    func duration() throws(CommandFailure) -> Duration {
        let duration: Duration
        do throws(Complaint) { duration = try Units.duration(span) } catch {
            throw .usage("--for: \(error.message)")
        }
        guard (Self.shortest...LimitOverride.longest).contains(duration) else {
            throw .usage("--for must be from 1s to \(Units.text(of: LimitOverride.longest))")
        }
        return duration
    }

    /// At most 64 characters, none of which steers a terminal.
    func name() -> String {
        let environment = ProcessInfo.processInfo.environment
        let user = environment["SUDO_USER"] ?? environment["USER"] ?? "unknown"
        return String(Listing.printable(author ?? "\(user)@\(ProcessInfo.processInfo.hostName)").prefix(64))
    }

    /// Puts `override` in force and says so.
    func set(_ override: LimitOverride, _ settings: Settings) async throws {
        let span = try duration()
        let made = try await AdminStore.run(settings) { store in
            let made = try await store.set(override, for: span, most: LimitOverride.most)
            if let made {
                let what = made.changes.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
                await AuditNote(settings).note(
                    .overrideSet, reason: "\(made.subject.kind) \(made.subject.name): \(what)", in: store)
            }
            return made
        }
        guard let made else {
            throw CommandFailure.refused("there are \(LimitOverride.most) overrides already")
        }
        let what = made.changes.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        print("\(made.subject.kind) \(made.subject.name): \(what) until \(Listing.time(made.until))")
    }
}

/// `fillgate override set POLICY`.
struct OverrideSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a policy's rate, burst, mode or requests in flight.",
        discussion: "It takes the place of an earlier override of the policy, and holds within a second.")

    @OptionGroup var file: ConfigurationFile
    @Argument(help: "The policy's name.") var policy: String
    @Option(help: ArgumentHelp("COUNT/s, /min or /h.", valueName: "rate")) var rate: String?
    @Option(help: ArgumentHelp("Requests admitted at once after a rest.", valueName: "count")) var burst:
        Int64?
    @Option(help: ArgumentHelp("Requests that may be under way.", valueName: "count")) var inFlight: Int64?
    @Option(help: ArgumentHelp("enforce or shadow.", valueName: "mode")) var mode: String?
    @OptionGroup var terms: OverrideTerms

    func run() async throws {
        _ = try terms.duration()
        let settings = try file.settings()
        try await terms.set(try override(settings), settings)
    }

    private func override(_ settings: Settings) throws(CommandFailure) -> LimitOverride {
        var override = LimitOverride(.policy(policy), author: terms.name())
        if let rate {
            do throws(Complaint) {
                let parsed = try Units.rate(rate)
                override.rate = LimitOverride.Rate(count: parsed.count, per: parsed.period)
            } catch {
                throw .usage("--rate: \(error.message)")
            }
        }
        override.burst = burst
        override.inFlight = inFlight
        if let mode {
            guard let known = LimitPolicy.Mode(rawValue: mode) else {
                throw .usage("--mode: '\(mode)' is not one of enforce, shadow")
            }
            override.mode = known
        }
        guard !override.changes.isEmpty else {
            throw .usage("give at least one of --rate, --burst, --in-flight and --mode")
        }
        let entries = settings.policyEntries
        guard let entry = entries.first(where: { $0.name == policy }) else {
            let hint = NearestName.hint(for: policy, among: entries.map(\.name))
            throw .refused("'\(policy)' is not a policy of limits\(hint)")
        }
        try Self.check(override, entry, settings)
        return override
    }

    /// Refuses what the policy cannot become.
    private static func check(
        _ override: LimitOverride, _ entry: LimitEntry, _ settings: Settings
    ) throws(CommandFailure) {
        if entry.inFlight != nil {
            guard override.rate == nil, override.burst == nil else {
                throw .refused("'\(entry.name)' counts requests in flight; it has no rate and no burst")
            }
            if let most = override.inFlight, !(1...100_000).contains(most) {
                throw .usage("--in-flight must be from 1 to 100000")
            }
            return
        }
        guard override.inFlight == nil else {
            throw .refused("'\(entry.name)' is a rate; it has no in-flight")
        }
        if let burst = override.burst, !(1...1_000_000).contains(burst) {
            throw .usage("--burst must be from 1 to 1000000")
        }
        let attached = settings.routes.flatMap(\.limits).filter { $0.name == entry.name }.map(\.cost)
        for cost in [nil] + attached {
            guard let policy = entry.policy(cost: cost) else { continue }
            let isTooFast =
                override.rate.map {
                    $0.count > GCRA.highestRatePerSecond * ($0.microseconds / 1_000_000)
                } ?? false
            if isTooFast || policy.gcra.overridden(by: override) == nil {
                let most = "\(GCRA.highestRatePerSecond)/s, \(Units.text(of: GCRA.longestWindow)) to refill"
                throw .refused(
                    "'\(entry.name)' cannot be so: a burst is at least the cost of a request "
                        + "(\(policy.gcra.cost)), and a rate at most \(most)")
            }
        }
    }
}

/// `fillgate override set-route PATTERN`.
struct OverrideSetRouteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-route", abstract: "Change the body limit of a route.",
        discussion: "connections.body-limit-max of the configuration is never exceeded.")

    @OptionGroup var file: ConfigurationFile
    @Argument(help: "The route's path as the configuration has it.") var pattern: String
    @Option(help: ArgumentHelp("The longest request body, such as 1MiB.", valueName: "size")) var bodyLimit:
        String
    @OptionGroup var terms: OverrideTerms

    func run() async throws {
        _ = try terms.duration()
        let settings = try file.settings()
        var override = LimitOverride(.route(pattern), author: terms.name())
        do throws(Complaint) { override.bodyLimit = try Units.size(bodyLimit) } catch {
            throw CommandFailure.usage("--body-limit: \(error.message)")
        }
        let known = settings.routes.map(\.path.description)
        guard known.contains(pattern) else {
            let hint = NearestName.hint(for: pattern, among: known)
            throw CommandFailure.refused("'\(pattern)' is not the path of a route\(hint)")
        }
        let most = settings.connections.bodyLimitMax
        guard override.bodyLimit ?? 0 <= most else {
            throw CommandFailure.refused(
                "\(bodyLimit) is more than connections.body-limit-max, \(Units.text(ofSize: most))")
        }
        try await terms.set(override, settings)
    }
}

/// `fillgate override list`.
struct OverrideListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show what is changed, by whom, since when and until when.")

    @OptionGroup var file: ConfigurationFile
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let overrides = try await AdminStore.run(try file.settings()) { store in
            try await store.overrides().overrides
        }
        let rows = overrides.map(Row.init)
        print(json ? try Listing.json(rows) : Listing.table(Row.titles, rows.map(\.cells)))
    }

    private struct Row: Encodable {
        var kind: String
        var name: String
        var changes: [String: String]
        var author: String
        var since: String
        var until: String

        init(_ override: LimitOverride) {
            (kind, name) = override.subject
            changes = Dictionary(uniqueKeysWithValues: override.changes)
            author = Listing.printable(override.author)
            since = Listing.time(override.setAt)
            until = Listing.time(override.until)
        }

        static let titles = ["KIND", "NAME", "CHANGES", "AUTHOR", "SINCE", "UNTIL"]
        var cells: [String] {
            let all = changes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return [kind, name, all.joined(separator: ", "), author, since, until]
        }
    }
}

/// `fillgate override clear`.
struct OverrideClearCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "End an override before its time.")

    @OptionGroup var file: ConfigurationFile
    @Argument(help: "A policy's name.") var policy: String?
    @Option(help: ArgumentHelp("A route's path.", valueName: "pattern")) var route: String?
    @Flag(help: "All of them.") var all = false

    func run() async throws {
        let target: LimitOverride.Target?
        switch (policy, route, all) {
        case (let name?, nil, false): target = .policy(name)
        case (nil, let pattern?, false): target = .route(pattern)
        case (nil, nil, true): target = nil
        default: throw CommandFailure.usage("give one of POLICY, --route PATTERN and --all")
        }
        let settings = try file.settings()
        let named = policy ?? route ?? "all"
        let count = try await AdminStore.run(settings) { store in
            let count = try await store.clear(target)
            await AuditNote(settings).note(
                .overrideCleared, reason: named, count: count, in: store)
            return count
        }
        guard count > 0 || all else { throw CommandFailure.refused("there is no such override") }
        print("overrides cleared: \(count)")
    }
}
