import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TestSupport

/// An upstream at any address, with TLS if it is given certificates: it answers every request without a body
/// with 200 and its own name.
final class UpstreamServer: Sendable {
    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    var port: Int { channel.localAddress?.port ?? 0 }

    /// Listens on `address`. `tls` is what it encrypts with.
    static func start(
        _ name: String = "ok", at address: SocketAddress? = nil, tls: TLSConfiguration? = nil
    ) async throws -> UpstreamServer {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.addHandler(Answerer(name))
                }
            }
        let address = try address ?? SocketAddress(ipAddress: "127.0.0.1", port: 0)
        return UpstreamServer(try await bootstrap.bind(to: address).get())
    }

    func stop() async throws { try await channel.close() }

    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let name: String
        private var received: [UInt8] = []

        init(_ name: String) { self.name = name }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += Array(buffer: unwrapInboundIn(data))
            while let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
                received.removeFirst(end.upperBound)
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(name.utf8.count)\r\n\r\n\(name)"
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// Authorities and certificates made for one test, which live as long as this object.
final class TestCertificates: Sendable {
    private let folder: TemporaryFolder

    /// Makes authorities `ca` and `other`, and `server` for `name` and `client`, signed by `ca`.
    init(name: String = "app.test") async throws {
        folder = try TemporaryFolder()
        for authority in ["ca", "other"] {
            try await openssl(
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                    + ["-days", "2", "-subj", "/CN=\(authority)", "-keyout", key(authority)]
                    + ["-out", certificate(authority), "-addext", "basicConstraints=critical,CA:TRUE"])
        }
        for (leaf, subject) in [("server", "DNS:\(name)"), ("client", "DNS:fillgate.test")] {
            try await openssl(
                ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                    + ["-subj", "/CN=\(leaf)", "-keyout", key(leaf), "-out", folder.file("\(leaf).csr")])
            try folder.write(Data("subjectAltName=\(subject)\n".utf8), to: "\(leaf).ext")
            try await openssl(
                ["x509", "-req", "-in", folder.file("\(leaf).csr"), "-CA", certificate("ca")]
                    + ["-CAkey", key("ca"), "-CAcreateserial", "-days", "2", "-out", certificate(leaf)]
                    + ["-extfile", folder.file("\(leaf).ext")])
        }
    }

    func certificate(_ name: String) -> String { folder.file("\(name).pem") }
    func key(_ name: String) -> String { folder.file("\(name).key") }
    func file(_ name: String) -> String { folder.file(name) }

    /// What the server encrypts with; `asksForClient` refuses whoever does not show a certificate of `ca`.
    func server(asksForClient: Bool = false) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate("server")).map {
                .certificate($0)
            }, privateKey: .privateKey(try NIOSSLPrivateKey(file: key("server"), format: .pem)))
        if asksForClient {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificate("ca")))
        }
        return configuration
    }

    private func openssl(_ arguments: [String]) async throws {
        let process = try ServerProcess("openssl", arguments)
        guard try await process.waitForExit() == .code(0) else {
            throw DeadlineExceeded("openssl failed: \(process.output)")
        }
    }
}
