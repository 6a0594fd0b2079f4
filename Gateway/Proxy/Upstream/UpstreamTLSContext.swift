package import GatewayCore
import NIOCore
import NIOSSL
import NIOTLS

/// Why an upstream's certificates cannot be used. It names the file and never says what is in it.
package struct UpstreamTLSFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let upstream: String
    package let reason: String

    package var description: String { "upstream \(upstream): \(reason)" }
}

/// What connections to an upstream are encrypted with: its files, read once.
package final class UpstreamTLSContext: Sendable {
    private let context: NIOSSLContext
    private let serverName: String?

    /// Nil where the upstream is not spoken to over TLS. Reads files.
    package static func load(_ settings: UpstreamSettings) throws(UpstreamTLSFault) -> UpstreamTLSContext? {
        guard settings.tls.isEnabled else { return nil }
        return try UpstreamTLSContext(settings)
    }

    private init(_ settings: UpstreamSettings) throws(UpstreamTLSFault) {
        func reading<Value>(_ file: String, _ what: String, _ read: () throws -> Value)
            throws(UpstreamTLSFault)
            -> Value
        {
            do { return try read() } catch {
                throw UpstreamTLSFault(upstream: settings.name, reason: "\(file) is not \(what) in PEM")
            }
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = settings.tls.insecureSkipVerify ? .none : .fullVerification
        if let ca = settings.tls.ca {
            let authorities = try reading(ca, "a list of certificates") {
                try NIOSSLCertificate.fromPEMFile(ca)
            }
            configuration.trustRoots = .certificates(authorities)
        }
        if let certificate = settings.tls.certificate, let key = settings.tls.key {
            configuration.certificateChain = try reading(certificate, "a certificate") {
                try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
            }
            configuration.privateKey = .privateKey(
                try reading(key, "a key without a passphrase") {
                    try NIOSSLPrivateKey(file: key, format: .pem)
                })
        }
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            throw UpstreamTLSFault(
                upstream: settings.name, reason: "certificate, key and ca do not go together")
        }
        serverName = settings.tls.serverName
    }

    /// Puts encryption at the head of a pipeline. `isReady` is completed when the peer has shown who it is, or
    /// failed when that came to nothing. On the pipeline's event loop.
    func addHandlers(
        to pipeline: ChannelPipeline.SynchronousOperations, host: String?, isReady: EventLoopPromise<Void>
    ) throws {
        // Without a name the certificate must bear the address.
        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: serverName ?? host))
        try pipeline.addHandler(HandshakeGate(isReady))
    }

    /// Watches the handshake, and is gone afterwards.
    private final class HandshakeGate: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer

        private let isReady: EventLoopPromise<Void>

        init(_ isReady: EventLoopPromise<Void>) { self.isReady = isReady }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            context.fireUserInboundEventTriggered(event)
            guard case .some(.handshakeCompleted) = event as? TLSUserEvent else { return }
            isReady.succeed()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            isReady.fail(error)
            context.fireErrorCaught(error)
        }

        func channelInactive(context: ChannelHandlerContext) {
            isReady.fail(ChannelError.eof)
            context.fireChannelInactive()
        }
    }
}
