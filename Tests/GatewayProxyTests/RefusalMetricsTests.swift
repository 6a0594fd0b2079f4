import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// Refusals, provoked one after the other, and what is counted of them.
@Suite("Refusals in the metrics")
struct RefusalMetricsTests {
    /// A request as it is written, the status and code that it gets, and the route that it counts for.
    private struct Case: Sendable {
        var text: String
        var status: Int
        var code: String
        var route = "none"

        init(_ text: String, _ status: Int, _ code: String, _ route: String = "none") {
            self.text = text
            self.status = status
            self.code = code
            self.route = route
        }

        init(
            _ method: String, _ path: String, _ fields: String, _ status: Int, _ code: String,
            _ route: String
        ) {
            self.init("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n", status, code, route)
        }
    }

    private static let long = String(repeating: "a", count: 20_000)

    private static let cases = [
        Case("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "malformed-request"),
        Case("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", 414, "request-line-too-long"),
        Case("GET /open/x HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", 431, "headers-too-large"),
        Case(
            "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501,
            "unsupported-transfer-coding"),
        Case("GET /open/x HTTP/1.2\r\nHost: a\r\n\r\n", 505, "unsupported-version"),
        Case("GET /open/x HTTP/1.1\r\nHost", 408, "request-timeout"),
        Case("GET", "/nowhere", "", 404, "not-found", "none"),
        Case("DELETE", "/code/x", "", 405, "method-not-allowed", "none"),
        Case("TRACE", "/open/x", "", 405, "method-not-allowed", "none"),
        Case("GET", "/api/x", "", 401, "unauthenticated", "/api/**"),
        Case("GET", "/app/x", "Accept: text/html\r\n", 303, "unauthenticated", "/app/**"),
        Case("POST", "/open/x", "Content-Length: 1001\r\n", 413, "body-too-large", "/open/**"),
        Case("POST", "/open/x", "Content-Length: 10\r\n\r\nhello", 408, "request-timeout", "/open/**"),
    ]

    @Test(
        "pain 10: every refusal is counted by code and route, as the access log has it",
        arguments: [1, 2])
    func table(loops: Int) async throws {
        let endpoint = Endpoint("GET", "/code/{id}", require: .anonymous) { request in
            EndpointResponse(status: 400, code: String(request.path.dropFirst(6)))
        }
        try await withGateway(
            try .echo(),
            {
                $0.loops = loops
                $0.endpoints = [endpoint]
                $0.bodyLimit = 1_000
                $0.limits.headerTimeout = .milliseconds(300)
                $0.limits.bodyGrace = .milliseconds(300)
            }
        ) { rig in
            for entry in Self.cases {
                let answer = try await rig.exchange(entry.text)
                #expect(answer.status == entry.status, "\(entry.code)")
            }
            // Those that only an endpoint of the gateway's own gives, and all others by that way, too.
            for code in Refusal.codes { #expect(try await rig.request("GET", "/code/\(code)").status == 400) }
            let lines = try await rig.log(Self.cases.count + Refusal.codes.count)
            let scrape = try await rig.scrape()
            for code in Refusal.codes {
                let provoked = Self.cases.filter { $0.code == code }
                for route in Set(provoked.map(\.route)) {
                    let count = provoked.count { $0.route == route }
                    let value = scrape.value("fillgate_refusals_total", ["code": code, "route": route])
                    #expect(value == Double(count), "\(code) on \(route)")
                }
                let own = scrape.value("fillgate_refusals_total", ["code": code, "route": "/code/{id}"])
                #expect(own == 1, "\(code)")
                let logged = lines.count { $0["code"] as? String == code }
                #expect(scrape.value("fillgate_refusals_total", ["code": code]) == Double(logged), "\(code)")
            }
            try agree(scrape, lines)
        }
    }

    @Test("pain 10: a refusal for a rate limit names its policy and its route, and only that which refused")
    func rateLimits() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        func policy(_ name: String, _ key: LimitPolicy.Key, _ burst: Int64) throws -> LimitPolicy {
            LimitPolicy(
                name: name, key: key, gcra: try #require(GCRA(count: 1, per: .seconds(600), burst: burst)))
        }
        let policies = [try policy("wide", .address, 8), try policy("narrow", .user, 2)]
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.policies = policies
                // What is refused from memory is not charged to the other policy.
                $0.admission.memory = .zero
            }
        ) { rig in
            let before = try await rig.scrape()
            let names = ["code": "rate-limited", "policy": "narrow", "route": "/api/**"]
            #expect(before.value("fillgate_refusals_total", names) == 0, "there before it happens")
            let token = try await rig.logIn()
            let client = try rig.client()
            var statuses: [Int] = []
            for _ in 0..<5 {
                statuses.append(
                    try await client.request("GET", "/api/x", ["Authorization: Bearer \(token)"]).status)
            }
            for _ in 0..<5 { statuses.append(try await client.request("GET", "/open/x").status) }
            #expect(statuses == [200, 200, 429, 429, 429, 200, 200, 200, 429, 429])
            let scrape = try await rig.scrape()
            func refusals(_ labels: [String: String]) -> Double? {
                scrape.value("fillgate_refusals_total", labels)
            }
            #expect(refusals(names) == 3)
            #expect(refusals(["code": "rate-limited", "policy": "wide", "route": "/open/**"]) == 2)
            #expect(refusals(["code": "rate-limited", "policy": "wide", "route": "/api/**"]) == 0)
            #expect(refusals(["code": "rate-limited"]) == 5)
            #expect(scrape.value("fillgate_requests_total", ["status_class": "4xx"]) == 5)
            func decisions(_ policy: String, _ decision: String) -> Double? {
                scrape.value("fillgate_limit_decisions_total", ["policy": policy, "decision": decision])
            }
            #expect(decisions("narrow", "admitted") == 2 && decisions("narrow", "refused") == 3)
            #expect(decisions("wide", "admitted") == 8 && decisions("wide", "refused") == 2)
            try agree(scrape, try await rig.log(statuses.count))
        }
    }

    @Test("pain 8: a policy in shadow mode has decisions of its own and no refusals")
    func shadow() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let shy = LimitPolicy(
            name: "shy", key: .address, gcra: try #require(GCRA(count: 1, per: .seconds(600), burst: 2)),
            mode: .shadow)
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.policies = [shy]
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<5 { #expect(try await client.request("GET", "/open/x").status == 200) }
            let scrape = try await rig.scrape()
            func decisions(_ decision: String) -> Double? {
                let labels = ["policy": "shy", "route": "/open/**", "decision": decision]
                return scrape.value("fillgate_limit_decisions_total", labels)
            }
            #expect(decisions("shadow-admitted") == 2 && decisions("shadow-refused") == 3)
            #expect(decisions("admitted") == 0 && decisions("refused") == 0)
            #expect(scrape.value("fillgate_refusals_total", ["policy": "shy"]) == 0)
        }
    }

    @Test("without the store each policy's way out is counted, and a refusal for want of it names the policy")
    func storeAway() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        func policy(_ name: String, _ answer: LimitPolicy.StoreFailureAnswer) throws -> LimitPolicy {
            LimitPolicy(
                name: name, key: .address,
                gcra: try #require(GCRA(count: 1, per: .seconds(600), burst: 10)), onStoreFailure: answer)
        }
        let policies = [try policy("own", .local), try policy("open", .allow), try policy("shut", .deny)]
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.redisDeadline = .milliseconds(250)
                $0.policies = policies
            }
        ) { rig in
            redis.kill9()
            for _ in 0..<4 { #expect(try await rig.request("GET", "/open/x").status == 503) }
            let scrape = try await rig.scrape()
            for (policy, action) in [("own", "local"), ("open", "allow"), ("shut", "deny")] {
                let labels = ["policy": policy, "route": "/open/**", "action": action]
                #expect(scrape.value("fillgate_limit_fallbacks_total", labels) == 4, "\(policy)")
                #expect(scrape.value("fillgate_limit_fallbacks_total", ["policy": policy]) == 4)
            }
            let refused = ["code": "store-unavailable", "policy": "shut", "route": "/open/**"]
            #expect(scrape.value("fillgate_refusals_total", refused) == 4)
            #expect(scrape.value("fillgate_refusals_total", ["code": "store-unavailable"]) == 4)
            #expect(scrape.value("fillgate_store_faults_total") == 4)
            try agree(scrape, try await rig.log(4))
        }
    }

    @Test("forbidden, cross-site, gone and silent upstreams: the rest of the table, through the real thing")
    func others() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let upstream = try RecordingUpstream { link in
            while let request = try link.request() {
                if request.target.hasSuffix("garbage") { return try link.send("garbage\r\n\r\n") }
                if request.target.hasSuffix("silent") { _ = try link.request() }
            }
        }
        try await withGateway(
            upstream,
            {
                $0.redis = redis
                $0.upstream.responseTimeout = .milliseconds(300)
                $0.limits.perAddress = 2
            }
        ) { rig in
            let token = try await rig.logIn()
            #expect(
                try await rig.request("GET", "/admin/x", ["Authorization: Bearer \(token)"]).status == 403)
            let foreign = ["Cookie: fillgate=\(token)", "Origin: https://evil.example"]
            #expect(try await rig.request("POST", "/api/x", foreign, body: "").status == 403)
            #expect(try await rig.request("GET", "/open/garbage").status == 502)
            #expect(try await rig.request("GET", "/open/silent").status == 504)
            try await eventually("no connection is left") { rig.gateway.openConnections == 0 }
            let kept = try (0..<2).map { _ in try rig.client() }
            for client in kept { #expect(try await client.request("GET", "/none").status == 404) }
            #expect(try await rig.client().response().status == 503)
            let scrape = try await rig.scrape()
            let expected = [
                ("forbidden", "/admin/**"), ("cross-site-request", "/api/**"),
                ("upstream-invalid", "/open/**"),
                ("upstream-timeout", "/open/**"), ("too-many-connections", "none"),
            ]
            for (code, route) in expected {
                let value = scrape.value("fillgate_refusals_total", ["code": code, "route": route])
                #expect(value == 1, "\(code)")
            }
            #expect(scrape.value("fillgate_connections_refused_total", ["answer": "told"]) == 1)
            // The one that was turned away may linger; then it is no longer counted.
            try await eventually("two are open") {
                try await rig.scrape().value("fillgate_connections_open") == 2
            }
            try agree(scrape, try await rig.log(7))
        }
    }

    /// Holds the metrics to the access log: as many requests by route and class, as many refusals by code and route.
    private func agree(_ scrape: Exposition, _ lines: [[String: Any]]) throws {
        var requests: [String: Int] = [:]
        var refusals: [String: Int] = [:]
        var bytes = 0
        for line in lines {
            let route = try #require(line["route"] as? String)
            let label = route.isEmpty ? "none" : route
            requests["\(label) \(try #require(line["status"] as? Int) / 100)xx", default: 0] += 1
            if let code = line["code"] as? String { refusals["\(label) \(code)", default: 0] += 1 }
            bytes += line["bytes"] as? Int ?? 0
        }
        func counted(_ family: String, _ label: String) throws -> [String: Int] {
            let samples = try #require(scrape.family(family)).samples.filter { $0.value > 0 }
            return Dictionary(
                samples.map { ("\($0.labels["route"] ?? "") \($0.labels[label] ?? "")", Int($0.value)) },
                uniquingKeysWith: +)
        }
        #expect(try counted("fillgate_requests_total", "status_class") == requests)
        #expect(try counted("fillgate_refusals_total", "code") == refusals)
        #expect(scrape.value("fillgate_request_duration_seconds_count") == Double(lines.count))
        #expect(scrape.value("fillgate_sent_bytes_total") == Double(bytes))
    }
}
