import NIOCore

/// One socket as a task sees it: bytes that came, bytes that go, and whether there is room for more of
/// either.
///
/// A thin channel handler. It reads ahead up to `highWater` bytes and then leaves the rest to the kernel, so
/// that a slow reader slows its writer down.
final class Wire: ChannelDuplexHandler, @unchecked Sendable {
    // SAFETY: confined to the channel's event loop, on which the tasks that use it run too.
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Bytes that came and were not taken.
    var inbound = Wire.empty
    /// Who is woken by what happens here.
    var waiter: Waiter?
    /// The peer will send no more.
    private(set) var inputEnded = false
    /// The connection broke; what came before may be less than what the peer sent.
    private(set) var hasFailed = false
    /// Nothing can be sent any more.
    private(set) var isClosed = false
    private(set) var isWritable = true
    /// Bytes that were sent to the peer since the beginning.
    private(set) var bytesSent = 0
    /// Bytes that came from the peer since the beginning.
    private(set) var bytesReceived = 0
    /// Called once when the channel has become active.
    var onActive: ((Wire) -> Void)?

    private let highWater: Int
    private var context: ChannelHandlerContext?
    private var isReadHeld = false

    static let empty = ByteBuffer()

    init(highWater: Int) { self.highWater = highWater }

    // MARK: What a task does

    /// Lets go of `count` bytes at the front, and of the storage once nothing is left in it.
    @inline(__always)
    func consume(_ count: Int) {
        if count == inbound.readableBytes {
            inbound = Wire.empty
        } else {
            inbound.moveReaderIndex(forwardBy: count)
        }
        resumeReading()
    }

    @inline(__always)
    func resumeReading() {
        guard isReadHeld, inbound.readableBytes < highWater else { return }
        isReadHeld = false
        context?.read()
    }

    @inline(__always)
    func send(_ buffer: ByteBuffer) {
        guard let context, !isClosed else { return }
        bytesSent &+= buffer.readableBytes
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Calls `done` when everything that was sent has been given to the kernel, or never will be.
    func whenFlushed(_ done: @escaping @Sendable () -> Void) {
        guard let context, !isClosed else { return done() }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in done() }
        context.writeAndFlush(wrapOutboundOut(Wire.empty), promise: promise)
    }

    /// Says that nothing more will be sent; what the peer still sends can be read.
    func endOutput() {
        context?.close(mode: .output, promise: nil)
    }

    /// Lets the peer end its side alone, for protocols in which each side ends by itself.
    func allowHalfClosure() {
        try? context?.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
    }

    func close() {
        guard !isClosed else { return }
        context?.close(mode: .all, promise: nil)
    }

    // MARK: What happens to it

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = context.channel.isWritable
        if context.channel.isActive { becameActive() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { becameActive() }

    private func becameActive() {
        guard let onActive else { return }
        self.onActive = nil
        onActive(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        bytesReceived &+= bytes.readableBytes
        if inbound.readableBytes == 0 {
            inbound = bytes
        } else {
            // What was taken must not stay in front of what comes, or a peer that is never quite caught up
            // with would make the buffer as long as all that it ever sent.
            if inbound.readerIndex > 0 { inbound.discardReadBytes() }
            inbound.writeBuffer(&bytes)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { waiter?.wake() }

    func read(context: ChannelHandlerContext) {
        if inbound.readableBytes < highWater { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable { waiter?.wake() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            inputEnded = true
            waiter?.wake()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        inputEnded = true
        isWritable = false
        waiter?.wake()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        hasFailed = true
        context.close(promise: nil)
    }
}
