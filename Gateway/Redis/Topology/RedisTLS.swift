import Crypto
import Foundation
import NIOCore
import NIOSSL

/// What connections to Redis are encrypted with: files that are read once, when this is made.
///
/// Two are equal if they were read from the same files with the same content, so that a reload of the
/// configuration notices a certificate that was replaced, and leaves connections alone where none was.
package struct RedisTLS: Sendable, Hashable {
    /// Where certificates are; nothing is read yet.
    package struct Files: Sendable, Hashable {
        /// Authorities whose certificates are believed, in PEM; nil for the system's.
        package var ca: String?
        /// What the gateway shows of itself, with its chain, in PEM; nil for nothing.
        package var certificate: String?
        /// The certificate's key, in PEM and without a passphrase.
        package var key: String?
        /// The name that servers' certificates must bear; nil for the host of the address. The numeric address
        /// that was connected to does as well.
        package var serverName: String?

        package init(
            ca: String? = nil, certificate: String? = nil, key: String? = nil, serverName: String? = nil
        ) {
            self.ca = ca
            self.certificate = certificate
            self.key = key
            self.serverName = serverName
        }

        var isEmpty: Bool { self == Files() }
    }

    private let files: Files
    private let contents: SHA256Digest
    private let context: NIOSSLContext

    /// Reads the files. Throws what names the file and never says what is in it.
    init(_ files: Files) throws(RedisConfigurationFault) {
        guard (files.certificate == nil) == (files.key == nil) else {
            throw RedisConfigurationFault("redis: tls.certificate and tls.key go together")
        }
        self.files = files
        var digest = SHA256()
        func reading<Value>(
            _ file: String, _ what: String, _ read: ([UInt8]) throws -> Value
        ) throws(RedisConfigurationFault) -> Value {
            do {
                let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
                digest.update(data: bytes)
                return try read(bytes)
            } catch {
                throw RedisConfigurationFault("redis: \(file) is not \(what) in PEM that can be read")
            }
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let ca = files.ca {
            let authorities = try reading(ca, "a list of certificates") {
                try NIOSSLCertificate.fromPEMBytes($0)
            }
            configuration.trustRoots = .certificates(authorities)
        }
        if let certificate = files.certificate, let key = files.key {
            configuration.certificateChain = try reading(certificate, "a certificate") {
                try NIOSSLCertificate.fromPEMBytes($0).map { .certificate($0) }
            }
            configuration.privateKey = try reading(key, "a key without a passphrase") {
                .privateKey(try NIOSSLPrivateKey(bytes: $0, format: .pem))
            }
        }
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            throw RedisConfigurationFault("redis: tls.certificate, tls.key and tls.ca do not go together")
        }
        contents = digest.finalize()
    }

    /// What encrypts one connection to `host`. Without a name the certificate must bear the address.
    func handler(to host: String) throws -> NIOSSLClientHandler {
        let isNumeric = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(
            context: context, serverHostname: files.serverName ?? (isNumeric ? nil : host))
    }

    package static func == (left: RedisTLS, right: RedisTLS) -> Bool {
        left.files == right.files && left.contents == right.contents
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(files) }
}
