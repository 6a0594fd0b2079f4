import Foundation
import GatewayCore
import NIOSSL
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("TLS")
struct TLSTests {
    private let folder: TemporaryFolder
    private let server: TestCertificate

    init() throws {
        folder = try TemporaryFolder()
        server = try TestCertificate.make("server", in: folder)
    }

    private func withTLS(
        _ configure: @escaping (inout Setup) throws -> Void = { _ in },
        _ upstream: RecordingUpstream? = nil, _ body: (Rig) async throws -> Void
    ) async throws {
        try await withGateway(
            try upstream ?? .echo(),
            {
                $0.listener.tls = TLSSettings(certificate: server.certificate, key: server.key)
                $0.certificateInterval = .milliseconds(20)
                try configure(&$0)
            }, body)
    }

    @Test("a request over TLS is served, and the upstream is told that it came by https")
    func request() async throws {
        try await withTLS { rig in
            let client = try await TLSClient.connect(port: rig.port, roots: server.certificate)
            #expect(client.negotiated == "http/1.1")
            let answer = try await client.request("POST", "/open/x", body: "hello")
            #expect(answer.status == 200 && answer.body == Array("hello".utf8))
            #expect(try await client.request("GET", "/open/y").status == 200)
            #expect(rig.upstream.requests.map { $0["X-Forwarded-Proto"] } == ["https", "https"])
            #expect(try await rig.log(2).allSatisfy { $0["protocol"] as? String == "http/1.1" })
            client.close()
        }
    }

    @Test("an answer after which the connection ends arrives whole, and the end is TLS's own")
    func close() async throws {
        try await withTLS { rig in
            let client = try await TLSClient.connect(port: rig.port)
            #expect(try await client.request("GET", "/open/x", ["Connection: close"]).status == 200)
            #expect(try await client.ends())
            #expect(client.state.withLock { $0.error } == nil)
            try await eventually("its place is free") { rig.gateway.openConnections == 0 }
        }
    }

    @Test("a body of 8 MiB goes both ways under backpressure")
    func largeBody() async throws {
        try await withTLS({ $0.bodyLimit = 16 << 20 }) { rig in
            let client = try await TLSClient.connect(port: rig.port)
            let body = String(repeating: "0123456789abcdef", count: 1 << 19)
            #expect(try await client.request("POST", "/open/x", body: body).body == Array(body.utf8))
            client.close()
        }
    }

    @Test("TLS 1.2 and 1.3 are spoken, 1.1 is not, and 1.2 not where 1.3 is the least")
    func versions() async throws {
        func connect(_ rig: Rig, _ version: TLSVersion) async throws {
            let client = try await TLSClient.connect(port: rig.port) {
                $0.minimumTLSVersion = .tlsv1
                $0.maximumTLSVersion = version
                $0.cipherSuites = "ALL"
            }
            #expect(try await client.request("GET", "/open/x").status == 200)
            client.close()
        }
        try await withTLS { rig in
            try await connect(rig, .tlsv13)
            try await connect(rig, .tlsv12)
            await #expect(throws: TLSClient.Failure.self) { try await connect(rig, .tlsv11) }
        }
        try await withTLS({ $0.listener.tls?.minVersion = .tls13 }) { rig in
            try await connect(rig, .tlsv13)
            await #expect(throws: TLSClient.Failure.self) { try await connect(rig, .tlsv12) }
        }
    }

    @Test("ciphers without forward secrecy or authentication are not spoken")
    func ciphers() async throws {
        try await withTLS { rig in
            for suite in ["ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA"] {
                await #expect(throws: TLSClient.Failure.self) {
                    try await TLSClient.connect(port: rig.port) {
                        $0.maximumTLSVersion = .tlsv12
                        $0.cipherSuites = suite
                    }
                }
            }
        }
    }

    @Test("a plain request on a TLS port, and a handshake of nonsense, end quickly, counted, without harm")
    func plainRequest() async throws {
        try await withTLS { rig in
            for bytes in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", String(repeating: "\u{16}", count: 600)] {
                let client = try rig.client()
                try await client.send(bytes)
                _ = try await client.rest(resetIsEnd: true)
            }
            try await eventually("both are counted") {
                try await rig.onLoops { $0.edge.counts.handshakesFailed }.reduce(0, +) == 2
            }
            let client = try await TLSClient.connect(port: rig.port)
            #expect(try await client.request("GET", "/open/x").status == 200)
            client.close()
            #expect(rig.upstream.requests.count == 1)
        }
    }

    @Test("a handshake that does not come to its end in time is cut")
    func slowHandshake() async throws {
        try await withTLS({ $0.limits.handshakeTimeout = .milliseconds(300) }) { rig in
            let silent = try rig.client()
            let slow = try rig.client()
            try await slow.send("\u{16}\u{3}\u{1}")
            #expect(try await silent.ends())
            #expect(try await slow.ends())
            #expect(try await rig.onLoops { $0.edge.counts.handshakesTooSlow }.reduce(0, +) == 2)
            #expect(rig.gateway.openConnections == 0)
        }
    }

    @Test("over the bound of one address a TLS connection ends before the handshake costs anything")
    func admission() async throws {
        try await withTLS({ $0.limits.perAddress = 1 }) { rig in
            let kept = try await TLSClient.connect(port: rig.port)
            #expect(try await kept.request("GET", "/open/x").status == 200)
            await #expect(throws: TLSClient.Failure.self) { try await TLSClient.connect(port: rig.port) }
            let counts = try await rig.onLoops { $0.edge.counts }
            #expect(counts.map(\.dropped).reduce(0, +) == 1 && counts.map(\.handshakes).reduce(0, +) == 1)
            kept.close()
            try await eventually("the place is free") { rig.gateway.openConnections == 0 }
            let next = try await TLSClient.connect(port: rig.port)
            #expect(try await next.request("GET", "/open/x").status == 200)
            next.close()
        }
    }

    @Test(
        "client certificates are asked for as configured",
        arguments: [TLSSettings.ClientCertificate.none, .optional, .required])
    func clientCertificates(_ mode: TLSSettings.ClientCertificate) async throws {
        let authority = try TestCertificate.make("authority", in: folder)
        let known = try authority.sign("known", in: folder)
        let stranger = try TestCertificate.make("stranger", in: folder)
        try await withTLS({
            $0.listener.tls?.clientCA = authority.certificate
            $0.listener.tls?.clientCertificate = mode
        }) { rig in
            func isServed(_ identity: TestCertificate?) async -> Bool {
                guard let client = try? await TLSClient.connect(port: rig.port, identity: identity) else {
                    return false
                }
                defer { client.close() }
                // In TLS 1.3 a client learns only afterwards that its certificate was refused.
                return (try? await client.request("GET", "/open/x").status) == 200
            }
            #expect(await isServed(known))
            #expect(await isServed(nil) == (mode != .required))
            #expect(await isServed(stranger) == (mode == .none))
        }
    }

    @Test("pages carry Strict-Transport-Security over TLS, and not without")
    func strictTransport() async throws {
        let page = Endpoint("GET", "/page", require: .anonymous) { _ in
            EndpointResponse(status: 200, headers: [("Content-Type", "text/html")])
        }
        try await withTLS({ $0.endpoints = [page] }) { rig in
            let client = try await TLSClient.connect(port: rig.port)
            let answer = try await client.request("GET", "/page")
            #expect(answer["Strict-Transport-Security"] == "max-age=31536000")
            client.close()
        }
        try await withGateway(try .echo(), { $0.endpoints = [page] }) { rig in
            let answer = try await rig.request("GET", "/page")
            #expect(answer.status == 200 && answer["Strict-Transport-Security"] == nil)
        }
    }

    @Test("a new certificate is served to new connections, and connections that are there go on")
    func replacement() async throws {
        try await withTLS { rig in
            let before = try await TLSClient.connect(port: rig.port)
            #expect(before.serverName?.contains("common_name=server") == true, "\(before.serverName ?? "")")
            try await install("renewed")
            try await eventually("new connections get the new certificate") {
                let client = try await TLSClient.connect(port: rig.port)
                defer { client.close() }
                return client.serverName?.contains("common_name=renewed") == true
            }
            #expect(try await before.request("GET", "/open/x").status == 200)
            before.close()
        }
    }

    /// Puts another pair in the server's place, each file by renaming.
    private func install(_ name: String) async throws {
        let made = try TestCertificate.make(name, in: folder)
        for (from, to) in [(made.certificate, server.certificate), (made.key, server.key)] {
            #expect(rename(from, to) == 0)
        }
    }

    @Test("the swap of a link to another folder is seen, as certbot and Kubernetes do it")
    func link() async throws {
        let files = FileManager.default
        let first = try TestCertificate.make("first", in: folder)
        let second = try TestCertificate.make("second", in: folder)
        for (pair, name) in [(first, "a"), (second, "b")] {
            try files.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
            try files.moveItem(atPath: pair.certificate, toPath: folder.file("\(name)/tls.crt"))
            try files.moveItem(atPath: pair.key, toPath: folder.file("\(name)/tls.key"))
        }
        #expect(symlink("a", folder.file("live")) == 0)
        let settings = TLSSettings(
            certificate: folder.file("live/tls.crt"), key: folder.file("live/tls.key"))
        try await withTLS({ $0.listener.tls = settings }) { rig in
            func served() async throws -> String {
                let client = try await TLSClient.connect(port: rig.port)
                defer { client.close() }
                return client.serverName ?? ""
            }
            #expect(try await served().contains("common_name=first"))
            #expect(symlink("b", folder.file("next")) == 0)
            #expect(rename(folder.file("next"), folder.file("live")) == 0)
            try await eventually("the other certificate is served") {
                try await served().contains("common_name=second")
            }
        }
    }

    @Test("a pair that does not load keeps the old one, says so once, and the next good one is taken")
    func broken() async throws {
        try await withTLS { rig in
            let good = try Data(contentsOf: URL(fileURLWithPath: server.key))
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: server.key))
            try await eventually("it is told") { rig.messages.contains { $0.contains("does not load") } }
            #expect(throws: TLSFault(part: .key, path: server.key, reason: .noKey)) {
                try rig.gateway.reloadCertificates()
            }
            let client = try await TLSClient.connect(port: rig.port)
            #expect(client.serverName?.contains("common_name=server") == true)
            client.close()
            try good.write(to: URL(fileURLWithPath: server.key))
            try await eventually("it is loaded again") {
                rig.messages.contains { $0.contains("certificate replaced") }
            }
            // Told by the watch, and by the reload that was asked for.
            #expect(rig.messages.count(where: { $0.contains("does not load") }) == 2)
        }
    }
}
