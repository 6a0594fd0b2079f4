import Foundation
import GatewayCore
import NIOPosix
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Health checks of upstreams")
struct UpstreamHealthTests {
    /// Answers `/ready` with `ready`'s status and everything else with 200.
    private func upstream(_ ready: Status) throws -> RecordingUpstream {
        try RecordingUpstream { request in
            let status = request.target == "/ready" ? ready.current : 200
            return "HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\nok"
        }
    }

    private func served(_ upstream: RecordingUpstream) -> Int {
        upstream.requests.count { $0.target != "/ready" }
    }

    private let often = HealthPolicy(interval: .milliseconds(50))

    private func verdicts(_ rig: Rig) async throws -> [[HealthState.Verdict]] {
        try await rig.onPools { $0.endpoints.map(\.verdict) }
    }

    @Test(
        "an address that is not well gets no requests while another is, on any loop, and gets them again later"
    )
    func unwell() async throws {
        let ready = Status(503)
        let (sick, well) = (try upstream(ready), try upstream(Status(204)))
        defer { well.stop() }
        try await withGateway(
            sick,
            {
                $0.loops = 2
                $0.upstream.addresses = [sick, well].map { .host("127.0.0.1", port: $0.port) }
                $0.upstream.health = often
            }
        ) { rig in
            try await eventually("both loops know") {
                try await verdicts(rig) == [[.unhealthy, .healthy], [.unhealthy, .healthy]]
            }
            let before = served(sick)
            for _ in 0..<8 { #expect(try await rig.request("GET", "/open/x").status == 200) }
            #expect(served(sick) == before && served(well) >= 8)
            ready.current = 200
            try await eventually("it is well again, and is asked") {
                _ = try await rig.request("GET", "/open/x")
                return served(sick) > before
            }
        }
    }

    @Test("where no address is well, they are tried all the same")
    func nobodyWell() async throws {
        let sick = try upstream(Status(404))
        try await withGateway(sick, { $0.upstream.health = often }) { rig in
            try await eventually("it is known to be unwell") { try await verdicts(rig) == [[.unhealthy]] }
            #expect(try await rig.request("GET", "/open/x").status == 200)
            let settings = try #require(try await rig.onPools { $0.settings }.first)
            #expect(
                rig.gateway.upstreams.report(of: settings).problem
                    == "upstream main: 127.0.0.1:\(sick.port) answers 404")
        }
    }

    @Test("an address that has become well again is forgiven what it was ejected for")
    func forgiven() throws {
        let address = try #require(UpstreamSettings.Address.host("127.0.0.1", port: 1).numeric)
        let endpoint = UpstreamEndpoint(EndpointReport(address: address))
        _ = endpoint.ejection.failed(isDecisive: true, mayEject: true, at: 1, by: EjectionPolicy())
        endpoint.hear(.healthy)
        #expect(
            endpoint.ejection.isEjected(at: 2), "it was never unwell: the checks see nothing wrong with it")
        endpoint.hear(.unhealthy)
        endpoint.hear(.healthy)
        #expect(!endpoint.ejection.isEjected(at: 2))
    }

    @Test("with an interval of zero nobody is asked, and an upstream is ready where it has an address")
    func off() async throws {
        let upstream = try upstream(Status(503))
        try await withGateway(upstream, { $0.upstream.health.interval = .zero }) { rig in
            for _ in 0..<3 { #expect(try await rig.request("GET", "/open/x").status == 200) }
            #expect(upstream.requests.count == 3)
            let settings = try #require(try await rig.onPools { $0.settings }.first)
            #expect(rig.gateway.upstreams.report(of: settings).problem == nil)
        }
    }

    @Test("each way of being unwell is told from the others")
    func faults() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        func fault(_ port: Int, _ deadline: Duration = .seconds(10)) async throws -> UpstreamProbe.Fault? {
            let address = try #require(UpstreamSettings.Address.host("127.0.0.1", port: port).numeric)
            return await UpstreamProbe.fault(
                of: address, host: nil, path: "/ready", tls: nil, on: group, deadline: deadline)
        }
        let nobody = try ClosedPort()
        #expect(try await fault(nobody.port) == .unreachable)
        let silent = try RecordingUpstream { link in _ = try link.socket.readToEnd(resetIsEnd: true) }
        #expect(try await fault(silent.port, .milliseconds(100)) == .timeout)
        let garbage = try RecordingUpstream { link in try link.send("220 mail.example.com ready\r\n") }
        #expect(try await fault(garbage.port) == .notHTTP)
        for (status, told) in [(199, false), (200, true), (299, true), (300, false), (503, false)] {
            let upstream = try upstream(Status(status))
            #expect(try await fault(upstream.port) == (told ? nil : .status(status)))
            upstream.stop()
        }
        silent.stop()
        garbage.stop()
        withExtendedLifetime(nobody) {}
    }

    // MARK: Reload

    @Test("upstreams that stay the same go on being watched; the others are not asked any more")
    func keep() async throws {
        let (kept, dropped) = (try upstream(Status(200)), try upstream(Status(200)))
        defer {
            kept.stop()
            dropped.stop()
        }
        func settings(_ name: String, _ upstream: RecordingUpstream) -> UpstreamSettings {
            UpstreamSettings(
                name: name, addresses: [.host("127.0.0.1", port: upstream.port)], health: often)
        }
        let (first, second) = (settings("first", kept), settings("second", dropped))
        let watch = UpstreamWatch(group: MultiThreadedEventLoopGroup.singleton, logger: .init(label: "test"))
        try await watch.watch([first, second])
        try await eventually("both are well") {
            watch.report(of: first).problem == nil && watch.report(of: second).problem == nil
        }
        try await watch.watch([first])
        watch.keep([first])
        #expect(watch.report(of: first).problem == nil, "what was known is still known")
        #expect(watch.report(of: second).problem != nil)
        // A check that was under way may still arrive.
        let before = dropped.requests.count
        let asked = kept.requests.count
        try await eventually("the one is asked on") { kept.requests.count > asked + 5 }
        #expect(dropped.requests.count <= before + 1)
        watch.stop()
    }

    @Test("a pool that is retired finishes what is under way and keeps nothing")
    func retire() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while let request = try link.request() {
                if request.target == "/open/held" { gate.wait() }
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withGateway(upstream) { rig in
            let (client, held) = (try rig.client(), try rig.client())
            try await held.send("GET /open/held HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("it is under way") { upstream.requests.count == 1 }
            #expect(try await client.request("GET", "/open/x").text == "ok")
            #expect(try await rig.onPools { $0.idleCount } == [1])
            _ = try await rig.onPools { $0.retire() }
            #expect(try await rig.onPools { $0.idleCount } == [0])
            gate.signal()
            #expect(try await held.response().text == "ok")
            #expect(try await rig.onPools { $0.idleCount } == [0])
        }
    }
}
