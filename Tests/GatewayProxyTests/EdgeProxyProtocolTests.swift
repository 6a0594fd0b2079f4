import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Edge: PROXY protocol")
struct EdgeProxyProtocolTests {
    private func withProxy(
        _ configure: @escaping (inout Setup) throws -> Void = { _ in }, _ body: (Rig) async throws -> Void
    ) async throws {
        try await withGateway(
            try .echo(),
            {
                $0.listener.proxyProtocol = true
                try $0.trust("127.0.0.1")
                try configure(&$0)
            }, body)
    }

    private func refused(_ rig: Rig) async throws -> Int {
        try await rig.onLoops { $0.edge.counts.proxyHeadersRefused }.reduce(0, +)
    }

    private static let binary: [UInt8] =
        [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10, 0x21, 0x11, 0, 12]
        + [198, 51, 100, 9, 10, 0, 0, 1, 0x12, 0x34, 0x01, 0xBB]

    @Test("the client is whom the header names, and what it says of others is not believed")
    func source() async throws {
        try await withProxy { rig in
            let text = try rig.client()
            try await text.send("PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n")
            let answer = try await text.request("GET", "/open/x", ["X-Forwarded-For: 203.0.113.1"])
            #expect(answer.status == 200)
            #expect(try await text.request("GET", "/open/y").status == 200)
            let binary = try rig.client()
            try binary.socket.send(Self.binary)
            #expect(try await binary.request("GET", "/open/z").status == 200)
            #expect(
                rig.upstream.requests.map { $0["X-Forwarded-For"] } == [
                    "192.0.2.7", "192.0.2.7", "198.51.100.9",
                ])
            #expect(
                try await rig.log(3).map { $0["client"] as? String } == [
                    "192.0.2.7", "192.0.2.7", "198.51.100.9",
                ])
        }
    }

    @Test("a header in pieces, with the request right behind it, is one header and one request")
    func pieces() async throws {
        try await withProxy { rig in
            let client = try rig.client()
            let bytes = Self.binary + Array("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            for cut in [0..<5, 5..<17, 17..<bytes.count] { try client.socket.send(bytes[cut]) }
            #expect(try await client.response().status == 200)
            #expect(rig.upstream.requests.map(\.line) == ["GET /open/x HTTP/1.1"])
        }
    }

    @Test("the proxy's own checks keep the proxy's address")
    func local() async throws {
        try await withProxy { rig in
            let client = try rig.client()
            try await client.send("PROXY UNKNOWN\r\n")
            #expect(try await client.request("GET", "/open/x").status == 200)
            #expect(try await rig.log(1)[0]["client"] as? String == "127.0.0.1")
        }
    }

    @Test("a connection without a header, or with half of one, ends unanswered and counted")
    func missing() async throws {
        try await withProxy({ $0.limits.headerTimeout = .milliseconds(300) }) { rig in
            let plain = try rig.client()
            try await plain.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await plain.ends())
            let half = try rig.client()
            try await half.send("PROXY TCP4 192.0.2.7")
            #expect(try await half.ends())
            let silent = try rig.client()
            #expect(try await silent.ends())
            #expect(try await refused(rig) == 3)
            #expect(rig.upstream.requests.isEmpty && rig.gateway.openConnections == 0)
        }
    }

    @Test("a peer that is not a trusted proxy is not listened to")
    func stranger() async throws {
        try await withProxy({ try $0.trust("192.0.2.0/24") }) { rig in
            let client = try rig.client()
            try? await client.send("PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\nGET /open/x HTTP/1.1\r\n\r\n")
            #expect(try await client.ends())
            #expect(try await refused(rig) == 1)
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("the bound of one address counts the real clients, not the proxy")
    func admission() async throws {
        try await withProxy({ $0.limits.perAddress = 1 }) { rig in
            func connect(_ address: String) async throws -> RawClient {
                let client = try rig.client()
                try await client.send("PROXY TCP4 \(address) 10.0.0.1 1 2\r\n")
                return client
            }
            let first = try await connect("192.0.2.7")
            #expect(try await first.request("GET", "/open/x").status == 200)
            let second = try await connect("192.0.2.8")
            #expect(try await second.request("GET", "/open/x").status == 200)
            let third = try await connect("192.0.2.7")
            #expect(try await third.response().status == 503)
            first.close()
            try await eventually("the place comes back") {
                let again = try await connect("192.0.2.7")
                return try await again.request("GET", "/open/x").status == 200
            }
        }
    }

    @Test("the header comes before TLS")
    func overTLS() async throws {
        let folder = try TemporaryFolder()
        let server = try TestCertificate.make("server", in: folder)
        try await withProxy({
            $0.listener.tls = TLSSettings(certificate: server.certificate, key: server.key)
        }) { rig in
            let client = try await TLSClient.connect(port: rig.port, before: Self.binary)
            #expect(try await client.request("GET", "/open/x").status == 200)
            #expect(rig.upstream.requests.map { $0["X-Forwarded-For"] } == ["198.51.100.9"])
            client.close()
            await #expect(throws: TLSClient.Failure.self) { try await TLSClient.connect(port: rig.port) }
            #expect(try await refused(rig) == 1)
        }
    }
}
