import GatewayCore
import NIOCore
import NIOPosix

/// Asks an upstream once whether it is ready, as its health check would.
enum UpstreamProbe {
    /// Why an address is not ready.
    enum Fault: Error, Sendable, Hashable {
        case unreachable
        case timeout
        case status(Int)
        case notHTTP

        var sentence: String {
            switch self {
            case .unreachable: "cannot be reached"
            case .timeout: "does not answer in time"
            case .status(let code): "answers \(code)"
            case .notHTTP: "does not speak HTTP"
            }
        }
    }

    /// Nil when `address` answers a GET of `path` with 2xx within `deadline`.
    static func fault(
        of address: UpstreamSettings.Address, path: String, on group: any EventLoopGroup, deadline: Duration
    ) async -> Fault? {
        let eventLoop = group.next()
        let answer = eventLoop.makePromise(of: Int.self)
        let limit = TimeAmount.microseconds(deadline.wholeMicroseconds)
        let timer = eventLoop.scheduleTask(in: limit) { answer.fail(Fault.timeout) }
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(limit).channelInitializer {
            channel in
            channel.eventLoop.makeCompletedFuture {
                let reader = StatusReader(request: Self.request(path, to: address), answer: answer)
                try channel.pipeline.syncOperations.addHandler(reader)
            }
        }
        let connecting =
            switch address {
            case .host(let host, let port): bootstrap.connect(host: host, port: port)
            case .unixSocket(let socket): bootstrap.connect(unixDomainSocketPath: socket)
            }
        connecting.whenFailure { _ in answer.fail(Fault.unreachable) }
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

    private static func request(_ path: String, to address: UpstreamSettings.Address) -> String {
        let host =
            switch address {
            case .host: address.description
            case .unixSocket: "localhost"
            }
        return "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: fillgate\r\nConnection: close\r\n\r\n"
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
