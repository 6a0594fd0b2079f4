import ArgumentParser
import GatewayCore

/// `fillgate trace REQUEST-ID`.
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show what became of a request: when, who, route, decision, status, timings, which worker.",
        discussion: """
            Refusals and failures leave a record, and a sampled share of the other requests. How long, how many and \
            how large a share is said by 'records' in the configuration.
            """)

    @OptionGroup var file: ConfigurationFile
    @Argument(help: "What X-Request-ID said.") var requestID: String
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let settings = try file.settings()
        let (id, lifetime) = (requestID, settings.records.bounds.lifetime)
        let record = try await AdminStore.run(settings) { store in
            try await store.record(id, lifetime: lifetime)
        }
        guard let record else {
            throw CommandFailure.refused(
                "there is no record of \(Listing.printable(id)): it was answered and not sampled, or is too old"
            )
        }
        let row = Row(record)
        print(json ? try Listing.json(row) : row.text)
    }

    private struct Row: Encodable {
        var requestId: String
        var time: String
        var worker: String
        var client: String
        var user: String?
        var method: String
        var path: String
        var `protocol`: String
        var route: String
        var upstream: String?
        /// `answered`, or the refusal's word.
        var decision: String
        var policy: String?
        var status: Int
        var bytes: Int
        var ms: Double
        var gatewayMs: Double
        var upstreamMs: Double
        var redisMs: Double

        init(_ record: RequestRecord) {
            requestId = Listing.printable(record.id)
            time = Listing.time(record.time)
            worker = Listing.printable(record.worker)
            client = Listing.printable(record.address)
            user = record.user.map(Listing.printable)
            method = Listing.printable(record.method)
            path = Listing.printable(record.path)
            self.protocol = record.version
            route = Listing.printable(record.route)
            upstream = record.upstream
            decision = record.code ?? "answered"
            policy = record.policy
            status = record.status
            bytes = record.bytes
            let own = max(0, record.total - record.upstreamTime - record.storeTime)
            (ms, gatewayMs) = (Double(record.total) / 1_000, Double(own) / 1_000)
            (upstreamMs, redisMs) = (Double(record.upstreamTime) / 1_000, Double(record.storeTime) / 1_000)
        }

        var text: String {
            let decided = policy.map { "\(decision) by \($0)" } ?? decision
            let lines: [(String, String)] = [
                ("request", requestId), ("time", time), ("worker", worker), ("client", client),
                ("user", user ?? "nobody"), ("asked", "\(method) \(path) (\(self.protocol))"),
                ("route", route.isEmpty ? "none" : route), ("upstream", upstream ?? "none"),
                ("decision", decided), ("status", status == 0 ? "none" : String(status)),
                ("bytes", String(bytes)),
                ("timings", "\(ms) ms: gateway \(gatewayMs), upstream \(upstreamMs), Redis \(redisMs)"),
            ]
            return lines.map { name, value in
                name + String(repeating: " ", count: 10 - name.count) + value
            }.joined(separator: "\n")
        }
    }
}
