import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Upstreams in the metrics")
struct UpstreamMetricsTests {
    @Test("a circuit that opens shows, and what was counted stays when a reload replaces the pool")
    func breaker() async throws {
        let nobody = try ClosedPort()
        try await withGateway(
            try .echo(),
            {
                $0.upstream.addresses = [.host("127.0.0.1", port: nobody.port)]
                $0.upstream.breaker = BreakerPolicy(requests: 1, coolDown: .seconds(60))
            }
        ) { rig in
            let before = try await rig.scrape()
            #expect(before.value("fillgate_upstream_breaker_loops", ["state": "closed"]) == 1)
            #expect(before.value("fillgate_upstream_breaker_openings_total", ["upstream": "main"]) == 0)
            #expect(try await rig.request("GET", "/open/x").status == 502)
            #expect(try await rig.request("GET", "/open/x").status == 503)
            let open = try await rig.scrape()
            func breakers(_ scrape: Exposition, _ state: String) -> Double? {
                scrape.value("fillgate_upstream_breaker_loops", ["upstream": "main", "state": state])
            }
            #expect(breakers(open, "open") == 1 && breakers(open, "closed") == 0)
            #expect(open.value("fillgate_upstream_breaker_openings_total") == 1)
            let failures = try #require(open.value("fillgate_upstream_connect_failures_total"))
            #expect(failures >= 1)
            for code in ["upstream-unreachable", "upstream-unavailable"] {
                #expect(open.value("fillgate_refusals_total", ["code": code, "route": "/open/**"]) == 1)
            }

            try await rig.reload { $0.upstream.idleTimeout = .seconds(17) }
            let after = try await rig.scrape()
            #expect(breakers(after, "closed") == 1)
            #expect(after.value("fillgate_upstream_breaker_openings_total") == 1)
            #expect(after.value("fillgate_upstream_connect_failures_total") == failures)
            for code in ["upstream-unreachable", "upstream-unavailable"] {
                #expect(after.value("fillgate_refusals_total", ["code": code, "route": "/open/**"]) == 1)
            }
        }
        withExtendedLifetime(nobody) {}
    }

    @Test("connections that are opened and addresses that can be used are counted as they are")
    func connections() async throws {
        try await withGateway(try .echo(), { $0.loops = 1 }) { rig in
            for _ in 0..<3 { #expect(try await rig.request("GET", "/open/x").status == 200) }
            let scrape = try await rig.scrape()
            #expect(scrape.value("fillgate_upstream_connects_total", ["upstream": "main"]) == 1)
            #expect(scrape.value("fillgate_upstream_addresses", ["state": "usable"]) == 1)
            #expect(scrape.value("fillgate_upstream_addresses", ["state": "unhealthy"]) == 0)
            #expect(scrape.value("fillgate_upstream_connect_failures_total") == 0)
        }
    }
}
