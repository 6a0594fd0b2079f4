import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Rate limits on the wire")
struct RateLimitTests {
    private func policy(
        _ name: String, _ key: LimitPolicy.Key, burst: Int64, mode: LimitPolicy.Mode = .enforce
    ) throws -> LimitPolicy {
        let gcra = try #require(GCRA(count: 1, per: .seconds(600), burst: burst))
        return LimitPolicy(name: name, key: key, gcra: gcra, mode: mode)
    }

    private func withPolicies(
        _ policies: [LimitPolicy], _ body: (Rig) async throws -> Void
    ) async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.policies = policies
            }, body)
    }

    @Test("pain 9: every answer tells what is left, and a refusal when to come again")
    func fields() async throws {
        try await withPolicies([try policy("address", .address, burst: 2)]) { rig in
            let client = try rig.client()
            for left in [1, 0] {
                let answer = try await client.request("GET", "/open/x")
                #expect(answer.status == 200)
                #expect(answer["RateLimit-Policy"] == "\"address\";q=2;w=1200")
                #expect(answer["RateLimit"]?.hasPrefix("\"address\";r=\(left);t=") == true)
            }
            let refused = try await client.request("GET", "/open/x")
            #expect(refused.status == 429 && refused.text.contains("rate-limited"))
            #expect(refused.text.contains("address"))
            #expect(refused["RateLimit"]?.hasPrefix("\"address\";r=0;t=") == true)
            #expect(refused["RateLimit-Policy"] == "\"address\";q=2;w=1200")
            let wait = try #require(refused["Retry-After"].flatMap { Int($0) })
            #expect((1...600).contains(wait))
            #expect(rig.upstream.requests.count == 2)
            // The connection lives on, and other routes are not concerned.
            #expect(try await client.request("GET", "/none").status == 404)
            #expect(try await rig.log(3)[2]["code"] as? String == "rate-limited")
        }
    }

    @Test("pain 8: a policy in shadow mode refuses nothing and shows no header")
    func shadow() async throws {
        try await withPolicies([try policy("shy", .address, burst: 1, mode: .shadow)]) { rig in
            let client = try rig.client()
            for _ in 0..<5 {
                let answer = try await client.request("GET", "/open/x")
                #expect(
                    answer.status == 200 && answer["RateLimit"] == nil && answer["RateLimit-Policy"] == nil)
            }
        }
    }

    @Test("pain 11: several policies are met at once, and each user has a limit of his own")
    func several() async throws {
        let policies = [try policy("address", .address, burst: 5), try policy("api", .user, burst: 2)]
        try await withPolicies(policies) { rig in
            let alice = try await rig.logIn("alice")
            let bob = try await rig.logIn("bob")
            let client = try rig.client()
            func ask(_ token: String) async throws -> RawMessage {
                try await client.request("GET", "/api/x", ["Authorization: Bearer \(token)"])
            }
            let first = try await ask(alice)
            #expect(first["RateLimit-Policy"] == "\"address\";q=5;w=3000, \"api\";q=2;w=1200")
            #expect(first["RateLimit"]?.contains("\"address\";r=4") == true)
            #expect(first["RateLimit"]?.contains("\"api\";r=1") == true)
            #expect(try await ask(alice).status == 200)
            let refused = try await ask(alice)
            #expect(refused.status == 429 && refused.text.contains("\\\"api\\\""))
            #expect(try await ask(bob).status == 200)
            #expect(try await ask(bob).status == 200)
            let byAddress = try await ask(bob)
            #expect(byAddress.status == 429)
        }
    }

    @Test("the address limit is charged before anybody is known, to requests without a session, too")
    func beforeAuthentication() async throws {
        try await withPolicies([try policy("address", .address, burst: 2)]) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/api/x").status == 401)
            #expect(try await client.request("GET", "/api/x").status == 401)
            #expect(try await client.request("GET", "/api/x").status == 429)
            #expect(try await client.request("GET", "/api/x")["RateLimit"] != nil)
        }
    }

    @Test("pain 12, pain 13: behind a trusted proxy the limit is the client's, not the proxy's")
    func forwarded() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let limit = try policy("address", .address, burst: 1)
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.policies = [limit]
                try $0.trust("127.0.0.1")
            }
        ) { rig in
            let client = try rig.client()
            func ask(_ address: String) async throws -> Int {
                try await client.request("GET", "/open/x", ["X-Forwarded-For: \(address)"]).status
            }
            #expect(try await ask("203.0.113.1") == 200)
            #expect(try await ask("6.6.6.6, 203.0.113.1") == 429)
            #expect(try await ask("203.0.113.2") == 200)
            #expect(try await ask("2001:db8:1:1::1") == 200)
            #expect(try await ask("2001:db8:1:1::ffff") == 429)
            #expect(try await ask("2001:db8:1:2::1") == 200)
        }
    }

    /// Scripts that Redis has run.
    private func scripts(_ redis: RedisServer) throws -> Int {
        guard case .text(let info) = try redis.command("INFO", "commandstats") else { return 0 }
        let lines = info.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("cmdstat_eval") }
        return lines.reduce(0) { $0 + (Int($1.split(separator: "=")[1].prefix(while: \.isNumber)) ?? 0) }
    }

    @Test("pain 9, pain 10: a flood over a limit costs Redis nothing, and every refusal is told and counted")
    func flood() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let limit = try policy("address", .address, burst: 1)
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.policies = [limit]
                // They have a bound of their own.
                $0.records.perSecond = 0
            }
        ) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/x").status == 200)
            #expect(try await client.request("GET", "/open/x").status == 429)
            let before = try scripts(redis)
            var asked = 0
            let end = ContinuousClock.now + .milliseconds(600)
            while ContinuousClock.now < end {
                let refused = try await client.request("GET", "/open/x")
                asked += 1
                #expect(refused.status == 429)
                #expect(refused["RateLimit"]?.hasPrefix("\"address\";r=0;t=") == true)
                #expect(refused["RateLimit-Policy"] == "\"address\";q=1;w=600")
                #expect(try (1...600).contains(#require(refused["Retry-After"].flatMap { Int($0) })))
            }
            #expect(try scripts(redis) - before <= 1)
            let scrape = try await rig.scrape()
            let labels = ["policy": "address", "route": "/open/**"]
            let remembered = scrape.value("fillgate_limit_refusals_from_memory_total", labels) ?? 0
            #expect(remembered >= Double(asked - 1))
            #expect(
                scrape.value(
                    "fillgate_refusals_total", labels.merging(["code": "rate-limited"]) { $1 })
                    == Double(asked + 1))
            // Who is let off is asked about again within a second.
            let charge = LimitCharge(
                policy: limit, subject: .address(try #require(AddressPrefix("127.0.0.1"))))
            try await rig.reset(charge)
            try await eventually("the limit is whole again") {
                try await client.request("GET", "/open/x").status == 200
            }
        }
    }

    @Test("pain 11: a policy counts by address and route, by session, and by the value of a header")
    func composed() async throws {
        let place = try policy("place", #require(.init([.address, .route])), burst: 3)
        let seat = try policy("seat", #require(.init([.session])), burst: 2)
        let tenant = try policy("tenant", #require(.init([.user, .header("x-tenant")])), burst: 1)
        let key = try policy("key", #require(.init([.apiKey])), burst: 1)
        try await withPolicies([place, seat, tenant, key]) { rig in
            let (first, second) = (try await rig.logIn("alice"), try await rig.logIn("alice"))
            let client = try rig.client()
            func ask(_ path: String, _ token: String, _ fields: String...) async throws -> RawMessage {
                try await client.request("GET", path, ["Authorization: Bearer \(token)"] + fields)
            }
            let answer = try await ask("/api/x", first, "X-Tenant: blue")
            #expect(answer.status == 200)
            #expect(answer["RateLimit"]?.contains("\"place\";r=2") == true)
            #expect(answer["RateLimit"]?.contains("\"seat\";r=1") == true)
            #expect(answer["RateLimit"]?.contains("\"tenant\";r=0") == true)
            #expect(answer["RateLimit"]?.contains("\"key\"") == false)
            #expect(try await ask("/api/x", second, "x_tenant: blue").text.contains("\\\"tenant\\\""))
            #expect(try await ask("/api/x", second, "X-Tenant: red").status == 200)
            #expect(try await ask("/app/x", first).status == 200)
            let seated = try await ask("/app/x", first, "X-Tenant: green")
            #expect(seated.status == 429 && seated.text.contains("\\\"seat\\\""))
        }
    }

    @Test("pain 25: a policy by API key counts each key for itself, and nobody who has logged in")
    func apiKeys() async throws {
        let key = try policy("machine", #require(.init([.apiKey])), burst: 1)
        let both = try policy("either", #require(.init([.session])), burst: 1)
        try await withPolicies([key, both]) { rig in
            let (first, second) = (try await rig.makeKey([.read]), try await rig.makeKey([.read]))
            let session = try await rig.logIn("alice")
            let client = try rig.client()
            func ask(_ token: String) async throws -> RawMessage {
                try await client.request("GET", "/api/x", ["Authorization: Bearer \(token)"])
            }
            for token in [first, second] {
                let answer = try await ask(token)
                #expect(answer.status == 200)
                #expect(answer["RateLimit"]?.hasPrefix("\"machine\";r=0;t=") == true)
                #expect(answer["RateLimit"]?.contains("either") == false)
                #expect(try await ask(token).text.contains("\\\"machine\\\""))
            }
            let answer = try await ask(session)
            #expect(answer.status == 200 && answer["RateLimit"]?.hasPrefix("\"either\";r=0;t=") == true)
        }
    }

    @Test("a request that costs several units takes them, and the fields tell units")
    func costs() async throws {
        let gcra = try #require(GCRA(count: 1, per: .seconds(600), burst: 25, cost: 10))
        let export = LimitPolicy(name: "export", key: .address, gcra: gcra)
        try await withPolicies([export]) { rig in
            let client = try rig.client()
            for left in [15, 5] {
                let answer = try await client.request("GET", "/open/x")
                #expect(answer["RateLimit-Policy"] == "\"export\";q=25;w=15000")
                #expect(answer["RateLimit"]?.hasPrefix("\"export\";r=\(left);t=") == true)
            }
            for _ in 0..<2 {
                let refused = try await client.request("GET", "/open/x")
                #expect(refused.status == 429)
                #expect(refused["RateLimit"]?.hasPrefix("\"export\";r=5;t=") == true)
                let wait = try #require(refused["Retry-After"].flatMap { Int($0) })
                #expect((2_990...3_000).contains(wait))
            }
        }
    }
}
