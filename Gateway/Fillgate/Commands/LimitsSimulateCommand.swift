import ArgumentParser
import Foundation
import GatewayCore

/// `fillgate limits simulate FILE`.
struct LimitsSimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract:
            "Replay an access log against the policies: who would have been refused, how often and when.",
        discussion: """
            Reads the gateway's own log and the common and combined formats of nginx and Apache. A request meets the \
            policies of the route that its path belongs to; a policy that no route names yet is met by all requests. \
            Sessions, API keys and headers are in no log: policies that count by them are left out, and so are \
            requests in flight where the log has no durations.
            """)

    @OptionGroup var file: ConfigurationFile
    @Argument(help: ArgumentHelp("The access log; - for standard input.", valueName: "file")) var log: String
    @Option(help: ArgumentHelp("Only this policy.", valueName: "name")) var policy: String?
    @Option(help: ArgumentHelp("Subjects that are followed at a time, and told.", valueName: "count"))
    var subjects = 100_000
    @Flag(help: "Also write each refusal.") var each = false
    @Flag(help: "Write JSON.") var json = false

    /// Faults that are told one by one, and the longest line.
    private static let mostFaults = 10
    private static let longestLine = 64 << 10

    func validate() throws {
        guard (2...10_000_000).contains(subjects) else {
            throw ValidationError("--subjects must be from 2 to 10000000")
        }
        guard !(each && json) else { throw ValidationError("give one of --each and --json") }
    }

    func run() throws {
        let settings = try file.settings()
        let plan = try SimulationPlan(settings, only: policy)
        let each = each
        var replay = LogReplay(subjects: subjects, rules: plan.rules) { line, name in
            guard each else { return }
            print(
                Listing.printable(
                    "\(Listing.time(line.time)) \(name.policy) \(name.subject) \(line.method) \(line.path)"))
        }
        var lines = 0
        var unreadable = 0
        let v6Length = settings.admission.v6PrefixLength
        try LineReader.read(log, longest: Self.longestLine) { text in
            lines += 1
            guard text?.isEmpty != true else { return }
            do throws(LogLine.Fault) {
                guard let text else { throw .unreadable("is longer than \(Self.longestLine) bytes") }
                replay.add(try LogLine(text, v6Length: v6Length))
            } catch .other {
            } catch .unreadable(let why) {
                unreadable += 1
                if unreadable <= Self.mostFaults { StandardError.write("\(log):\(lines): \(why)") }
            }
        }
        let outcomes = replay.finish()
        if unreadable > Self.mostFaults {
            StandardError.write("\(log): \(unreadable - Self.mostFaults) more lines cannot be read")
        }
        for name in plan.leftOut { StandardError.write("left out: \(name)") }
        let report = Report(
            lines: lines, unreadable: unreadable, requests: replay.requests, charged: replay.charged,
            refused: replay.refused, refusedOfOthers: replay.refusedOthers, subjects: outcomes.map(Row.init))
        print(json ? try Listing.json(report) : report.text)
        guard replay.requests > 0 || unreadable == 0 else {
            throw CommandFailure.refused("\(log): no line can be read")
        }
    }

    private struct Row: Encodable {
        var policy: String
        var subject: String
        var refused: Int
        var requests: Int
        var first: String
        var last: String

        init(_ outcome: LogReplay.Outcome) {
            policy = outcome.policy
            subject = Listing.printable(outcome.subject)
            refused = outcome.refused
            requests = outcome.requests
            first = Listing.time(outcome.first)
            last = Listing.time(outcome.last)
        }

        static let titles = ["POLICY", "SUBJECT", "REFUSED", "OF", "FIRST", "LAST"]
        var cells: [String] { [policy, subject, String(refused), String(requests), first, last] }
    }

    private struct Report: Encodable {
        var lines: Int
        var unreadable: Int
        var requests: Int
        /// Charges: a request may meet several policies.
        var charged: Int
        var refused: Int
        /// Refusals of subjects beyond those that are listed.
        var refusedOfOthers: Int
        var subjects: [Row]

        var text: String {
            let total = "\(requests) requests, charged \(charged) times, refused \(refused) times"
            guard !subjects.isEmpty else { return total }
            return Listing.table(Row.titles, subjects.map(\.cells)) + "\n" + total
        }
    }
}

/// Which policies each line of a log meets.
struct SimulationPlan {
    private let routes: RouteTable
    private let rulesOfRoute: [[LogReplay.Rule]]
    private let rulesOfLogin: [LogReplay.Rule]
    private let rulesOfAll: [LogReplay.Rule]
    /// Policies that no log says enough for.
    let leftOut: [String]

    private static let credentials = [
        ("POST", "/login"), ("POST", "/api/v1/auth/login"), ("POST", "/api/v1/auth/register"),
        ("PUT", "/api/v1/auth/password"),
    ]

    init(_ settings: Settings, only name: String?) throws(CommandFailure) {
        let entries = settings.policyEntries
        if let name, !entries.contains(where: { $0.name == name }) {
            let hint = NearestName.hint(for: name, among: entries.map(\.name))
            throw .refused("'\(name)' is not a policy of limits\(hint)")
        }
        let wanted = entries.filter { name == nil || $0.name == name }
        let known = wanted.filter { entry in
            entry.key.allSatisfy { part in [.address, .user, .route].contains(part) }
        }
        leftOut = wanted.map(\.name).filter { name in !known.contains { $0.name == name } }
        func rule(_ name: String, _ cost: Int64? = nil, _ route: String = "") -> LogReplay.Rule? {
            guard let entry = known.first(where: { $0.name == name }),
                let key = LimitPolicy.Key(entry.key)
            else { return nil }
            if let most = entry.inFlight {
                return LogReplay.Rule(name: name, key: key, kind: .inFlight(most), route: route)
            }
            return entry.policy(cost: cost).map {
                LogReplay.Rule(name: name, key: key, kind: .rate($0.gcra), route: route)
            }
        }
        routes = settings.routeTable
        rulesOfRoute = settings.routes.map { route in
            route.limits.compactMap { rule($0.name, $0.cost, route.path.description) }
        }
        let login = settings.endpoints.credentialLimits ?? [LimitEntry.loginName]
        rulesOfLogin = login.compactMap { rule($0) }
        let named = Set(settings.routes.flatMap(\.limits).map(\.name) + login)
        rulesOfAll = known.filter { !named.contains($0.name) }.compactMap { rule($0.name) }
    }

    func rules(_ line: LogLine) -> [LogReplay.Rule] {
        if Self.credentials.contains(where: { $0 == (line.method, line.path) }) {
            return rulesOfLogin + rulesOfAll
        }
        guard case .route(let index) = routes.match(method: line.method, path: Array(line.path.utf8)) else {
            return rulesOfAll
        }
        return rulesOfRoute[index] + rulesOfAll
    }
}

/// Reads a file line by line, however long it is.
enum LineReader {
    /// Calls `body` for each line without its end; with nil for one of more than `longest` bytes.
    static func read(_ path: String, longest: Int, _ body: (Substring?) throws -> Void) throws {
        let handle: FileHandle
        if path == "-" {
            handle = .standardInput
        } else {
            guard let opened = FileHandle(forReadingAtPath: path) else {
                throw CommandFailure.refused("\(path) cannot be read")
            }
            handle = opened
        }
        var line: [UInt8] = []
        var isTooLong = false
        func end() throws {
            if line.last == 0x0D { line.removeLast() }
            try body(isTooLong ? nil : Substring(decoding: line, as: UTF8.self))
            line.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        while let chunk = try handle.read(upToCount: 64 << 10), !chunk.isEmpty {
            var rest = [UInt8](chunk)[...]
            while let cut = rest.firstIndex(of: 0x0A) {
                append(rest[..<cut])
                try end()
                rest = rest[(cut + 1)...]
            }
            append(rest)
        }
        if !line.isEmpty || isTooLong { try end() }

        func append(_ part: ArraySlice<UInt8>) {
            guard !isTooLong, line.count + part.count <= longest else {
                isTooLong = true
                return
            }
            line.append(contentsOf: part)
        }
    }
}
