import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Live overrides")
struct OverrideTests {
    private func override(
        _ target: LimitOverride.Target, _ change: (inout LimitOverride) -> Void
    ) -> LimitOverride {
        var override = LimitOverride(target, author: "test")
        change(&override)
        return override
    }

    @Test("a policy's burst, rate and mode change for all requests that come after, and come back")
    func policies() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let gcra = try #require(GCRA(count: 1, per: .seconds(600), burst: 2))
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.policies = [LimitPolicy(name: "address", key: .address, gcra: gcra)]
            }
        ) { rig in
            let client = try rig.client()
            func ask() async throws -> RawMessage { try await client.request("GET", "/open/x") }
            for _ in 0..<2 { #expect(try await ask().status == 200) }
            #expect(try await ask().status == 429)
            await rig.gateway.apply([override(.policy("address")) { $0.burst = 4 }])
            // What was remembered of the tighter limit does not stand in the way.
            let wider = try await ask()
            #expect(wider.status == 200 && wider["RateLimit-Policy"] == "\"address\";q=4;w=2400")
            await rig.gateway.apply([override(.policy("address")) { $0.mode = .shadow }])
            for _ in 0..<3 {
                let answer = try await ask()
                #expect(answer.status == 200 && answer["RateLimit-Policy"] == nil)
            }
            await rig.gateway.apply([
                override(.policy("address")) { $0.rate = LimitOverride.Rate(count: 100, per: .seconds(1)) }
            ])
            #expect(try await ask()["RateLimit-Policy"] == "\"address\";q=2;w=1")
            await rig.gateway.apply([])
            let back = try await ask()
            #expect(back.status == 429 && back["RateLimit-Policy"] == "\"address\";q=2;w=1200")
        }
    }

    @Test("an override of a body limit holds at once, over a reload too, and never exceeds body-limit-max")
    func bodyLimits() async throws {
        try await withGateway(
            try .echo(),
            {
                $0.bodyLimit = 4
                $0.limits.bodyLimitMax = 6
            }
        ) { rig in
            func post(_ bytes: Int) async throws -> Int {
                try await rig.request("POST", "/open/x", body: String(repeating: "a", count: bytes)).status
            }
            #expect(try await post(4) == 200)
            #expect(try await post(5) == 413)
            await rig.gateway.apply([override(.route("/open/**")) { $0.bodyLimit = 5 }])
            #expect(try await post(5) == 200)
            #expect(try await post(6) == 413)
            try await rig.reload()
            #expect(try await post(5) == 200)
            await rig.gateway.apply([override(.route("/open/**")) { $0.bodyLimit = 1_000 }])
            #expect(try await post(6) == 200)
            #expect(try await post(7) == 413)
            await rig.gateway.apply([override(.route("/other")) { $0.bodyLimit = 1 }])
            #expect(try await post(4) == 200)
        }
    }
}

@Suite("Records of requests")
struct RecordTests {
    private func withRecords(
        _ settings: RecordSettings, _ body: (Rig, RedisServer) async throws -> Void
    ) async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.records = settings
            }
        ) { rig in try await body(rig, redis) }
    }

    @Test("a refusal leaves a record under the ID that the client was told, without query or credential")
    func refusal() async throws {
        try await withRecords(RecordSettings(sample: 0)) { rig, redis in
            let token = try await rig.logIn()
            let secret = "Authorization: Bearer \(token)x"
            let answer = try await rig.request("GET", "/admin/page?token=hunter2", [secret])
            #expect(answer.status == 401)
            let id = try #require(answer["X-Request-ID"])
            try await eventually("the record is there") { try await rig.record(id) != nil }
            let record = try #require(try await rig.record(id))
            #expect(record.code == "unauthenticated" && record.status == 401 && record.method == "GET")
            #expect(record.path == "/admin/page" && record.route == "/admin/**")
            #expect(record.address == "127.0.0.1" && record.worker.hasSuffix("/0"))
            #expect(record.total >= 0 && record.upstream == "main")
            guard case .text(let kept) = try redis.command("HGET", "fg:{rec}h", id) else {
                Issue.record("no record in Redis")
                return
            }
            #expect(!kept.contains("hunter2") && !kept.contains(token))
        }
    }

    @Test(
        "of what is answered as usual the configured share leaves a record: none of it, or all",
        arguments: [0, 1])
    func sample(share: Double) async throws {
        try await withRecords(RecordSettings(sample: share)) { rig, redis in
            let fine = try #require(try await rig.request("GET", "/open/x")["X-Request-ID"])
            let refused = try #require(try await rig.request("GET", "/nowhere")["X-Request-ID"])
            try await eventually("the later record is there") { try await rig.record(refused) != nil }
            #expect(try await (rig.record(fine) != nil) == (share == 1))
        }
    }

    @Test("a flood of refusals writes no more records than it may, and what was dropped is counted")
    func flood() async throws {
        try await withRecords(RecordSettings(sample: 0, perSecond: 3)) { rig, redis in
            let client = try rig.client()
            for _ in 0..<3 { #expect(try await client.request("GET", "/nowhere").status == 404) }
            #expect(try await rig.scrape().value("fillgate_request_records_total", ["outcome": "kept"]) == 3)
            for _ in 0..<50 { #expect(try await client.request("GET", "/nowhere").status == 404) }
            let scrape = try await rig.scrape()
            let kept = scrape.value("fillgate_request_records_total", ["outcome": "kept"]) ?? 0
            let dropped = scrape.value("fillgate_request_records_total", ["outcome": "dropped"]) ?? 0
            #expect(kept + dropped == 53 && dropped > 0)
        }
    }

    @Test("a path is kept up to its bound")
    func longPath() async throws {
        try await withRecords(RecordSettings(sample: 0)) { rig, redis in
            for length in [RequestRecord.longestPath, RequestRecord.longestPath + 1] {
                let path = "/" + String(repeating: "x", count: length - 1)
                let id = try #require(try await rig.request("GET", path)["X-Request-ID"])
                try await eventually("the record is there") { try await rig.record(id) != nil }
                let kept = try await rig.record(id)?.path
                #expect(kept == String(path.prefix(RequestRecord.longestPath)))
            }
        }
    }
}
