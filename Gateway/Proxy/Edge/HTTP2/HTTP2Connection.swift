import GatewayCore
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One HTTP/2 connection: its streams are connections of the pipeline, each with a `Wire` of its own; this is
/// what they share, and the handler that stands behind NIO's and hears of the connection's faults.
final class HTTP2Connection: ChannelInboundHandler, @unchecked Sendable {
    // SAFETY: confined to the connection's event loop, on which its streams live too.
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private enum Ending {
        case no
        /// The client was told that the end is near; streams that it has begun meanwhile are still served.
        case announced
        /// The client was told which stream is the last.
        case final
    }

    let loop: GatewayLoop
    /// Lets go of us when the socket is closed; requests may be under way for a little longer.
    private let edge: EdgeConnection
    private let end: ClientEnd
    private let limits: HTTP2Limits
    private let headerTimeout: UInt64
    private let idleTimeout: UInt64
    private var context: ChannelHandlerContext?
    /// Requests under way, those whose streams are gone included.
    private var exchanges = 0
    private var lastStream = HTTP2StreamID.rootStream
    private var ending = Ending.no
    private var isFailed = false
    /// Whether nothing that still comes matters any more.
    private(set) var isClosing = false
    private var malformed = WindowedCount()
    private var idleFrames: WindowedCredit
    /// When a preface, a frame or a header block that has begun must have ended.
    private var headerDeadline = UInt64.max
    /// When a connection without a stream has been so for too long.
    private var idleDeadline = UInt64.max
    /// When a client that was told of the end must have heard of it.
    private var noticeDeadline = UInt64.max

    private static let goAwayPing = HTTP2PingData(withInteger: 0x6669_6C6C_6761_7465)
    /// How long a client may take to hear that the end is near.
    private static let noticePeriod: UInt64 = 1_000_000_000

    private var state: LoopState { loop.state }

    init(_ edge: EdgeConnection, loop: GatewayLoop, end: ClientEnd) {
        self.edge = edge
        self.loop = loop
        self.end = end
        let settings = loop.state.settings.limits
        limits = settings.http2
        headerTimeout = settings.headerTimeout.nanoseconds
        idleTimeout = settings.idleTimeout.nanoseconds
        idleFrames = WindowedCredit(settings.http2.idleFrames)
    }

    /// Puts the handlers of the connection behind `handler`.
    func addHandlers(to channel: any Channel, after handler: any ChannelHandler) throws {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headerListSize),
            HTTP2Setting(parameter: .initialWindowSize, value: limits.streamWindow),
            HTTP2Setting(parameter: .enablePush, value: 0),
        ]
        connection.maximumSequentialEmptyDataFrames = limits.emptyFrames
        connection.maximumSequentialContinuationFrames = limits.continuations
        connection.maximumConnectionGlitches = limits.streamErrors
        connection.maximumBufferedControlFrames = 1_000
        connection.targetWindowSize = max(limits.streamWindow, 65_535)
        let window = TimeAmount.nanoseconds(Int64(limits.rateWindow.nanoseconds))
        connection.controlFrameRateLimit.maximumCount = limits.controlFrames
        connection.controlFrameRateLimit.windowLength = window
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = limits.streamWindow
        stream.outboundBufferSizeHighWatermark = 32 << 10
        stream.outboundBufferSizeLowWatermark = 16 << 10
        stream.streamResetFrameRateLimit.maximumCount = limits.resets
        stream.streamResetFrameRateLimit.windowLength = window
        stream.streamErrorRateLimit.maximumCount = limits.streamErrors
        stream.streamErrorRateLimit.windowLength = window
        let http2 = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: connection,
            streamConfiguration: stream
        ) { [self] stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2StreamTranslator(self))
            }
        }
        let now = Clock.monotonic
        headerDeadline = now + headerTimeout
        idleDeadline = now + idleTimeout
        settleDeadline()
        try channel.pipeline.syncOperations.addHandlers(
            [HTTP2Guard(self), http2, self], position: .after(handler))
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: Streams

    /// Whether one more request may begin.
    var mayBegin: Bool { ending != .final && exchanges < limits.streams }

    /// Whether a header list is within its bound (RFC 9113 §6.5.2).
    func allows(_ headers: HPACKHeaders) -> Bool {
        var size = 0
        for (name, value, _) in headers { size += name.utf8.count + value.utf8.count + 32 }
        return size <= limits.headerListSize
    }

    /// A stream's wire, to be served once its head has come.
    func makeWire() -> Wire {
        // The head comes in one piece whatever this is.
        Wire(highWater: Self.readAhead)
    }

    /// Bytes of a body that a stream's wire reads ahead; what else was sent waits within the stream's window.
    private static let readAhead = 16 << 10

    func begin(_ wire: Wire, stream: HTTP2StreamID) {
        exchanges += 1
        lastStream = max(lastStream, stream)
        state.edge.counts.http2Streams += 1
        idleDeadline = .max
        settleDeadline()
        loop.begin(wire, end: end, refusal: nil) { [self] in ended() }
        if state.isDraining { drain() }
    }

    private func ended() {
        exchanges -= 1
        guard exchanges == 0 else { return }
        idleDeadline = Clock.monotonic + idleTimeout
        settleDeadline()
        switch ending {
        case .no: break
        case .announced: sendLastGoAway()
        case .final: close()
        }
    }

    /// A stream whose message makes no sense. Each costs the client one of those that it may send.
    func sawMalformed() {
        let count = malformed.add(at: Clock.monotonic, window: limits.rateWindow.nanoseconds)
        if count > limits.streamErrors { fail(.enhanceYourCalm) }
    }

    // MARK: Frames, as the guard sees them

    func received(_ frame: HTTP2FrameWalk.Frame) {
        switch frame.kind {
        case .reset: state.edge.counts.http2Resets += 1
        case .windowUpdate, .unknown:
            let isCovered = idleFrames.spend(
                at: Clock.monotonic, window: limits.rateWindow.nanoseconds, refill: limits.idleFrames)
            if !isCovered { fail(.enhanceYourCalm) }
        default: break
        }
    }

    /// Whether bytes that have come end within a frame or a header block.
    func received(within: Bool) {
        if !within {
            guard headerDeadline != .max else { return }
            headerDeadline = .max
        } else if headerDeadline == .max {
            headerDeadline = Clock.monotonic + headerTimeout
        } else {
            return
        }
        settleDeadline()
    }

    /// What we sent gives cause for window updates: for each frame of data, and each KiB in it.
    func sentData(_ length: Int) { idleFrames.earn(4 + (length >> 10)) }

    /// The connection's own end, told by NIO's handler or by us.
    func sentGoAway(_ code: UInt32) {
        guard code != 0, !isFailed else { return }
        isFailed = true
        if HTTP2ErrorCode(networkCode: Int(code)) == .enhanceYourCalm {
            state.edge.counts.http2Floods += 1
        } else {
            state.edge.counts.http2ProtocolErrors += 1
        }
    }

    func sentReset(_ code: UInt32) {
        switch HTTP2ErrorCode(networkCode: Int(code)) {
        case .protocolError: state.edge.counts.http2StreamsMalformed += 1
        case .refusedStream: state.edge.counts.http2StreamsRefused += 1
        default: break
        }
    }

    // MARK: Ending

    private func settleDeadline() { edge.deadline = min(headerDeadline, idleDeadline, noticeDeadline) }

    /// Called when the edge's deadline is over.
    func expire() {
        let now = Clock.monotonic
        if headerDeadline <= now {
            state.edge.counts.http2SlowHeaders += 1
            fail(.protocolError)
        } else if min(idleDeadline, noticeDeadline) <= now {
            sendLastGoAway()
        }
    }

    /// Tells the client that no further streams will be served, lets it hear of it, and then names the last
    /// (RFC 9113 §6.8).
    func drain() {
        guard case .no = ending, let context else { return }
        guard exchanges > 0 else {
            // Its first request may be on its way, and NIO takes none once it has said GOAWAY without a stream.
            guard lastStream == .rootStream else { return sendLastGoAway() }
            noticeDeadline = Clock.monotonic + state.settings.limits.drainIdleTimeout.nanoseconds
            return settleDeadline()
        }
        ending = .announced
        send(.goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil), context)
        send(.ping(Self.goAwayPing, ack: false), context)
        context.flush()
        noticeDeadline = Clock.monotonic + Self.noticePeriod
        settleDeadline()
    }

    private func sendLastGoAway() {
        guard ending != .final, let context else { return }
        ending = .final
        send(.goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil), context)
        context.flush()
        idleDeadline = .max
        noticeDeadline = .max
        settleDeadline()
        if exchanges == 0 { close() }
    }

    private func fail(_ code: HTTP2ErrorCode) {
        guard !isFailed, let context else { return }
        send(.goAway(lastStreamID: lastStream, errorCode: code, opaqueData: nil), context)
        context.flush()
        isFailed = true
        close()
    }

    private func close() {
        isClosing = true
        headerDeadline = .max
        idleDeadline = .max
        noticeDeadline = .max
        settleDeadline()
        // Not at once: what called may be in the middle of the bytes that led here.
        context?.eventLoop.execute { [self] in context?.close(promise: nil) }
    }

    private func send(_ payload: HTTP2Frame.FramePayload, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: payload)), promise: nil)
    }

    // MARK: What happens to the connection

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .ping(Self.goAwayPing, ack: true) = unwrapInboundIn(data).payload, ending == .announced {
            sendLastGoAway()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // There are no half-closed connections in HTTP/2: who sends nothing any more hears nothing either.
        if case .some(.inputClosed) = event as? ChannelEvent { close() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A fault of one stream ends that stream; before it tells of one of the connection's, NIO says GOAWAY.
        if isFailed { close() }
    }
}
