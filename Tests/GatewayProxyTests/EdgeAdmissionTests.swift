import GatewayCore
import Logging
import NIOPosix
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@testable import GatewayProxy

@Suite("Edge: connection admission")
struct EdgeAdmissionTests {
    private let limits = ConnectionLimits(perAddress: 2, total: 4, turnedAway: 1)
    private func address(_ last: UInt32) -> IPAddress { IPAddress(v4: 0xC000_0200 | last) }

    @Test("connections over the bound are counted while they are told so, and dropped past the bound on that")
    func counter() {
        let counter = ConnectionCounter()
        func enter(_ last: UInt32) -> ConnectionCounter.Admission {
            counter.enter(address(last), within: limits, exempt: [])
        }
        #expect(enter(1) == .served)
        #expect(enter(1) == .served)
        #expect(enter(1) == .turnedAway)
        #expect(counter.count == 3)
        #expect(enter(1) == .dropped)
        #expect(enter(2) == .served)
        #expect(enter(3) == .served)
        #expect(enter(4) == .dropped, "the total is reached")
        counter.leaveTurnedAway()
        #expect(enter(4) == .turnedAway)
        counter.leave(address(1))
        #expect(enter(4) == .served)
    }

    @Test("a trusted address is held to the total alone")
    func exemption() throws {
        let counter = ConnectionCounter()
        let proxies = [try #require(AddressBlock("192.0.2.0/24"))]
        for _ in 0..<4 {
            #expect(counter.enter(address(1), within: limits, exempt: proxies) == .served)
        }
        #expect(counter.enter(address(1), within: limits, exempt: proxies) == .turnedAway)
    }

    @Test("over the bound on being turned away a connection ends without a word, and places come back")
    func dropped() async throws {
        try await withGateway(
            try .echo(),
            {
                $0.limits.perAddress = 1
                $0.limits.turnedAway = 1
            }
        ) { rig in
            let kept = try rig.client()
            #expect(try await kept.request("GET", "/open/x").status == 200)
            // Those that are told linger for as long as they keep their end open, a second at most.
            let others = try (0..<8).map { _ in try rig.client() }
            try await eventually("each is told or dropped") {
                try await rig.onLoops { $0.edge.counts }.contains { $0.turnedAway + $0.dropped == 8 }
            }
            #expect(try await rig.onLoops { $0.edge.counts }.contains { $0.turnedAway > 0 && $0.dropped > 0 })
            for client in others { client.close() }
            try await eventually("their places are free") { rig.gateway.openConnections == 1 }
            let next = try rig.client()
            #expect(try await next.response().status == 503)
        }
    }

    @Test("two gateways listen on one port with reuse-port, and not without")
    func reusePort() async throws {
        try await withGateway(try .echo(), { $0.listener.reusePort = true }) { rig in
            let shared = ListenerSettings(address: .host("127.0.0.1", port: rig.port), reusePort: true)
            let second = try await rig.gateway.open(shared)
            #expect(rig.gateway.boundAddresses.map(\.port) == [rig.port, rig.port])
            await rig.gateway.close(second)
            #expect(try await rig.request("GET", "/open/x").status == 200)
            var alone = shared
            alone.reusePort = false
            await #expect(throws: Gateway.StartFault.self) { try await rig.gateway.open(alone) }
        }
    }

    @Test("a listener takes over a socket that is bound already, and a closed one lets its connections be")
    func inheritedSocket() async throws {
        try await withGateway(try .echo()) { rig in
            let bound = try ClosedPort()
            let settings = ListenerSettings(address: .host("127.0.0.1", port: bound.port))
            let listener = try await rig.gateway.open(settings, descriptor: dup(bound.descriptor))
            #expect(listener.boundAddress?.port == bound.port)
            let client = try RawClient(port: bound.port)
            #expect(try await client.request("GET", "/open/x").status == 200)
            await rig.gateway.close(listener)
            #expect(try await client.request("GET", "/open/x").status == 200)
            #expect(rig.gateway.boundAddresses.count == 1)
        }
    }
}
