import Dispatch
import Foundation
import GatewayCore
import NIOCore
import ServiceCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Metrics of the gateway")
struct MetricsTests {
    private static func policy(_ name: String) throws -> LimitPolicy {
        LimitPolicy(
            name: name, key: .address, gcra: try #require(GCRA(count: 1, per: .seconds(1), burst: 1)))
    }

    @Test("every family is announced, in the order of the table and with its kind, before anything happened")
    func families() async throws {
        try await withGateway(try .echo()) { rig in
            let scrape = try await rig.scrape()
            #expect(scrape.families.map(\.name) == GatewayFamilies.all.map(\.name))
            for (shown, family) in zip(scrape.families, GatewayFamilies.all) {
                #expect(shown.kind == family.kind.rawValue && shown.help == family.help)
                for sample in shown.samples {
                    #expect(Set(sample.labels.keys).subtracting(["le"]) == Set(family.labels))
                }
            }
        }
    }

    @Test("two scrapes of a gateway at rest show the same counts, and the same labels in the same order")
    func deterministic() async throws {
        try await withGateway(try .echo(), { $0.loops = 2 }) { rig in
            for path in ["/open/x", "/nowhere", "/api/x"] { _ = try await rig.request("GET", path) }
            try await eventually("no connection is left") { rig.gateway.openConnections == 0 }
            func shape(_ scrape: Exposition) -> [String] {
                scrape.families.flatMap(\.samples).filter { !$0.name.contains("loop_") }
                    .map { "\($0.name) \($0.labels.sorted { $0.key < $1.key }) \($0.value)" }
            }
            // A connection's task ends a moment after its connection.
            try await eventually("no task is left") {
                try await rig.scrape().value("fillgate_connection_tasks") == 0
            }
            #expect(shape(try await rig.scrape()) == shape(try await rig.scrape()))
        }
    }

    @Test("a route, an upstream and a policy that come back have their counts back, whatever came in between")
    func reload() throws {
        var metrics = LoopMetrics()
        let a = try Self.policy("a")
        let b = try Self.policy("b")
        let first = metrics.enrol(route: "/x", upstream: "u", addressPolicies: [a], principalPolicies: [b])
        let other = metrics.enrol(route: "/y", upstream: "v", addressPolicies: [b], principalPolicies: [])
        let again = metrics.enrol(route: "/x", upstream: "u", addressPolicies: [b], principalPolicies: [a])
        #expect(again.route == first.route && again.upstream == first.upstream)
        #expect(again.addressPolicies == first.principalPolicies)
        #expect(again.principalPolicies == first.addressPolicies)
        #expect(other.route != first.route && other.upstream != first.upstream)
        #expect(Set(other.addressPolicies).isDisjoint(with: first.addressPolicies + first.principalPolicies))
        #expect(first.route > LoopMetrics.overflow)
    }

    @Test(
        "names are bounded: the last that has room has a place of its own, the next shares one, counts agree")
    func bounds() throws {
        let most = 8
        var metrics = LoopMetrics(mostNames: most)
        let policy = try Self.policy("p")
        func enrol(_ number: Int) -> LoopMetrics.Places {
            metrics.enrol(
                route: "/\(number)", upstream: "u\(number)", addressPolicies: [policy], principalPolicies: [])
        }
        let places = (0..<most).map(enrol)
        #expect(Set(places.map(\.route)).count == most)
        #expect(Set(places.compactMap(\.upstream)).count == most)
        #expect(Set(places.flatMap(\.addressPolicies)).count == most)
        for number in [most, most + 1] {
            let shared = enrol(number)
            #expect(shared.route == LoopMetrics.overflow && shared.upstream == 0)
            // The policy's one place on the routes that share one.
            #expect(shared.addressPolicies == [0])
        }
        #expect(enrol(most - 1).route == places[most - 1].route)
        #expect(metrics.routes.count == most + 2)
        let times = LoopMetrics.Times(total: 30, upstream: 10, store: 5)
        let shared = enrol(most + 7)
        metrics.finished(
            at: shared, status: 429, code: "rate-limited", limit: shared.addressPolicies[0], times: times,
            received: 1, sent: 2)
        metrics.decided(
            LimitOutcome(isAdmitted: false, untilFull: 1, retryAfter: 1), .enforce,
            limit: shared.addressPolicies[0])
        let page = GatewayPage(loops: [Self.snapshot(metrics)], connections: 0)
        let scrape = try Self.read(page)
        #expect(scrape.value("fillgate_requests_total", ["route": "other", "status_class": "4xx"]) == 1)
        let labels = ["code": "rate-limited", "policy": "other", "route": "other"]
        #expect(scrape.value("fillgate_refusals_total", labels) == 1)
        #expect(scrape.value("fillgate_refusals_total", ["code": "rate-limited"]) == 1)
    }

    private static func snapshot(_ metrics: LoopMetrics) -> LoopSnapshot {
        LoopSnapshot(
            loop: 0, metrics: metrics, edge: EdgeCounts(), services: ServiceStatus(), tasks: 0,
            isDraining: false, upstreams: [], sessions: (0, 0, 0), localKeys: 0, processorTime: 0)
    }

    private static func read(_ page: GatewayPage) throws -> Exposition {
        var text = MetricsText()
        page.write(to: &text)
        return try Exposition(String(decoding: text.bytes, as: UTF8.self))
    }

    @Test("an upgraded connection is counted but no duration, and a request without an answer has no class")
    func classes() throws {
        var metrics = LoopMetrics()
        let times = LoopMetrics.Times(total: 9_000_000, upstream: 8_000_000, store: 0)
        metrics.finished(at: nil, status: 101, code: nil, limit: nil, times: times, received: 0, sent: 0)
        metrics.finished(
            at: nil, status: 0, code: "client-closed", limit: nil, times: times, received: 0, sent: 0)
        let scrape = try Self.read(GatewayPage(loops: [Self.snapshot(metrics)], connections: 0))
        func requests(_ name: String) -> Double? {
            scrape.value("fillgate_requests_total", ["route": "none", "status_class": name])
        }
        #expect(requests("1xx") == 1 && requests("none") == 1 && requests("2xx") == 0)
        #expect(scrape.value("fillgate_request_duration_seconds_count") == 1)
    }

    @Test(
        "what is there now shows while it is there: connections, tasks, requests at the upstream and in its queue"
    )
    func gauges() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {
                gate.wait()
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withGateway(upstream, { $0.upstream.maxConnections = 2 }) { rig in
            let clients = try (0..<3).map { _ in try rig.client() }
            for client in clients { try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n") }
            func value(_ name: String) async throws -> Double? { try await rig.scrape().value(name) }
            try await eventually("two are under way and one waits") {
                let busy = try await value("fillgate_upstream_requests")
                let queued = try await value("fillgate_upstream_queued_requests")
                return busy == 2 && queued == 1
            }
            #expect(try await value("fillgate_connections_open") == 3)
            #expect(try await value("fillgate_connections_accepted_total") == 3)
            #expect(try await value("fillgate_connection_tasks") == 3)
            #expect(try await value("fillgate_requests_total") == 0)
            for _ in clients { gate.signal() }
            for client in clients { #expect(try await client.response().text == "ok") }
            let after = try await rig.scrape()
            #expect(after.value("fillgate_upstream_requests") == 0)
            #expect(after.value("fillgate_upstream_queued_requests") == 0)
            #expect(after.value("fillgate_upstream_idle_connections") == 2)
            #expect(after.value("fillgate_upstream_duration_seconds_count", ["upstream": "main"]) == 3)
            #expect(
                after.value("fillgate_received_bytes_total")
                    == Double(3 * "GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n".utf8.count))
        }
    }

    @Test("a session that is known beforehand is a hit, one that is not a miss")
    func sessionCache() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let api = LimitPolicy(
            name: "api", key: .user, gcra: try #require(GCRA(count: 100, per: .seconds(1), burst: 100)))
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                $0.policies = [api]
            }
        ) { rig in
            let token = try await rig.logIn()
            for _ in 0..<4 {
                let answer = try await rig.request("GET", "/api/x", ["Authorization: Bearer \(token)"])
                #expect(answer.status == 200)
            }
            let scrape = try await rig.scrape()
            func lookups(_ result: String) -> Double? {
                scrape.value("fillgate_session_cache_lookups_total", ["result": result])
            }
            #expect(lookups("hit") == 3 && lookups("miss") == 1)
            #expect(scrape.value("fillgate_session_cache_entries") == 1)
            // The first cost two flights, and still is one request's time.
            #expect(scrape.value("fillgate_redis_duration_seconds_count") == 4)
        }
    }

    @Test(
        "a loop that is stuck holds no scrape up: its last answer stands in, which is counted, and its lag shows"
    )
    func stuckLoop() async throws {
        try await withGateway(try .echo(), { $0.loops = 2 }) { rig in
            for _ in 0..<6 { #expect(try await rig.request("GET", "/open/x").status == 200) }
            let scraper = GatewayScrape(of: rig.gateway, deadline: .milliseconds(200))
            func scrape() async throws -> Exposition {
                var text = MetricsText()
                await scraper.write(to: &text)
                return try Exposition(String(decoding: text.bytes, as: UTF8.self))
            }
            // A busy machine may make a loop late by itself.
            var before = try await scrape()
            try await eventually("both loops answer") {
                before = try await scrape()
                return before.value("fillgate_connection_tasks", ["loop": "1"]) != nil
                    && before.value("fillgate_requests_total") == 6
            }
            let missed = try #require(before.value("fillgate_scrape_incomplete_total"))
            let (stuck, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            rig.gateway.loops[0].executor.eventLoop.execute {
                stuck.signal()
                gate.wait()
            }
            // The scrape's whole patience must fall into the time in which the loop is stuck.
            try await Blocking.run { stuck.wait() }
            let during = try await scrape()
            #expect(during.value("fillgate_requests_total") == 6)
            #expect(try #require(during.value("fillgate_scrape_incomplete_total")) > missed)
            gate.signal()
            try await eventually("the loop's lag shows") {
                // It is told once, perhaps to the scrape whose answer came too late.
                rig.gateway.loops[0].executor.eventLoop.execute { usleep(200_000) }
                let lag = try await scrape().value("fillgate_loop_lag_max_seconds", ["loop": "0"])
                // It was stuck for as long as a scrape waits, less the interval of what it had to do.
                return (lag ?? 0) > 0.05
            }
        }
    }

    @Test("a loop that has never answered is left out, and the scrape is whole all the same")
    func neverAnswered() async throws {
        try await withGateway(try .echo(), { $0.loops = 2 }) { rig in
            let gate = DispatchSemaphore(value: 0)
            defer { gate.signal() }
            rig.gateway.loops[1].executor.eventLoop.execute { gate.wait() }
            let scrape = try await rig.scrape(within: .milliseconds(300))
            #expect(scrape.families.count == GatewayFamilies.all.count)
            #expect(scrape.value("fillgate_connection_tasks", ["loop": "1"]) == nil)
            #expect(try #require(scrape.value("fillgate_scrape_incomplete_total")) >= 1)
        }
    }

    @Test("a gateway that drains says so")
    func draining() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            gate.wait()
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        try await withGateway(upstream) { rig in
            #expect(try await rig.scrape().value("fillgate_draining") == 0)
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("the request is under way") { rig.upstream.requests.count == 1 }
            let drain = Task { await rig.gateway.drain(within: .seconds(20)) }
            try await eventually("the gateway drains") {
                try await rig.scrape().value("fillgate_draining") == 1
            }
            gate.signal()
            #expect(try await client.response().text == "ok")
            #expect(await drain.value)
        }
    }
}

@Suite("Lag of a loop")
struct LoopLagTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("what runs on time has no lag, and what runs late has that of its lateness")
    func lateness() {
        var lag = LoopLag()
        lag.ran(at: 5 * Self.second)
        #expect(lag.histogram.count == 0)
        lag.expect(at: 6 * Self.second)
        lag.ran(at: 6 * Self.second)
        #expect(lag.last == 0 && lag.most == 0 && lag.histogram.count == 1)
        lag.expect(at: 7 * Self.second)
        lag.ran(at: 7 * Self.second + 1_500_000)
        #expect(lag.last == 1_500 && lag.most == 1_500)
        lag.expect(at: 8 * Self.second)
        // Timers may be early by less than their grain.
        lag.ran(at: 8 * Self.second - 1)
        #expect(lag.last == 0 && lag.most == 1_500 && lag.histogram.sum == 1_500)
    }

    @Test("the longest lag is remembered for one window at least, and for two at most")
    func windows() {
        var lag = LoopLag()
        let begin = 100 * Self.second
        lag.expect(at: begin)
        lag.ran(at: begin + 9_000_000)
        #expect(lag.most == 9_000)
        for step in 1...59 {
            let now = begin + UInt64(step) * Self.second
            lag.expect(at: now)
            lag.ran(at: now)
            #expect(lag.most == 9_000)
        }
        var forgotten: Int?
        for step in 60...130 {
            let now = begin + UInt64(step) * Self.second
            lag.expect(at: now)
            lag.ran(at: now)
            if lag.most == 0, forgotten == nil { forgotten = step }
        }
        #expect(forgotten.map { (60...121).contains($0) } == true)
    }
}
