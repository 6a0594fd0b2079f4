import Foundation
package import GatewayCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#endif

/// A certificate with its key, loaded and ready: what a TLS handshake is begun with.
package struct TLSIdentity: Sendable {
    let context: NIOSSLContext
    /// When the server's own certificate begins to be valid and ceases to be.
    package let validFrom: Timestamp
    package let validUntil: Timestamp

    /// How a certificate stands to its dates.
    package enum Standing: String, Sendable, Hashable {
        case valid = "is valid"
        case soon = "expires soon"
        case expired = "has expired"
        case early = "is not valid yet"
    }

    /// An operator is told from this long before the end.
    package static let warning = Duration.seconds(14 * 86_400)

    package func standing(at now: Timestamp) -> Standing {
        if now < validFrom { return .early }
        if validUntil < now { return .expired }
        return validUntil < now + Self.warning ? .soon : .valid
    }

    /// Loads the files of `settings`. An expired certificate loads: whether to go on with it is the operator's
    /// to say.
    package init(_ settings: TLSSettings, http2: Bool) throws(TLSFault) {
        let chain = try Self.certificates(settings.certificate, .certificate)
        guard let leaf = chain.first else {
            throw TLSFault(part: .certificate, path: settings.certificate, reason: .noCertificate)
        }
        let key = try Self.key(settings.key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = settings.minVersion == .tls13 ? .tlsv13 : .tlsv12
        configuration.maximumTLSVersion = .tlsv13
        configuration.cipherSuites = Self.cipherSuites
        configuration.applicationProtocols = http2 ? ["h2", "http/1.1"] : ["http/1.1"]
        configuration.renegotiationSupport = .none
        configuration.shutdownTimeout = .seconds(1)
        if let authorities = settings.clientCA, settings.clientCertificate != .none {
            configuration.trustRoots = .certificates(try Self.certificates(authorities, .clientCA))
            configuration.sendCANameList = true
            configuration.certificateVerification =
                settings.clientCertificate == .required ? .noHostnameVerification : .optionalVerification
        }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw TLSFault(
                part: .key, path: settings.key,
                reason: .keyDoesNotMatch(certificate: settings.certificate))
        } catch {
            throw TLSFault(part: .certificate, path: settings.certificate, reason: .unusable)
        }
        validFrom = Timestamp(seconds: Int64(leaf.notValidBefore))
        validUntil = Timestamp(seconds: Int64(leaf.notValidAfter))
    }

    /// For TLS 1.2: forward secrecy and authenticated encryption only (RFC 9325 §4.2), none of them on the list
    /// of RFC 9113's appendix A. TLS 1.3 brings its own.
    private static let cipherSuites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    private static func certificates(
        _ path: String, _ part: TLSFault.Part
    ) throws(TLSFault) -> [NIOSSLCertificate] {
        let bytes = try read(path, part)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw TLSFault(part: part, path: path, reason: .noCertificate)
        }
        return certificates
    }

    private static func key(_ path: String) throws(TLSFault) -> NIOSSLPrivateKey {
        let bytes = try read(path, .key)
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw TLSFault(part: .key, path: path, reason: .noKey)
        }
        return key
    }

    private static let longestFile = 1 << 20

    /// The file's bytes. Of a key, the mode of the very file that is read is looked at: its owner's alone, or
    /// readable by a group.
    private static func read(_ path: String, _ part: TLSFault.Part) throws(TLSFault) -> [UInt8] {
        func fault(_ reason: TLSFault.Reason) -> TLSFault { TLSFault(part: part, path: path, reason: reason) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw fault(.unreadable(String(cString: strerror(errno)))) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw fault(.notAFile)
        }
        if part == .key, status.st_mode & 0o037 != 0 { throw fault(.open(mode: status.st_mode & 0o777)) }
        guard let bytes = try? file.read(upToCount: longestFile + 1) else { return [] }
        guard bytes.count <= longestFile else { throw fault(.tooLong) }
        return Array(bytes)
    }
}
