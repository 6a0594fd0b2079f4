import GatewayCore
import Logging
import NIOCore
import NIOSSL
import NIOTLS

/// A connection that begins with more than a request: a PROXY header, a TLS handshake, or both. It is the
/// handler next to the socket, brings the connection as far as being served, and ends it where that takes too
/// long. Connections of plain listeners do without it.
final class EdgeConnection: ChannelInboundHandler, HasDeadline, @unchecked Sendable {
    // SAFETY: confined to the channel's event loop.
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Phase {
        /// Before the channel is active.
        case new
        case proxyHeader(ByteBuffer)
        case handshake
        /// HTTP/1.1, by the pipeline.
        case served
        case multiplexed(HTTP2Connection)
        case closed
    }

    private let loop: GatewayLoop
    private let front: Listener.Front
    private let connections: ConnectionCounter
    private var end: ClientEnd
    private var phase = Phase.new
    private var context: ChannelHandlerContext?
    /// Whose place among the connections is held.
    private var counted: IPAddress?
    var place = -1
    /// When `expire` is due, in monotonic nanoseconds.
    var deadline = UInt64.max

    private var state: LoopState { loop.state }

    init(
        _ loop: GatewayLoop, _ front: Listener.Front, _ connections: ConnectionCounter, peer: IPAddress
    ) {
        self.loop = loop
        self.front = front
        self.connections = connections
        end = ClientEnd(peer: peer)
    }

    // MARK: Being accepted

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        begin()
        context.fireChannelActive()
    }

    private func begin() {
        guard case .new = phase else { return }
        // As in `GatewayLoop.admit`: too late to be cut off with the others.
        guard !state.wasCutOff else { return abort() }
        state.edge.add(self)
        guard front.settings.proxyProtocol else { return admit(end.peer) }
        guard ClientAddress.isTrusted(end.peer, by: state.settings.trustedProxies) else {
            return refuseProxyHeader("the peer is not a trusted proxy")
        }
        // Until the header has come it counts as the proxy's.
        guard enter(end.peer) == .served else { return abort() }
        phase = .proxyHeader(ByteBuffer())
        deadline = due(in: state.settings.limits.headerTimeout)
    }

    private func enter(_ peer: IPAddress) -> ConnectionCounter.Admission {
        // Over TLS nobody could be told anything before a handshake, which is what the bound is to save.
        let admission = connections.enter(
            peer, within: state.settings.limits, exempt: state.settings.trustedProxies,
            tells: front.tls == nil)
        switch admission {
        case .served: counted = peer
        case .turnedAway: state.edge.counts.turnedAway += 1
        case .dropped: state.edge.counts.dropped += 1
        }
        return admission
    }

    /// When what may take so long must be over. Once the gateway drains it waits for a request that may be on its
    /// way as long as for one of an idle connection.
    private func due(in time: Duration) -> UInt64 {
        let limits = state.settings.limits
        let most = state.isDraining ? min(time, limits.drainIdleTimeout) : time
        return Clock.monotonic + most.nanoseconds
    }

    private func leave() {
        guard let counted else { return }
        connections.leave(counted)
        self.counted = nil
    }

    private func admit(_ peer: IPAddress) {
        end.peer = peer
        switch enter(peer) {
        case .served:
            state.edge.counts.accepted += 1
            if let tls = front.tls { beginHandshake(tls) } else { serve(refusal: nil) {} }
        case .turnedAway:
            serve(refusal: .tooManyConnections) { [connections] in connections.leaveTurnedAway() }
        case .dropped: abort()
        }
    }

    // MARK: The PROXY header

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .proxyHeader(var header) = phase else { return context.fireChannelRead(data) }
        phase = .new
        var bytes = unwrapInboundIn(data)
        header.writeBuffer(&bytes)
        do throws(ProxyProtocol.Fault) {
            switch try ProxyProtocol.parse(header.readableBytesUInt8Span) {
            case .needsMore: phase = .proxyHeader(header)
            case .header(let source, let length):
                header.moveReaderIndex(forwardBy: length)
                leave()
                switch source {
                case .address(let address): admit(address)
                case .connection: admit(end.peer)
                }
                if header.readableBytes > 0 {
                    context.fireChannelRead(wrapInboundOut(header))
                    context.fireChannelReadComplete()
                }
            }
        } catch {
            refuseProxyHeader("\(error)")
        }
    }

    private func refuseProxyHeader(_ reason: String) {
        state.edge.counts.proxyHeadersRefused += 1
        front.logger.debug(
            "a connection without a proper PROXY header",
            metadata: ["address": "\(end.peer)", "reason": "\(reason)"])
        abort()
    }

    // MARK: The handshake

    private func beginHandshake(_ certificates: CertificateStore) {
        guard let context else { return }
        do {
            phase = .handshake
            deadline = due(in: state.settings.limits.handshakeTimeout)
            state.edge.counts.handshakes += 1
            let watch = HandshakeWatch(self)
            let handler = NIOSSLServerHandler(context: certificates.current.context)
            try context.pipeline.syncOperations.addHandlers([handler, watch], position: .after(self))
        } catch {
            handshakeFailed(error)
        }
    }

    /// Serves what was agreed on, in the place of `watch`.
    fileprivate func handshakeDone(_ negotiated: String?, _ watch: HandshakeWatch) {
        guard case .handshake = phase, let context else { return }
        end.isSecure = true
        deadline = .max
        let pipeline = context.pipeline.syncOperations
        do {
            if negotiated == "h2" {
                end.version = .http2
                let connection = HTTP2Connection(self, loop: loop, end: end)
                phase = .multiplexed(connection)
                state.edge.counts.http2Connections += 1
                try connection.addHandlers(to: context.channel, after: watch)
                if state.isDraining { connection.drain() }
            } else {
                try serve(in: pipeline, after: watch, refusal: nil) {}
            }
            pipeline.removeHandler(watch, promise: nil)
        } catch {
            abort()
        }
    }

    fileprivate func handshakeFailed(_ error: any Error) {
        guard case .handshake = phase else { return }
        phase = .closed
        state.edge.counts.handshakesFailed += 1
        front.logger.debug(
            "a TLS handshake failed", metadata: ["address": "\(end.peer)", "reason": "\(error)"])
        abort()
    }

    // MARK: Being served

    private func serve(refusal: Refusal?, onEnd: @escaping @Sendable () -> Void) {
        guard let context else { return onEnd() }
        do {
            try serve(in: context.pipeline.syncOperations, after: self, refusal: refusal, onEnd: onEnd)
        } catch {
            onEnd()
            abort()
        }
    }

    private func serve(
        in pipeline: ChannelPipeline.SynchronousOperations, after handler: any ChannelHandler,
        refusal: Refusal?, onEnd: @escaping @Sendable () -> Void
    ) throws {
        phase = .served
        deadline = .max
        let wire = Wire(highWater: state.settings.limits.inboundHighWater)
        wire.onActive = { [loop, end] wire in loop.begin(wire, end: end, refusal: refusal, onEnd: onEnd) }
        try pipeline.addHandler(wire, position: .after(handler))
    }

    // MARK: Ending

    /// Called when `deadline` is over.
    func expire() {
        switch phase {
        case .proxyHeader: refuseProxyHeader("none in time")
        case .handshake:
            state.edge.counts.handshakesTooSlow += 1
            handshakeFailed(ChannelError.connectTimeout(.zero))
        case .multiplexed(let connection): connection.expire()
        case .new, .served, .closed: deadline = .max
        }
    }

    /// Hurries what has not begun to be served, and has a connection of streams finish those it has.
    func drain() {
        switch phase {
        case .proxyHeader, .handshake: deadline = min(deadline, due(in: .seconds(3_600)))
        case .multiplexed(let connection): connection.drain()
        case .new, .served, .closed: break
        }
    }

    /// Closes the socket, without the alert that TLS ends with.
    func abort() {
        deadline = .max
        context?.close(mode: .all, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .handshake = phase { handshakeFailed(ChannelError.eof) }
        phase = .closed
        deadline = .max
        leave()
        context.fireChannelInactive()
        state.edge.remove(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What the socket reports; later handlers hear of it by the end that follows.
        if case .served = phase { return context.fireErrorCaught(error) }
        abort()
    }
}

/// Stands behind the TLS handler until the handshake is done.
private final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let connection: EdgeConnection
    private var isDone = false

    init(_ connection: EdgeConnection) { self.connection = connection }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let negotiated) = event as? TLSUserEvent {
            isDone = true
            connection.handshakeDone(negotiated, self)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isDone { context.fireErrorCaught(error) } else { connection.handshakeFailed(error) }
    }
}
