import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import Fillgate

@Suite("fillgate audit")
struct AuditCommandTests {
    private func events(_ line: CommandLine, _ options: String...) async throws -> [[String: Any]] {
        let result = try await CommandLine.run(
            ["audit", "--json"] + options, environment: ["FILLGATE_CONFIG": line.config])
        #expect(result.code == 0, "\(result.errors)")
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]] ?? []
    }

    private func kinds(_ events: [[String: Any]]) -> [String] { events.compactMap { $0["kind"] as? String } }

    @Test("every command that changes something leaves an event with the name of whoever ran it")
    func commands() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com", "--admin")
        _ = try await line.beginSession(of: "alice@example.com")
        let changes = [
            ["user", "disable", "alice@example.com"], ["user", "enable", "alice@example.com"],
            ["unlock", "alice@example.com"], ["unlock", "--ip", "192.0.2.7"], ["unlock", "--all"],
            ["sessions", "revoke", "alice@example.com", "--all"], ["limits", "reset", "192.0.2.7"],
            ["user", "delete", "alice@example.com"],
        ]
        for change in changes {
            let result = try await CommandLine.run(
                change, environment: ["FILLGATE_CONFIG": line.config, "USER": "operator"])
            #expect(result.code == 0, "\(change): \(result.errors)")
        }
        let events = try await self.events(line)
        #expect(
            kinds(events) == [
                "account-created", "account-disabled", "session-revoked", "account-enabled", "unlocked",
                "unlocked", "unlocked", "session-revoked", "limit-reset", "account-deleted",
            ])
        #expect(events.dropFirst().allSatisfy { $0["actor"] as? String == "cli:operator" })
        #expect(events[0]["reason"] as? String == "admin")
        #expect(events[2]["count"] as? Int == 1)
        #expect(events[5]["address"] as? String == "192.0.2.7")
        let ofAlice = try await self.events(line, "--user", "ALICE@example.com")
        #expect(ofAlice.count == 7)
        #expect(kinds(try await self.events(line, "--limit", "1")) == ["account-deleted"])
        #expect(try await self.events(line, "--limit", "0").isEmpty)
        let table = try await line.run("audit", "--limit", "2")
        #expect(table.output.hasPrefix("TIME"))
        #expect(table.output.split(separator: "\n").count == 3)
    }

    @Test("a failed login through a worker is in Redis a moment later, in the log, and in the metrics")
    func worker() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com")
        let worker = try await RunningWorker(line)
        try await eventually("the login reaches Redis", within: .seconds(20)) {
            try await worker.logIn("alice@example.com", "not the right one").status == 401
        }
        try await eventually("the event is there", within: .seconds(20)) {
            try await kinds(events(line, "--user", "alice@example.com")).contains("login-failed")
        }
        let record = try #require(worker.records(saying: "a login failed").first)
        #expect(record["audit"] as? String == "login-failed")
        let event = try #require(try await events(line).last { $0["kind"] as? String == "login-failed" })
        #expect(event["reason"] as? String == "wrong-password")
        let metrics = try await worker.ask("/metrics", port: worker.operations)
        let text = String(decoding: metrics.body, as: UTF8.self)
        #expect(text.contains("fillgate_audit_lost_events_total 0"))
        #expect(!text.contains(#"fillgate_audit_events_total{kind="login-failed"} 0"#))
    }

    @Test("requests that a rate limit refused leave few events, which say how many there were")
    func limits() async throws {
        let extra = """
            upstreams: {}
            event-loops: 1
            limits: [{ name: tiny, key: [ip], rate: 1/h, burst: 1 }]
            endpoints: { credential-limits: [tiny], limits: [tiny] }
            """
        let line = try await CommandLine.start(extra: extra)
        let worker = try await RunningWorker(line)
        var refused = 0
        try await eventually("the limit refuses", within: .seconds(20)) {
            if try await worker.logIn("alice@example.com").status == 429 { refused += 1 }
            return refused >= 20
        }
        try await eventually("the event is there", within: .seconds(20)) {
            try await kinds(events(line)).contains("limit-refused")
        }
        let found = try await events(line).filter { $0["kind"] as? String == "limit-refused" }
        #expect(found.count < refused)
        #expect(found.allSatisfy { $0["reason"] as? String == "tiny" && $0["address"] is String })
        #expect(found.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } <= refused)
    }

    @Test("--follow tells of events as they come, each on a line of its own, and Ctrl-C ends it with 0")
    func follow() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com")
        let process = try ServerProcess(
            ServerProcess.product("fillgate"), ["audit", "--follow", "--json"],
            environment: ["FILLGATE_CONFIG": line.config])
        try await process.wait(forOutput: "account-created")
        _ = try await line.run("user", "disable", "alice@example.com")
        try await process.wait(forOutput: "account-disabled")
        let lines = process.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) != nil })
        process.signal(SIGINT)
        #expect(try await process.waitForExit(within: .seconds(20)) == .code(0))
    }

    @Test("without Redis it exits 3")
    func away() async throws {
        let line = try await CommandLine.start()
        line.redis.stop()
        #expect(try await line.run("audit").code == 3)
        #expect(try await line.run("audit", "--follow").code == 3)
    }
}
