import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import Fillgate

@Suite("fillgate override and trace")
struct OverrideCommandTests {
    private func extra(_ upstream: RecordingUpstream) -> String {
        """
        upstreams: { app: { addresses: ["127.0.0.1:\(upstream.port)"], health-check: { interval: 0s } } }
        connections: { body-limit: 4B, body-limit-max: 8B }
        routes:
          - { path: /app/**, upstream: app, require: anonymous, limits: ["narrow*2"] }
          - { path: /free/**, upstream: app, require: anonymous, limits: [slots] }
        limits:
          - { name: narrow, key: [ip], rate: 1/h, burst: 2 }
          - { name: slots, key: [ip], in-flight: 5 }
        records: { sample: 0 }

        """
    }

    private func list(_ line: CommandLine) async throws -> [[String: Any]] {
        let result = try await line.run("override", "list", "--json")
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]] ?? []
    }

    @Test(
        "an override holds on a running worker within a second, is told in log and metrics, and ends with clear"
    )
    func holds() async throws {
        let upstream = try RecordingUpstream.echo()
        defer { upstream.stop() }
        let line = try await CommandLine.start(extra: extra(upstream))
        let worker = try await RunningWorker(line)
        try await eventually("the worker serves") { try await worker.ask("/app/x").status != 503 }
        #expect(try await worker.ask("/app/x").status == 429)
        let set = try await line.run(
            "override", "set", "narrow", "--mode", "shadow", "--for", "1h", "--author", "alice")
        #expect(set.code == 0 && set.output.hasPrefix("policy narrow: mode shadow until 20"))
        let asked = ContinuousClock.now
        try await eventually("the override holds") { try await worker.ask("/app/x").status == 200 }
        // A second, and what asking takes on a busy machine.
        #expect(ContinuousClock.now - asked < .seconds(5))
        let rows = try await list(line)
        #expect(rows.count == 1 && rows[0]["author"] as? String == "alice")
        #expect((rows[0]["changes"] as? [String: String]) == ["mode": "shadow"])
        let metrics = String(
            decoding: try await worker.ask("/metrics", port: worker.operations).body, as: UTF8.self)
        #expect(metrics.contains("fillgate_overrides{kind=\"policy\",name=\"narrow\"} 1"))
        let logged = worker.records(saying: "override in force")
        #expect(logged.first?["author"] as? String == "alice" && logged.first?["mode"] as? String == "shadow")

        #expect(try await line.run("override", "clear", "narrow").output == "overrides cleared: 1\n")
        try await eventually("the policy is as configured") { try await worker.ask("/app/x").status == 429 }
        #expect(!worker.records(saying: "override ended").isEmpty)
        #expect(try await line.run("override", "clear", "narrow").code == 1)
        #expect(try await line.run("override", "clear", "--all").code == 0)
        #expect(try await worker.process.stop() == .code(0))
    }

    @Test("while Redis is away what is in force stays so, and until its own end")
    func redisAway() async throws {
        let upstream = try RecordingUpstream.echo()
        defer { upstream.stop() }
        let line = try await CommandLine.start(extra: extra(upstream))
        let worker = try await RunningWorker(line)
        func length(_ bytes: Int) async throws -> Int {
            try await worker.ask("/free/x", form: String(repeating: "a", count: bytes)).status
        }
        #expect(
            try await line.run("override", "set-route", "/free/**", "--body-limit", "6B", "--for", "8s").code
                == 0)
        try await eventually("the override holds") { try await length(6) == 200 }
        line.redis.stop()
        #expect(try await length(6) == 200)
        #expect(try await length(7) == 413)
        try await eventually("the override is over") { try await length(6) == 413 }
    }

    @Test(
        "an override that cannot be is refused with the reason",
        arguments: [
            (["set", "narow", "--burst", "3"], 1, "did you mean 'narrow'?"),
            (["set", "narrow", "--burst", "1"], 1, "at least the cost of a request (2)"),
            (["set", "narrow", "--rate", "10001/s"], 1, "a rate at most 10000/s"),
            (["set", "narrow", "--in-flight", "3"], 1, "is a rate"),
            (["set", "slots", "--burst", "3"], 1, "counts requests in flight"),
            (["set", "slots", "--in-flight", "0"], 2, "from 1 to 100000"),
            (["set", "narrow", "--rate", "10/day"], 2, "unknown unit"),
            (["set", "narrow", "--mode", "shade"], 2, "enforce, shadow"),
            (["set", "narrow"], 2, "at least one of"),
            (["set-route", "/ap/**", "--body-limit", "1B"], 1, "did you mean '/app/**'?"),
            (["set-route", "/app/**", "--body-limit", "9B"], 1, "more than connections.body-limit-max, 8B"),
        ])
    func refused(_ arguments: [String], _ code: Int32, _ reason: String) async throws {
        let upstream = try RecordingUpstream.echo()
        defer { upstream.stop() }
        let line = try await CommandLine.start(extra: extra(upstream))
        let result = try await CommandLine.run(
            ["override"] + arguments + ["--for", "1h"], environment: ["FILLGATE_CONFIG": line.config])
        #expect(result.code == code && result.errors.contains(reason), "\(result.errors)")
        #expect(try await list(line).isEmpty)
    }

    @Test("pain 20: an override lasts from a second to a week, on both bounds and not beyond")
    func durations() async throws {
        let upstream = try RecordingUpstream.echo()
        defer { upstream.stop() }
        let line = try await CommandLine.start(extra: extra(upstream))
        for (span, code) in [("1s", 0), ("168h", 0), ("999ms", 2), ("169h", 2)] {
            let result = try await line.run("override", "set", "narrow", "--burst", "3", "--for", span)
            #expect(result.code == Int32(code), "\(span): \(result.errors)")
        }
    }

    @Test("a refusal is traced by its ID: when, who, which route, why, and on which worker")
    func trace() async throws {
        let upstream = try RecordingUpstream.echo()
        defer { upstream.stop() }
        let line = try await CommandLine.start(extra: extra(upstream))
        let worker = try await RunningWorker(line)
        var refusal: [String: Any] = [:]
        try await eventually("the limit is exhausted") {
            let answer = try await worker.ask("/app/page?secret=hunter2")
            refusal = answer.object
            return answer.status == 429
        }
        let id = try #require(refusal["request_id"] as? String)
        var traced = try await line.run("trace", id, "--json")
        try await eventually("the record is there") {
            traced = try await line.run("trace", id, "--json")
            return traced.code == 0
        }
        let record = try #require(
            try JSONSerialization.jsonObject(with: Data(traced.output.utf8)) as? [String: Any])
        #expect(record["decision"] as? String == "rate-limited" && record["policy"] as? String == "narrow")
        #expect(record["status"] as? Int == 429 && record["route"] as? String == "/app/**")
        #expect(record["path"] as? String == "/app/page" && record["client"] as? String == "127.0.0.1")
        #expect((record["worker"] as? String)?.contains(":\(worker.process.pid)/") == true)
        let text = try await line.run("trace", id).output
        #expect(text.contains("decision  rate-limited by narrow") && !text.contains("hunter2"))
        let unknown = try await line.run("trace", "nobody-knows-this")
        #expect(unknown.code == 1 && unknown.output.isEmpty)
    }
}
