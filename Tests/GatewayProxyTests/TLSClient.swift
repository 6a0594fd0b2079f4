import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization
import TestSupport

/// A TLS connection to 127.0.0.1 used byte by byte, with NIOSSL's client under it: what came is kept until a
/// test takes it.
final class TLSClient: Sendable {
    struct State {
        var received: [UInt8] = []
        var negotiated: String?
        var isReady = false
        var isClosed = false
        var error: String?
        var serverName: String?
    }

    let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)

    private init() {}

    /// Connects and shakes hands; throws where that fails. `before` are bytes that go ahead of the handshake.
    static func connect(
        port: Int, protocols: [String] = ["http/1.1"], roots: String? = nil,
        identity: TestCertificate? = nil, before: [UInt8] = [],
        configure: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws -> TLSClient {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = protocols
        configuration.certificateVerification = roots == nil ? .none : .fullVerification
        if let roots { configuration.trustRoots = .file(roots) }
        if let identity {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificate)
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
        }
        configure(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        let client = TLSClient()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if !before.isEmpty { try pipeline.addHandler(Prefix(before)) }
                    let handler = try NIOSSLClientHandler(context: context, serverHostname: "gate.test")
                    try pipeline.addHandler(handler)
                    try pipeline.addHandler(Collector(client))
                }
            }.connect(host: "127.0.0.1", port: port).get()
        client.channel.withLock { $0 = channel }
        try await eventually("the handshake is over") { client.state.withLock { $0.isReady || $0.isClosed } }
        if let error = client.state.withLock({ $0.isReady ? nil : $0.error ?? "closed" }) {
            throw Failure(description: error)
        }
        return client
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    deinit { close() }

    var negotiated: String? { state.withLock { $0.negotiated } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    /// The common name of the server's certificate.
    var serverName: String? { state.withLock { $0.serverName } }

    func send(_ bytes: some Sequence<UInt8>) {
        let channel = channel.withLock { $0 }
        channel?.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func send(_ text: String) { send(text.utf8) }

    func close() {
        let channel = channel.withLock { $0 }
        channel?.close(promise: nil)
    }

    /// Stops, or goes on, taking what comes, so that the kernel's buffers fill.
    func setReading(_ isOn: Bool) async throws {
        let channel = channel.withLock { $0 }
        try await channel?.setOption(.autoRead, value: isOn).get()
    }

    /// Whether the server ends the connection.
    func ends() async throws -> Bool {
        try await eventually("the connection ends") { isClosed }
        return true
    }

    /// Takes the next whole answer with a length.
    func response() async throws -> RawMessage {
        var message: RawMessage?
        try await eventually("a response comes") {
            message = try state.withLock { state in
                guard let (message, length) = try Self.parse(state.received) else { return nil }
                state.received.removeFirst(length)
                return message
            }
            return message != nil || isClosed
        }
        guard let message else { throw Failure(description: "closed before an answer") }
        return message
    }

    func request(_ method: String, _ path: String, _ fields: [String] = [], body: String = "")
        async throws -> RawMessage
    {
        let lines =
            ["\(method) \(path) HTTP/1.1", "Host: gate.test"] + fields
            + (body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"])
        send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        return try await response()
    }

    private static func parse(_ bytes: [UInt8]) throws -> (RawMessage, Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var message = RawMessage()
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .split(separator: "\r\n").map(String.init)
        message.line = lines[0]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            message.fields.append((String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces)))
        }
        let length = message["Content-Length"].flatMap { Int($0) } ?? 0
        guard bytes.count >= end.upperBound + length else { return nil }
        message.body = Array(bytes[end.upperBound..<(end.upperBound + length)])
        return (message, end.upperBound + length)
    }

    /// Writes its bytes before anything else.
    private final class Prefix: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let bytes: [UInt8]
        init(_ bytes: [UInt8]) { self.bytes = bytes }
        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            context.fireChannelActive()
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let client: TLSClient
        init(_ client: TLSClient) { self.client = client }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case .handshakeCompleted(let negotiated) = event as? TLSUserEvent else { return }
            let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self)
            let name = handler?.peerCertificate.flatMap { "\($0)" }
            client.state.withLock {
                $0.negotiated = negotiated
                $0.isReady = true
                $0.serverName = name
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            client.state.withLock { $0.received += bytes.readableBytesView }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            client.state.withLock { $0.error = $0.error ?? "\(error)" }
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { client.state.withLock { $0.isClosed = true } }
    }
}
