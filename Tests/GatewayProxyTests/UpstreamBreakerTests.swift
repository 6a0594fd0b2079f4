import Foundation
import GatewayCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("The circuit to an upstream")
struct UpstreamBreakerTests {
    /// Whether the upstream answers; where it does not, it ends the connection.
    private final class Switch: Sendable {
        private let value = Mutex(false)
        var isOn: Bool { value.withLock { $0 } }
        func turnOn() { value.withLock { $0 = true } }
    }

    private func upstream(_ answers: Switch) throws -> RecordingUpstream {
        try RecordingUpstream { link in
            while try link.request() != nil {
                guard answers.isOn else { return }
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
    }

    @Test(
        "when most requests get no answer the rest are refused at once, until one that is let through gets one"
    )
    func opens() async throws {
        let answers = Switch()
        let upstream = try upstream(answers)
        try await withGateway(
            upstream,
            {
                $0.upstream.breaker = BreakerPolicy(
                    share: 0.5, requests: 4, window: .seconds(60), coolDown: .milliseconds(500))
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<4 {
                let answer = try await client.request("GET", "/open/x")
                #expect(answer.status == 502 && answer.text.contains("\"upstream-invalid\""))
            }
            let refused = try await client.request("GET", "/open/x")
            #expect(refused.status == 503 && refused.text.contains("\"upstream-unavailable\""))
            #expect(refused["Retry-After"] == "1")
            #expect(upstream.requests.count == 4, "nobody asked it")
            answers.turnOn()
            try await eventually("the circuit closes") {
                try await client.request("GET", "/open/x").status == 200
            }
            #expect(try await client.request("POST", "/open/x", body: "a").status == 200)
            let state = try await rig.onPools { $0.breaker }
            #expect(state.allSatisfy { $0.isClosed && $0.openings == 1 })
        }
    }

    @Test("an upstream that takes no connection opens it, too, and each probe that fails opens it anew")
    func unreachable() async throws {
        let nobody = try ClosedPort()
        try await withGateway(
            try RecordingUpstream.echo(),
            {
                $0.upstream.addresses = [.host("127.0.0.1", port: nobody.port)]
                $0.upstream.breaker = BreakerPolicy(
                    requests: 2, window: .seconds(60), coolDown: .milliseconds(100))
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<2 { #expect(try await client.request("GET", "/open/x").status == 502) }
            try await eventually("it has opened three times") {
                let answer = try await client.request("GET", "/open/x")
                #expect(answer.status == 502 || answer.status == 503)
                return try await rig.onPools { $0.breaker.openings } == [3]
            }
        }
        withExtendedLifetime(nobody) {}
    }

    @Test("those who wait in the queue when it opens are told at once")
    func queue() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            gate.wait()
        }
        try await withGateway(
            upstream,
            {
                $0.upstream.maxConnections = 1
                $0.upstream.queueTimeout = .seconds(3_600)
                $0.upstream.breaker = BreakerPolicy(requests: 1, coolDown: .seconds(30))
            }
        ) { rig in
            let clients = try (0..<4).map { _ in try rig.client() }
            for client in clients { try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n") }
            try await eventually("three wait") { try await rig.onPools { $0.queued } == [3] }
            gate.signal()
            var statuses: [Int] = []
            for client in clients { statuses.append(try await client.response().status) }
            #expect(statuses.sorted() == [502, 503, 503, 503])
            try await rig.expectNothingHeld()
        }
    }

    @Test("an answer is an answer: no status opens it, and neither does a client that leaves")
    func stays() async throws {
        let upstream = try RecordingUpstream { link in
            while let request = try link.request() {
                if request.target == "/open/slow" {
                    _ = try link.socket.readToEnd(resetIsEnd: true)
                    return
                }
                try link.send("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno")
            }
        }
        try await withGateway(
            upstream,
            {
                $0.upstream.breaker = BreakerPolicy(share: 0.1, requests: 1, coolDown: .seconds(30))
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<5 { #expect(try await client.request("GET", "/open/x").text == "no") }
            let gone = try rig.client()
            try await gone.send("GET /open/slow HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("it is under way") { upstream.requests.count == 6 }
            gone.socket.abort()
            try await rig.expectNothingHeld()
            #expect(try await rig.onPools { $0.breaker.isClosed } == [true])
            #expect(try await client.request("GET", "/open/x").text == "no")
        }
    }
}

@Suite("Connections to an upstream that went stale")
struct UpstreamStaleTests {
    @Test("a POST never goes to a connection that the upstream has closed: it gets a new one")
    func closedBefore() async throws {
        let upstream = try RecordingUpstream { link in
            guard let request = try link.request() else { return }
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: \(request.text.count)\r\n\r\n\(request.text)")
        }
        try await withGateway(upstream, { $0.upstream.breaker.requests = 1 }) { rig in
            let client = try rig.client()
            for _ in 0..<5 {
                #expect(try await client.request("POST", "/open/x", body: "hello").text == "hello")
                try await eventually("the kept connection is seen to be closed") {
                    try await rig.onPools { $0.endpoints[0].idle.allSatisfy { $0.wire.isClosed } } == [true]
                }
            }
            #expect(upstream.requests.count == 5 && upstream.connectionCount == 5)
            #expect(try await rig.onPools { $0.retries } == [0])
        }
    }

    @Test("nothing is sent again once a byte of an answer has come, not even of an interim one")
    func interim() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            guard try link.request() != nil else { return }
            try link.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/1").status == 200)
            let broken = try await client.request("GET", "/open/2")
            #expect(broken.status == 502 && broken.text.contains("\"upstream-invalid\""))
            #expect(upstream.requests.map(\.target) == ["/open/1", "/open/2"])
        }
    }

    @Test(
        "a kept connection that proved stale counts against nobody; a new one that ends without an answer does"
    )
    func blame() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            guard link.number < 3 else { return }
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            _ = try link.request()
        }
        let other = try RecordingUpstream { link in _ = try link.socket.readToEnd(resetIsEnd: true) }
        defer { other.stop() }
        try await withGateway(
            upstream,
            {
                $0.upstream.breaker = BreakerPolicy(share: 0.9, requests: 1, coolDown: .seconds(30))
            }
        ) { rig in
            let client = try rig.client()
            for _ in 0..<3 { #expect(try await client.request("GET", "/open/x").status == 200) }
            #expect(try await rig.onPools { $0.retries } == [2])
            #expect(try await rig.onPools { $0.breaker.isClosed } == [true])
            #expect(try await client.request("POST", "/open/x", body: "a").status == 502)
            #expect(try await rig.onPools { $0.breaker.isClosed } == [true])
        }
    }

    @Test("an address that lets connections hang is 504 upstream-timeout, when the time to connect is over")
    func connectTimeout() async throws {
        let full = try FullBacklog()
        try await withGateway(
            try RecordingUpstream.echo(),
            {
                $0.upstream.addresses = [.host("127.0.0.1", port: full.port)]
                $0.upstream.connectTimeout = .milliseconds(200)
            }
        ) { rig in
            let answer = try await rig.request("POST", "/open/x", body: "a")
            #expect(answer.status == 504 && answer.text.contains("\"upstream-timeout\""))
        }
        withExtendedLifetime(full) {}
    }

    /// A port whose listener accepts nobody and whose queue is full.
    private final class FullBacklog {
        let port: Int
        private let descriptor: Int32
        private var waiting: [Int32] = []

        init() throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            // SAFETY: a `sockaddr_in` is a `sockaddr` to these calls, which get its true size.
            let isListening = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && listen(descriptor, 0) == 0
                        && getsockname(descriptor, $0, &length) == 0
                }
            }
            guard isListening else { throw POSIXFailure("listen", errno) }
            port = Int(UInt16(bigEndian: address.sin_port))
            for _ in 0..<8 {
                let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                // SAFETY: as above.
                _ = withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(client, $0, length) }
                }
                waiting.append(client)
            }
        }

        deinit {
            for client in waiting { close(client) }
            close(descriptor)
        }
    }
}
