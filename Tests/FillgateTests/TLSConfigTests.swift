import Foundation
import GatewayCore
import GatewayProxy
import TestSupport
import Testing

@testable import Fillgate

@Suite("TLS in the configuration")
struct TLSConfigTests {
    private let folder: TemporaryFolder
    private let pair: TestCertificate

    init() throws {
        folder = try TemporaryFolder()
        pair = try TestCertificate.make("server", in: folder, days: 20)
    }

    private func text(certificate: String? = nil, key: String? = nil) -> String {
        """
        listen:
          - address: 127.0.0.1:8080
            http2: false
            tls:
              certificate: \(certificate ?? pair.certificate)
              key: \(key ?? pair.key)
              min-version: 1.3
        """
    }

    @Test("every key of a listener is read")
    func keys() throws {
        let more = """
            \(text())
                  client-ca: \(pair.certificate)
                  client-certificate: optional
                proxy-protocol: true
                reuse-port: true
            trusted-proxies: [10.0.0.0/8]
            connections: { handshake-timeout: 3s, turned-away: 7, http2: { streams: 5, rate-window: 1m } }
            """
        let settings = try Configuration.parse(more, file: "gateway.yaml", checksFiles: true)
        let listener = try #require(settings.listen.first)
        #expect(!listener.http2 && listener.proxyProtocol && listener.reusePort)
        #expect(
            listener.tls
                == TLSSettings(
                    certificate: pair.certificate, key: pair.key, clientCA: pair.certificate,
                    clientCertificate: .optional, minVersion: .tls13))
        #expect(settings.connections.handshakeTimeout == .seconds(3))
        #expect(settings.connections.turnedAway == 7)
        #expect(settings.connections.http2.streams == 5)
        #expect(settings.connections.http2.rateWindow == .seconds(60))
    }

    @Test("the check of a configuration loads its files, and says which line is wrong")
    func files() throws {
        let other = try TestCertificate.make("other", in: folder)
        func faults(_ text: String) -> String? {
            do { _ = try Configuration.parse(text, file: "f", checksFiles: true) } catch {
                return "\(error)"
            }
            return nil
        }
        #expect(faults(text()) == nil)
        #expect(
            faults(text(certificate: "/none.crt"))
                == "f:5: listen[0].tls.certificate: '/none.crt' cannot be read: No such file or directory")
        #expect(
            faults(text(key: other.key))
                == "f:6: listen[0].tls.key: '\(other.key)' is not the key of the certificate '\(pair.certificate)'"
        )
        #expect(chmod(pair.key, 0o644) == 0)
        #expect(faults(text())?.contains("f:6: listen[0].tls.key: '\(pair.key)' has mode 0644") == true)
        // Who does not serve need not be able to read keys.
        #expect(throws: Never.self) { try Configuration.parse(text(), file: "f") }
    }

    @Test("the doctor tells until when a certificate is valid, and warns in time")
    func doctor() throws {
        let settings = try Configuration.parse(text(), file: "f")
        func state(after days: Int) -> Doctor.Finding.State? {
            Doctor.certificates(settings.listen, now: Clock.now + .seconds(days * 86_400)).first?.state
        }
        #expect(state(after: 0) == .ok)
        #expect(state(after: 7) == .warn)
        #expect(state(after: 21) == .fail)
        let broken = try Configuration.parse(text(key: "/none.key"), file: "f")
        let finding = Doctor.certificates(broken.listen, now: Clock.now).first
        #expect(finding?.state == .fail && finding?.found.contains("/none.key") == true)
    }
}
