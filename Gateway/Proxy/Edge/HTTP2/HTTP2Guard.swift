import GatewayCore
import NIOCore

/// Stands between the socket and NIO's HTTP/2 and follows the frames both ways: for the floods that NIO does not
/// count, for header blocks that do not come to an end, and for the numbers.
final class HTTP2Guard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let connection: HTTP2Connection
    private var inbound = HTTP2FrameWalk(expectsPreface: true)
    private var outbound = HTTP2FrameWalk(expectsPreface: false)

    init(_ connection: HTTP2Connection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Whoever has been told to go is not listened to any more.
        guard !connection.isClosing else { return }
        let bytes = unwrapInboundIn(data)
        inbound.walk(bytes.readableBytesUInt8Span) { connection.received($0) }
        guard !connection.isClosing else { return }
        connection.received(within: inbound.isWithin)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .byteBuffer(let bytes) = unwrapOutboundIn(data) {
            outbound.walk(bytes.readableBytesUInt8Span) { frame in
                // NIO writes a frame of control in one piece.
                let payload = bytes.readerIndex + frame.payload
                switch frame.kind {
                case .data: connection.sentData(frame.length)
                case .reset: connection.sentReset(bytes.getInteger(at: payload) ?? 0)
                case .goAway: connection.sentGoAway(bytes.getInteger(at: payload + 4) ?? 0)
                default: break
                }
            }
        }
        context.write(data, promise: promise)
    }
}
