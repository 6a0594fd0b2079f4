import NIOCore

/// The end of a channel's pipeline: bytes in, replies out. One a socket, so that what is left of a broken
/// connection cannot be taken for the next one's.
final class RedisChannelHandler: ChannelInboundHandler, @unchecked Sendable {
    // SAFETY: used on the connection's loop only, like the connection itself.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Held until the socket is closed, which the connection sees to.
    private let connection: RedisConnection
    private let reader = ReplyReader()
    private var context: ChannelHandlerContext?
    private var isDone = false

    init(connection: RedisConnection) { self.connection = connection }

    var channel: (any Channel)? { context?.channel }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(_ buffer: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Closes the socket and goes silent.
    func close() {
        isDone = true
        context?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        let buffer = unwrapInboundIn(data)
        if let running = connection.running { running { read(buffer) } } else { read(buffer) }
    }

    private func read(_ buffer: ByteBuffer) {
        do throws(ReplyReader.Fault) {
            try feed(buffer)
            // A reply may end the connection.
            while !isDone, try reader.next() {
                connection.received(reader.arena)
                reader.arena.reset()
            }
        } catch {
            connection.lose(error.reason)
        }
    }

    private func feed(_ buffer: ByteBuffer) throws(ReplyReader.Fault) {
        let reader = reader
        let result = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(ReplyReader.Fault) in try reader.feed(bytes) }
        }
        try result.get()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDone { connection.lose("the server closed the connection") }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDone { connection.lose("\(error)") }
    }
}
