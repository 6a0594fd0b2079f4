import Foundation
import GatewayCore
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayProxy

/// Answers with a status that a test may change.
final class Status: Sendable {
    private let value: Mutex<Int>

    init(_ status: Int) { value = Mutex(status) }

    var current: Int {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }

    func upstream() throws -> RecordingUpstream {
        try RecordingUpstream { [self] _ in "HTTP/1.1 \(current) X\r\nContent-Length: 2\r\n\r\nok" }
    }
}

@Suite("Several addresses of an upstream")
struct UpstreamAddressTests {
    private func address(_ upstream: RecordingUpstream) -> UpstreamSettings.Address {
        .host("127.0.0.1", port: upstream.port)
    }

    @Test("equals take turns, and each keeps a connection of its own")
    func turns() async throws {
        let (first, second) = (try RecordingUpstream.echo(), try RecordingUpstream.echo())
        defer { second.stop() }
        try await withGateway(first, { $0.upstream.addresses = [address(first), address(second)] }) { rig in
            let client = try rig.client()
            for _ in 0..<10 { #expect(try await client.request("GET", "/open/x").status == 200) }
            #expect(first.requests.count == 5 && second.requests.count == 5)
            #expect(first.connectionCount == 1 && second.connectionCount == 1)
            #expect(try await rig.onPools { $0.idleCount } == [2])
        }
    }

    @Test("a request goes where the fewest are under way")
    func leastOutstanding() async throws {
        let gate = DispatchSemaphore(value: 0)
        let slow = try RecordingUpstream { link in
            while try link.request() != nil {
                gate.wait()
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow")
            }
        }
        let fast = try RecordingUpstream.echo()
        defer { fast.stop() }
        try await withGateway(slow, { $0.upstream.addresses = [address(slow), address(fast)] }) { rig in
            let held = try rig.client()
            // One of two in a row meets the slow address and stays there.
            let other = try rig.client()
            try await held.send("GET /open/1 HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("the first request has arrived") {
                slow.requests.count + fast.requests.count == 1
            }
            if slow.requests.isEmpty {
                _ = try await held.response()
                try await held.send("GET /open/2 HTTP/1.1\r\nHost: a\r\n\r\n")
                try await eventually("the slow address has it") { slow.requests.count == 1 }
            }
            let before = fast.requests.count
            for _ in 0..<6 { #expect(try await other.request("GET", "/open/x").status == 200) }
            #expect(fast.requests.count == before + 6 && slow.requests.count == 1)
            #expect(try await rig.onPools { $0.outstanding } == [[1, 0]])
            gate.signal()
            #expect(try await held.response().text == "slow")
        }
    }

    @Test("an address that takes no connection is ejected at once, costs nobody an answer, and is left alone")
    func ejectedAtOnce() async throws {
        let upstream = try RecordingUpstream.echo()
        let nobody = try ClosedPort()
        try await withGateway(
            upstream,
            {
                $0.upstream.addresses = [.host("127.0.0.1", port: nobody.port), address(upstream)]
                $0.upstream.ejection.duration = .seconds(30)
            }
        ) { rig in
            for _ in 0..<10 { #expect(try await rig.request("POST", "/open/x", body: "a").text == "a") }
            let found = try await rig.onPools { pool in
                [pool.connectFailures, pool.ejections, pool.ejectedCount(at: Clock.monotonic)]
            }
            #expect(found == [[1, 1, 1]])
        }
        withExtendedLifetime(nobody) {}
    }

    @Test("an address whose answers fail is ejected after so many in a row")
    func ejectedByStatus() async throws {
        let (bad, good) = (try Status(503).upstream(), try RecordingUpstream.echo())
        defer { good.stop() }
        try await withGateway(
            bad,
            {
                $0.upstream.addresses = [address(bad), address(good)]
                $0.upstream.ejection = EjectionPolicy(failures: 2, duration: .seconds(3_600))
                $0.upstream.ejection.longest = .seconds(3_600)
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<4 { _ = try await client.request("GET", "/open/x") }
            #expect(bad.requests.count == 2)
            for _ in 0..<4 { #expect(try await client.request("GET", "/open/x").status == 200) }
            #expect(bad.requests.count == 2)
            #expect(try await rig.onPools { $0.ejections } == [1])
        }
    }

    @Test("an ejected address is asked again when its time is over")
    func ejectionEnds() async throws {
        let status = Status(503)
        let (bad, good) = (try status.upstream(), try RecordingUpstream.echo())
        defer { good.stop() }
        try await withGateway(
            bad,
            {
                $0.upstream.addresses = [address(bad), address(good)]
                $0.upstream.ejection = EjectionPolicy(failures: 1, duration: .milliseconds(100))
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<2 { _ = try await client.request("GET", "/open/x") }
            #expect(try await rig.onPools { $0.ejections } == [1])
            status.current = 200
            for round in 1...3 {
                let before = bad.requests.count
                try await eventually("it is asked again, time \(round)") {
                    let answer = try await client.request("GET", "/open/x")
                    #expect(answer.status == 200)
                    return bad.requests.count > before
                }
            }
        }
    }

    @Test("an answer that is the request's own fault counts against nobody")
    func ordinaryStatuses() async throws {
        let (first, second) = (try Status(500).upstream(), try Status(404).upstream())
        defer { second.stop() }
        try await withGateway(
            first,
            {
                $0.upstream.addresses = [address(first), address(second)]
                $0.upstream.ejection.failures = 1
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<6 { _ = try await client.request("GET", "/open/x") }
            #expect(first.requests.count == 3 && second.requests.count == 3)
            #expect(try await rig.onPools { $0.ejections } == [0])
        }
    }

    @Test("when every address fails, no more than the share is ejected and somebody is still tried")
    func allFail() async throws {
        let status = Status(503)
        let (first, second) = (try status.upstream(), try status.upstream())
        defer { second.stop() }
        try await withGateway(
            first,
            {
                $0.upstream.addresses = [address(first), address(second)]
                $0.upstream.ejection = EjectionPolicy(failures: 1, duration: .seconds(30))
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<6 { #expect(try await client.request("GET", "/open/x").status == 503) }
            #expect(try await rig.onPools { $0.ejectedCount(at: Clock.monotonic) } == [1])
            #expect(first.requests.count + second.requests.count == 6)
        }
    }

    @Test("a request is offered to no more than three addresses")
    func attempts() async throws {
        let upstream = try RecordingUpstream.echo()
        let ports = try (0..<6).map { _ in try ClosedPort() }
        try await withGateway(
            upstream, { $0.upstream.addresses = ports.map { .host("127.0.0.1", port: $0.port) } }
        ) { rig in
            let answer = try await rig.request("GET", "/open/x")
            #expect(answer.status == 502)
            #expect(try await rig.onPools { $0.connects } == [3])
        }
        withExtendedLifetime(ports) {}
    }

    @Test("connections, idle ones included, are never more than may be open")
    func bound() async throws {
        let upstreams = try (0..<4).map { _ in try RecordingUpstream.echo() }
        defer { for upstream in upstreams { upstream.stop() } }
        try await withGateway(
            upstreams[0],
            {
                $0.upstream.addresses = upstreams.map(address)
                $0.upstream.maxConnections = 2
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<12 {
                #expect(try await client.request("GET", "/open/x").status == 200)
                #expect(try await rig.onPools { $0.idleCount + $0.inUse <= 2 } == [true])
            }
            #expect(upstreams.allSatisfy { $0.requests.count == 3 })
        }
    }

    @Test("a connection is used no longer than its life lasts")
    func lifetime() async throws {
        let upstream = try RecordingUpstream.echo()
        try await withGateway(upstream, { $0.upstream.maxLifetime = .zero }) { rig in
            let client = try rig.client()
            for _ in 0..<3 { #expect(try await client.request("GET", "/open/x").status == 200) }
            #expect(upstream.connectionCount == 3)
        }
    }

    @Test("a Unix socket is an address like any other")
    func unixSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("app.sock")
        let server = try await UpstreamServer.start(
            "by socket", at: SocketAddress(unixDomainSocketPath: path))
        try await withGateway(
            try RecordingUpstream.echo(), { $0.upstream.addresses = [.unixSocket(path: path)] }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<3 { #expect(try await client.request("GET", "/open/x").text == "by socket") }
        }
        try await server.stop()
    }

    // MARK: The loops' shares

    @Test("the loops' parts of a bound add up to it, whatever both are")
    func shares() {
        for count in 1...9 {
            for total in 0...40 {
                let parts = (0..<count).map { LoopShare(index: $0, count: count).part(of: total) }
                #expect(parts.reduce(0, +) == total)
                #expect((parts.max() ?? 0) - (parts.min() ?? 0) <= 1)
            }
        }
    }

    @Test(
        "loops share the places of the worker, with at least one each",
        arguments: [(1, [1, 1]), (2, [1, 1]), (3, [2, 1]), (4, [2, 2])])
    func places(_ most: Int, _ each: [Int]) async throws {
        try await withGateway(
            try RecordingUpstream.echo(),
            {
                $0.loops = 2
                $0.upstream.maxConnections = most
            }
        ) { rig in
            let places = try await rig.onPools { $0.mostInUse }
            #expect(places == each)
        }
    }
}
