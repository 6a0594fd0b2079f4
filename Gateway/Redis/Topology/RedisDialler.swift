import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// Opens connections of one event loop, encrypted where the configuration says so.
struct RedisDialler: Sendable {
    let eventLoop: any EventLoop
    let tls: RedisTLS?

    /// Connects to `endpoint` within `span`, with `handler` at the end of the pipeline.
    ///
    /// Nothing may be written before the future is fulfilled: only then has the server shown who it is.
    func dial(
        _ endpoint: RedisConfiguration.Endpoint, within span: TimeAmount,
        _ handler: some ChannelInboundHandler & Sendable
    ) -> EventLoopFuture<Void> {
        let isProven = eventLoop.makePromise(of: Void.self)
        let due = NIODeadline.now() + span
        let tls = tls
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(span)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls, case .tcp(let host, _) = endpoint {
                        try pipeline.addHandler(try tls.handler(to: host))
                        try pipeline.addHandler(TLSGate(isProven))
                    } else {
                        isProven.succeed()
                    }
                    try pipeline.addHandler(handler)
                }
            }
        let connected =
            switch endpoint {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        connected.whenFailure { isProven.fail($0) }
        guard tls != nil else { return connected.map { _ in } }
        let timer = eventLoop.scheduleTask(deadline: due) {
            isProven.fail(RedisExchange.Fault(description: "the TLS handshake was not answered"))
        }
        isProven.futureResult.whenComplete { _ in timer.cancel() }
        return isProven.futureResult
    }

    /// Watches the handshake, and is gone afterwards.
    private final class TLSGate: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer

        private let isProven: EventLoopPromise<Void>

        init(_ isProven: EventLoopPromise<Void>) { self.isProven = isProven }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            context.fireUserInboundEventTriggered(event)
            guard case .some(.handshakeCompleted) = event as? TLSUserEvent else { return }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
            isProven.succeed()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            isProven.fail(error)
            context.fireErrorCaught(error)
        }

        func channelInactive(context: ChannelHandlerContext) {
            isProven.fail(ChannelError.eof)
            context.fireChannelInactive()
        }
    }
}
