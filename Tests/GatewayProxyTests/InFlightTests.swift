import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Requests in flight on the wire")
struct InFlightTests {
    private func withBound(
        _ policy: InFlightPolicy, redis: RedisServer? = nil, _ upstream: RecordingUpstream,
        _ body: (Rig) async throws -> Void
    ) async throws {
        let server = try await RedisServer.start()
        defer { server.stop() }
        try await withGateway(
            upstream,
            {
                $0.redis = redis ?? server
                $0.inFlight = [policy]
            }, body)
    }

    private let slots = InFlightPolicy(name: "slots", key: .address, most: 2)

    /// Begins `count` uploads that do not end before they are told to.
    private func hold(_ count: Int, _ rig: Rig) async throws -> [RawClient] {
        var clients: [RawClient] = []
        for _ in 0..<count {
            let client = try rig.client()
            try await client.send("POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
            clients.append(client)
        }
        return clients
    }

    @Test(
        "the request that is one too many is refused with the policy named, and passes when another is over")
    func bound() async throws {
        try await withBound(slots, try .echo()) { rig in
            let held = try await hold(2, rig)
            try await eventually("two are under way") {
                try await rig.onLoops { $0.leases.count }.reduce(0, +) == 2
            }
            let refused = try await rig.request("GET", "/open/x")
            #expect(refused.status == 429 && refused.text.contains("rate-limited"))
            #expect(refused.text.contains("slots") && refused["Retry-After"] == "1")
            #expect(refused["RateLimit-Policy"] == "\"slots\";q=2;qu=\"concurrent-requests\"")
            #expect(refused["RateLimit"] == "\"slots\";r=0")
            let labels = ["policy": "slots", "route": "/open/**"]
            let scrape = try await rig.scrape()
            #expect(scrape.value("fillgate_limit_leases") == 2)
            #expect(
                scrape.value("fillgate_refusals_total", labels.merging(["code": "rate-limited"]) { $1 }) == 1)
            #expect(
                scrape.value(
                    "fillgate_limit_decisions_total", labels.merging(["decision": "refused"]) { $1 }) == 1)
            try await held[0].send("b")
            #expect(try await held[0].response(to: "POST").status == 200)
            try await eventually("a place is free") {
                try await rig.request("GET", "/open/x")["RateLimit"] == "\"slots\";r=0"
            }
            try await held[1].send("b")
            #expect(try await held[1].response(to: "POST").status == 200)
            try await eventually("nothing is held") {
                try await rig.onLoops { $0.leases.count }.reduce(0, +) == 0
            }
        }
    }

    @Test("a client that goes away gives its place back")
    func vanished() async throws {
        try await withBound(slots, try .echo()) { rig in
            let held = try await hold(2, rig)
            try await eventually("two are under way") {
                try await rig.onLoops { $0.leases.count }.reduce(0, +) == 2
            }
            for client in held { client.close() }
            try await eventually("a place is free") {
                try await rig.request("GET", "/open/x").status == 200
            }
        }
    }

    @Test("pain 8: in shadow mode nobody is refused, no header shows, and the refusal is counted")
    func shadow() async throws {
        var shy = slots
        shy.mode = .shadow
        shy.most = 1
        try await withBound(shy, try .echo()) { rig in
            let held = try await hold(1, rig)
            try await eventually("one is under way") {
                try await rig.onLoops { $0.leases.count }.reduce(0, +) == 1
            }
            let answer = try await rig.request("GET", "/open/x")
            #expect(answer.status == 200 && answer["RateLimit"] == nil && answer["RateLimit-Policy"] == nil)
            let scrape = try await rig.scrape()
            let labels = ["policy": "slots", "route": "/open/**", "decision": "shadow-refused"]
            #expect(scrape.value("fillgate_limit_decisions_total", labels) == 1)
            try await held[0].send("b")
            #expect(try await held[0].response(to: "POST").status == 200)
        }
    }

    @Test(
        "pain 2: while Redis is away a bound is kept by each loop, refuses as the store's fault, or lets pass",
        arguments: LimitPolicy.StoreFailureAnswer.allCases)
    func storeAway(answer: LimitPolicy.StoreFailureAnswer) async throws {
        let redis = try await RedisServer.start()
        var bound = slots
        bound.most = 1
        bound.onStoreFailure = answer
        try await withBound(bound, redis: redis, try .echo()) { rig in
            redis.stop()
            try await eventually("the gateway knows that Redis is away") {
                try await rig.request("GET", "/open/x").status == (answer == .deny ? 503 : 200)
            }
            guard answer != .deny else {
                return #expect(try await rig.request("GET", "/open/x").text.contains("store-unavailable"))
            }
            let held = try await hold(1, rig)
            try await eventually("one is under way") { try await rig.onPools { $0.inUse }.reduce(0, +) == 1 }
            #expect(try await rig.request("GET", "/open/x").status == (answer == .local ? 429 : 200))
            try await held[0].send("b")
            #expect(try await held[0].response(to: "POST").status == 200)
            #expect(try await rig.request("GET", "/open/x").status == 200)
        }
    }
}
