import GatewayCore
package import NIOCore
import NIOPosix
import NIOSSL

/// Asks an address of an upstream once whether it is well: what the health checks and `fillgate doctor` do.
package enum UpstreamProbe {
    /// Why an address is not well.
    package enum Fault: Error, Sendable, Hashable {
        case unreachable
        case timeout
        case encryption
        case status(Int)
        case notHTTP

        package var sentence: String {
            switch self {
            case .unreachable: "cannot be reached"
            case .timeout: "does not answer in time"
            case .encryption: "does not show a certificate that is believed, or does not believe ours"
            case .status(let code): "answers \(code)"
            case .notHTTP: "does not speak HTTP"
            }
        }
    }

    /// Nil when `address` answers a GET of `path` with 2xx within `deadline`. `host` is the name by which the
    /// address was found.
    package static func fault(
        of address: SocketAddress, host: String?, path: String, tls: UpstreamTLSContext?,
        on group: any EventLoopGroup, deadline: Duration
    ) async -> Fault? {
        let eventLoop = group.next()
        let answer = eventLoop.makePromise(of: Int.self)
        let isReady = eventLoop.makePromise(of: Void.self)
        isReady.futureResult.whenFailure { error in
            answer.fail(error is NIOSSLError || error is BoringSSLError ? Fault.encryption : .unreachable)
        }
        let limit = TimeAmount.microseconds(deadline.wholeMicroseconds)
        let timer = eventLoop.scheduleTask(in: limit) { answer.fail(Fault.timeout) }
        let request = Self.request(path, to: address, host: host)
        let connecting = ClientBootstrap(group: eventLoop).connectTimeout(limit).channelInitializer {
            channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try tls?.addHandlers(to: pipeline, host: host, isReady: isReady)
                try pipeline.addHandler(StatusReader(request: request, answer: answer))
            }
        }.connect(to: address)
        connecting.whenFailure { isReady.fail($0) }
        if tls == nil { connecting.whenSuccess { _ in isReady.succeed() } }
        defer {
            timer.cancel()
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        do {
            let status = try await answer.futureResult.get()
            return (200..<300).contains(status) ? nil : .status(status)
        } catch {
            return error as? Fault ?? .unreachable
        }
    }

    private static func request(_ path: String, to address: SocketAddress, host: String?) -> String {
        var name = host ?? "localhost"
        if host == nil, address.port != nil {
            name = address.text
        } else if let port = address.port {
            name += ":\(port)"
        }
        return "GET \(path) HTTP/1.1\r\nHost: \(name)\r\nUser-Agent: fillgate\r\nConnection: close\r\n\r\n"
    }

    /// Sends the request and reads as far as the status.
    private final class StatusReader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let request: String
        private let answer: EventLoopPromise<Int>
        private var received: [UInt8] = []
        /// `HTTP/1.1 200`.
        private static let statusLength = 12

        init(request: String, answer: EventLoopPromise<Int>) {
            self.request = request
            self.answer = answer
        }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(
                wrapOutboundOut(context.channel.allocator.buffer(string: request)), promise: nil)
            context.fireChannelActive()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            received += bytes.readableBytesView.prefix(Self.statusLength - received.count)
            guard received.count == Self.statusLength else { return }
            let text = String(decoding: received, as: UTF8.self)
            if text.hasPrefix("HTTP/1."), let status = Int(text.suffix(3)) {
                answer.succeed(status)
            } else {
                answer.fail(Fault.notHTTP)
            }
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            answer.fail(received.isEmpty ? Fault.unreachable : Fault.notHTTP)
        }
    }
}
