import Foundation
import GatewayCore
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("TLS towards upstreams")
struct UpstreamTLSTests {
    /// Runs `body` with a gateway in front of a server that has the certificate of `app.test`.
    private func withServer(
        _ certificates: TestCertificates, asksForClient: Bool = false,
        _ configure: (inout UpstreamSettings) -> Void = { _ in },
        _ body: (Rig, UpstreamServer) async throws -> Void
    ) async throws {
        let server = try await UpstreamServer.start(
            "encrypted", tls: certificates.server(asksForClient: asksForClient))
        try await withGateway(
            try RecordingUpstream.echo(),
            {
                $0.resolver = { _ in [try SocketAddress(ipAddress: "127.0.0.1", port: 0)] }
                $0.upstream.addresses = [.host("app.test", port: server.port)]
                $0.upstream.tls = UpstreamTLS(isEnabled: true, ca: certificates.certificate("ca"))
                $0.upstream.connectTimeout = .seconds(10)
                $0.upstream.breaker.requests = 0
                configure(&$0.upstream)
            }
        ) { rig in try await body(rig, server) }
        try await server.stop()
    }

    @Test("an upstream with the right name and authority is spoken to, on connections that are kept")
    func verified() async throws {
        try await withServer(try await TestCertificates()) { rig, _ in
            let client = try rig.client()
            for _ in 0..<3 { #expect(try await client.request("GET", "/open/x").text == "encrypted") }
            #expect(try await rig.onPools { $0.connects } == [1])
        }
    }

    @Test("the name may be told where the address has none")
    func serverName() async throws {
        try await withServer(
            try await TestCertificates(),
            {
                guard case .host(_, let port) = $0.addresses[0] else { return }
                $0.addresses = [.host("127.0.0.1", port: port)]
                $0.tls.serverName = "app.test"
            }
        ) { rig, _ in
            let answer = try await rig.request("GET", "/open/x")
            #expect(answer.text == "encrypted")
        }
    }

    @Test(
        "a wrong name, no name, and an authority that is not believed are 502 upstream-unreachable",
        arguments: ["name", "address", "authority"])
    func refused(what: String) async throws {
        let certificates = try await TestCertificates()
        try await withServer(
            certificates,
            {
                guard case .host(_, let port) = $0.addresses[0] else { return }
                switch what {
                case "name": $0.addresses = [.host("other.test", port: port)]
                case "address": $0.addresses = [.host("127.0.0.1", port: port)]
                default: $0.tls.ca = certificates.certificate("other")
                }
            }
        ) { rig, _ in
            let answer = try await rig.request("POST", "/open/x", body: "secret")
            #expect(answer.status == 502 && answer.text.contains("\"upstream-unreachable\""))
        }
    }

    @Test("under insecure-skip-verify any certificate will do")
    func insecure() async throws {
        let settings = UpstreamTLS(isEnabled: true, insecureSkipVerify: true)
        try await withServer(try await TestCertificates(), { $0.tls = settings }) { rig, _ in
            let answer = try await rig.request("GET", "/open/x")
            #expect(answer.text == "encrypted")
        }
    }

    @Test("an upstream that asks for a certificate is shown ours, and answers nobody without")
    func clientCertificate() async throws {
        let certificates = try await TestCertificates()
        try await withServer(
            certificates, asksForClient: true,
            {
                $0.tls.certificate = certificates.certificate("client")
                $0.tls.key = certificates.key("client")
            }
        ) { rig, _ in
            let answer = try await rig.request("GET", "/open/x")
            #expect(answer.text == "encrypted")
        }
        try await withServer(certificates, asksForClient: true) { rig, _ in
            let answer = try await rig.request("GET", "/open/x")
            #expect(answer.status == 502)
        }
    }

    @Test("a peer that never shakes hands is 504 when the time to connect is over")
    func silent() async throws {
        let silent = try RecordingUpstream { link in _ = try link.socket.readToEnd(resetIsEnd: true) }
        try await withGateway(
            silent,
            {
                $0.upstream.connectTimeout = .milliseconds(300)
                $0.upstream.tls = UpstreamTLS(isEnabled: true, insecureSkipVerify: true)
            }
        ) { rig in
            let answer = try await rig.request("GET", "/open/x")
            #expect(answer.status == 504 && answer.text.contains("\"upstream-timeout\""))
        }
    }

    @Test("health checks are encrypted as requests are, and say so where that fails")
    func health() async throws {
        let certificates = try await TestCertificates()
        for (authority, verdict) in [("ca", HealthState.Verdict.healthy), ("other", .unhealthy)] {
            try await withServer(
                certificates,
                {
                    $0.health = HealthPolicy(interval: .milliseconds(100), timeout: .seconds(10))
                    $0.tls.ca = certificates.certificate(authority)
                }
            ) { rig, _ in
                try await eventually("it is \(verdict)") {
                    try await rig.onPools { $0.endpoints.map(\.verdict) } == [[verdict]]
                }
                guard verdict == .unhealthy else { return }
                let settings = try #require(try await rig.onPools { $0.settings }.first)
                let problem = rig.gateway.upstreams.report(of: settings).problem
                #expect(problem?.contains("does not show a certificate that is believed") == true)
            }
        }
    }

    @Test("certificates are read again on demand; those that cannot be used leave the old ones in place")
    func reload() async throws {
        let certificates = try await TestCertificates()
        let ca = certificates.file("believed.pem")
        func believe(_ name: String) throws {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: certificates.certificate(name)))
            try bytes.write(to: URL(fileURLWithPath: ca))
        }
        try believe("ca")
        try await withServer(certificates, { $0.tls.ca = ca }) { rig, _ in
            #expect(try await rig.request("GET", "/open/x").status == 200)
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: ca))
            let faults = await rig.gateway.upstreams.reloadCertificates()
            #expect(
                faults.map(\.description) == ["upstream main: \(ca) is not a list of certificates in PEM"])
            #expect(try await rig.request("GET", "/open/x").status == 200)
            try believe("other")
            #expect(await rig.gateway.upstreams.reloadCertificates().isEmpty)
            try await eventually("the authority is no longer believed") {
                try await rig.request("GET", "/open/x").status == 502
            }
            try believe("ca")
            #expect(await rig.gateway.upstreams.reloadCertificates().isEmpty)
            try await eventually("it is believed again") {
                try await rig.request("GET", "/open/x").status == 200
            }
        }
    }

    @Test("a reload whose certificates cannot be used is refused, and everything stays as it was")
    func refusedReload() async throws {
        try await withGateway(try RecordingUpstream.echo()) { rig in
            let before = rig.gateway.upstreams.watched
            await #expect(throws: Gateway.StartFault.self) {
                try await rig.reload { $0.upstream.tls = UpstreamTLS(isEnabled: true, ca: "/nowhere") }
            }
            #expect(rig.gateway.upstreams.watched == before)
            let answer = try await rig.request("GET", "/open/x")
            #expect(answer.status == 200)
        }
    }

    @Test("files that cannot be used are named, and what is in them is not")
    func faults() async throws {
        let certificates = try await TestCertificates()
        func reason(_ change: (inout UpstreamTLS) -> Void) -> String? {
            var settings = UpstreamSettings(name: "main", addresses: [.host("127.0.0.1", port: 1)])
            settings.tls.isEnabled = true
            change(&settings.tls)
            do throws(UpstreamTLSFault) { _ = try UpstreamTLSContext.load(settings) } catch {
                return error.reason
            }
            return nil
        }
        let (client, server) = (certificates.certificate("client"), certificates.key("server"))
        #expect(reason { _ in } == nil)
        #expect(reason { $0.ca = "/nowhere" } == "/nowhere is not a list of certificates in PEM")
        #expect(
            reason { ($0.certificate, $0.key) = ("/nowhere", server) }
                == "/nowhere is not a certificate in PEM")
        #expect(
            reason { ($0.certificate, $0.key) = (client, client) }
                == "\(client) is not a key without a passphrase in PEM")
        #expect(
            reason { ($0.certificate, $0.key) = (client, server) }
                == "certificate, key and ca do not go together")
    }

    @Test("a gateway whose certificates cannot be used does not start, and says why")
    func start() async throws {
        let fault = await #expect(throws: Gateway.StartFault.self) {
            try await withGateway(
                try RecordingUpstream.echo(),
                { $0.upstream.tls = UpstreamTLS(isEnabled: true, ca: "/nowhere") }
            ) { _ in }
        }
        #expect(fault?.description == "upstream main: /nowhere is not a list of certificates in PEM")
    }
}
