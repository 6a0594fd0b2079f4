import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import Fillgate

@Suite("fillgate limits simulate")
struct SimulateCommandTests {
    private static let config = """
        upstreams: { app: { addresses: ["127.0.0.1:1"] } }
        routes:
          - { path: /api/**, upstream: app, limits: [address, mine] }
          - { path: /export/**, upstream: app, limits: ["address*3", slots] }
        limits:
          - { name: address, key: [ip], rate: 6/min, burst: 3 }
          - { name: mine, key: [user], rate: 1/h, burst: 2, mode: shadow }
          - { name: slots, key: [ip], in-flight: 1 }
          - { name: seats, key: [session], rate: 1/h, burst: 1 }

        """

    private struct Outcome {
        var result: CommandLine.Result
        var report: [String: Any]
        var refused: [String]
    }

    private func simulate(
        _ log: [String], config: String = config, _ options: String...
    ) async throws -> Outcome {
        let folder = try TemporaryFolder()
        let path = try folder.write(Data(config.utf8), to: "gateway.yaml")
        let lines = try folder.write(Data((log.joined(separator: "\n") + "\n").utf8), to: "access.log")
        let result = try await CommandLine.run(
            ["limits", "simulate", "--config", path, lines, "--json"] + options)
        let parsed = try? JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let report = parsed as? [String: Any] ?? [:]
        let rows = report["subjects"] as? [[String: Any]] ?? []
        let refused = rows.map { row in
            ["policy", "subject", "refused", "requests"].map { "\(row[$0] ?? "")" }.joined(separator: " ")
        }
        return Outcome(result: result, report: report, refused: refused)
    }

    /// A line as the gateway writes it.
    private func line(
        _ time: String, _ client: String, _ path: String, user: String? = nil, ms: Double = 1
    ) -> String {
        let user = user.map { "\"\($0)\"" } ?? "null"
        return """
            {"time":"2026-11-21T\(time)Z","request_id":"01a1","client":"\(client)","user":\(user),"method":"GET",\
            "path":"\(path)","protocol":"http/1.1","route":"/api/**","status":200,"bytes":512,"ms":\(ms),\
            "gateway_ms":0.290,"upstream_ms":2.610,"redis_ms":0.310,"code":null}
            """
    }

    @Test("pain 8: a log of the gateway's own tells who would have been refused, how often and when")
    func ownLog() async throws {
        var log = (0..<4).map { line("20:00:00.00\($0)", "192.0.2.1", "/api/a", user: "a@b") }
        // Ten seconds later one more fits; it is written before an earlier one that took longer.
        log.insert(line("20:00:10.500", "192.0.2.1", "/api/a"), at: 0)
        log.append(line("20:00:00.100", "2001:db8::1", "/export/x"))
        log.append(line("20:00:00.200", "2001:db8::2", "/export/x"))
        log.append(#"{"time":"2026-11-21T20:00:00.000Z","level":"notice","message":"listening"}"#)
        let outcome = try await simulate(log)
        #expect(outcome.result.code == 0, "\(outcome.result.errors)")
        #expect(
            Set(outcome.refused) == ["address 192.0.2.1 1 5", "address 2001:db8::/64 1 2", "mine a@b 2 4"])
        #expect(outcome.report["requests"] as? Int == 7 && outcome.report["refused"] as? Int == 4)
        let rows = outcome.report["subjects"] as? [[String: Any]] ?? []
        let worst = rows.first ?? [:]
        #expect(worst["first"] as? String == "2026-11-21T20:00:00Z" && worst["policy"] as? String == "mine")
        #expect(outcome.result.errors.contains("left out: seats"))
    }

    @Test("requests that are under way together count against a bound on them")
    func inFlight() async throws {
        let log = [
            line("20:00:05.000", "192.0.2.1", "/export/x", ms: 1),
            line("20:00:00.000", "192.0.2.1", "/export/x", ms: 9_000),
            line("20:01:00.000", "192.0.2.1", "/export/x", ms: 1),
        ]
        let outcome = try await simulate(log, "--policy", "slots")
        #expect(outcome.refused == ["slots 192.0.2.1 1 3"])
    }

    @Test("nginx's combined format is read, with its zone, and a policy that no route names meets everything")
    func combined() async throws {
        let config = """
            upstreams: {}
            limits: [{ name: new, key: [ip], rate: 1/min, burst: 1 }]
            """
        let log = [
            #"192.0.2.1 - - [21/Nov/2026:20:00:00 +0000] "GET /a?b HTTP/1.1" 200 5 "-" "curl""#,
            #"192.0.2.1 - alice [21/Nov/2026:22:00:59 +0200] "GET /c HTTP/1.1" 200 5"#,
            #"192.0.2.1 - - [21/Nov/2026:15:01:01 -0500] "GET / HTTP/1.1" 200 5 "-" "x""#,
        ]
        let outcome = try await simulate(log, config: config)
        #expect(outcome.refused == ["new 192.0.2.1 1 3"])
        let rows = outcome.report["subjects"] as? [[String: Any]] ?? []
        #expect(rows.first?["last"] as? String == "2026-11-21T20:00:59Z")
    }

    @Test("what is not a line of a log is named by its line, and nothing else is lost by it")
    func faults() async throws {
        let log = [
            line("20:00:00.000", "192.0.2.1", "/api/a"), "{\"time\": ", "hello",
            line("20:00:00.000", "nobody", "/api/a"), String(repeating: "x", count: 70_000),
            line("20:00:61x", "192.0.2.1", "/api/a"),
        ]
        let outcome = try await simulate(log)
        #expect(outcome.result.code == 0 && outcome.report["requests"] as? Int == 1)
        let told = outcome.result.errors.split(separator: "\n").filter { $0.contains("access.log:") }
        #expect(told.map { $0.split(separator: ":")[1] } == ["2", "3", "4", "5", "6"])
        let nothing = try await simulate(["hello"])
        #expect(nothing.result.code == 1)
        #expect(try await simulate(["hello"], "--policy", "adress").result.errors.contains("'address'?"))
    }

    @Test("memory is bounded: of more subjects than are followed the rest is only counted")
    func bounded() async throws {
        let log = (0..<50).flatMap { subject in
            (0..<4).map { line("20:00:0\($0).000", "192.0.2.\(subject)", "/api/a") }
        }
        let all = try await simulate(log, "--policy", "address", "--subjects", "100")
        #expect(all.refused.count == 50 && all.report["refused_of_others"] as? Int == 0)
        let few = try await simulate(log, "--policy", "address", "--subjects", "10")
        #expect(few.refused.count <= 10)
    }

    @Test("times are read as they are written, on both sides of a leap day")
    func times() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29T00:00:00Z", 1_709_164_800),
            ("2024-03-01T00:00:00Z", 1_709_251_200), ("2026-11-21T20:00:00Z", 1_795_291_200),
        ] {
            #expect(LogLine.time(rfc3339: text) == Timestamp(seconds: Int64(seconds)), "\(text)")
        }
        #expect(LogLine.time(rfc3339: "1970-01-01T00:00:00.5Z") == Timestamp(microseconds: 500_000))
        #expect(LogLine.time(common: "01/Jan/1970:01:00:00 +0100") == Timestamp(seconds: 0))
        for text in ["", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z"] {
            #expect(LogLine.time(rfc3339: text) == nil, "\(text)")
        }
    }
}
