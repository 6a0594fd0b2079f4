import GatewayCore
import NIOCore
import NIOHPACK
import NIOHTTP2

/// Makes one HTTP/2 stream look like an HTTP/1.1 connection with one request: what the client sends becomes the
/// bytes of a strict request, and the bytes of the pipeline's answer become frames.
///
/// A request that is malformed (RFC 9113 §8.1.1) resets the stream before anybody has heard of it. An answer
/// that breaks off resets it too: its end never looks like one.
final class HTTP2StreamTranslator: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Request {
        case head
        case length(remaining: Int)
        case chunked
        case over
        /// Nothing more of it is looked at.
        case refused
    }

    private let connection: HTTP2Connection
    private var request = Request.head
    private var answer = HTTP2Answer(to: .other)
    /// Succeeds when the answer's last frame has been written.
    private var lastWrite: EventLoopFuture<Void>?
    private var hasToldEnd = false
    private var isReset = false

    init(_ connection: HTTP2Connection) { self.connection = connection }

    // MARK: The request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), request) {
        case (.headers(let headers), .head): begin(context, headers.headers, endsStream: headers.endStream)
        case (.headers(let headers), .length), (.headers(let headers), .chunked):
            // Trailers: they may set nothing, and nobody here needs one.
            let isTrailer = headers.endStream && !headers.headers.contains { $0.name.first == ":" }
            if isTrailer { endBody(context) } else { malformed(context) }
        case (.data(let data), .length(let remaining)):
            guard case .byteBuffer(let bytes) = data.data, bytes.readableBytes <= remaining else {
                return malformed(context)
            }
            request = .length(remaining: remaining - bytes.readableBytes)
            if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(bytes)) }
            if data.endStream { endBody(context) }
        case (.data(let data), .chunked):
            guard case .byteBuffer(let bytes) = data.data else { return malformed(context) }
            // A chunk of no length would be the end.
            if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(Self.chunk(bytes))) }
            if data.endStream { endBody(context) }
        case (.headers, .over), (.data, .over): malformed(context)
        default: break
        }
    }

    private func begin(_ context: ChannelHandlerContext, _ headers: HPACKHeaders, endsStream: Bool) {
        guard connection.mayBegin else { return refuse(context) }
        // NIO holds a client to what it was told only once the client has said that it heard.
        guard connection.allows(headers) else {
            request = .refused
            reset(context, .enhanceYourCalm)
            return connection.sawMalformed()
        }
        var head = HTTP2RequestHead()
        let bytes: [UInt8]
        let length: Int?
        do throws(HTTP2RequestHead.Fault) {
            for (name, value, _) in headers { try head.add(name, value) }
            length = head.contentLength
            bytes = try head.bytes(endsStream: endsStream)
        } catch {
            return malformed(context)
        }
        answer = HTTP2Answer(to: headers.first { $0.name == ":method" }?.value == "HEAD" ? .head : .other)
        request = endsStream ? .over : length.map { .length(remaining: $0) } ?? .chunked
        do {
            let stream = try context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID)
            let wire = connection.makeWire()
            try context.pipeline.syncOperations.addHandler(wire)
            context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: bytes)))
            connection.begin(wire, stream: stream ?? .rootStream)
        } catch {
            reset(context, .internalError)
        }
    }

    private func endBody(_ context: ChannelHandlerContext) {
        switch request {
        case .length(remaining: 0): request = .over
        case .chunked:
            request = .over
            context.fireChannelRead(wrapInboundOut(Self.lastChunk))
        default: malformed(context)
        }
    }

    private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

    private static func chunk(_ content: ByteBuffer) -> ByteBuffer {
        var chunk = ByteBuffer()
        chunk.reserveCapacity(content.readableBytes + 12)
        chunk.appendChunkHead(content.readableBytes)
        chunk.writeImmutableBuffer(content)
        chunk.appendCRLF()
        return chunk
    }

    private func malformed(_ context: ChannelHandlerContext) {
        guard !isReset else { return }
        request = .refused
        reset(context, .protocolError)
        connection.sawMalformed()
    }

    private func refuse(_ context: ChannelHandlerContext) {
        request = .refused
        reset(context, .refusedStream)
    }

    private func reset(_ context: ChannelHandlerContext, _ code: HTTP2ErrorCode) {
        guard !isReset else { return }
        isReset = true
        context.writeAndFlush(wrapOutboundOut(.rstStream(code)), promise: nil)
    }

    // MARK: The answer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isReset else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let bytes = unwrapOutboundIn(data)
        guard bytes.readableBytes > 0 else {
            // A question whether all before it has left.
            if let lastWrite { lastWrite.cascade(to: promise) } else { promise?.succeed() }
            return
        }
        do throws(HTTP2Answer.Fault) {
            for piece in try answer.take(bytes) { send(piece, context) }
            promise?.succeed()
        } catch {
            promise?.fail(error)
            reset(context, .internalError)
        }
    }

    private func send(_ piece: HTTP2Answer.Piece, _ context: ChannelHandlerContext) {
        let payload: HTTP2Frame.FramePayload
        let isLast: Bool
        switch piece {
        case .head(let headers, let endsStream):
            isLast = endsStream
            payload = .headers(.init(headers: headers, endStream: endsStream))
        case .content(let content, let endsStream):
            isLast = endsStream
            payload = .data(.init(data: .byteBuffer(content), endStream: endsStream))
        }
        guard isLast else { return context.write(wrapOutboundOut(payload), promise: nil) }
        let promise = context.eventLoop.makePromise(of: Void.self)
        lastWrite = promise.futureResult
        context.write(wrapOutboundOut(payload), promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        // One stream, one request: the pipeline need not wait for another.
        guard answer.isOver, !hasToldEnd else { return }
        hasToldEnd = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    // MARK: The end

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input: promise?.fail(ChannelError.operationUnsupported)
        case .output:
            if answer.end() {
                send(.content(ByteBuffer(), endsStream: true), context)
                context.flush()
            } else if !answer.isOver {
                reset(context, .internalError)
            }
            promise?.succeed()
        case .all:
            switch (answer.isOver, request) {
            case (false, _): reset(context, .internalError)
            // Both sides are done; what is left is what the client does not take.
            case (true, .over): break
            // It may stop sending; the answer is whole (RFC 9113 §8.1).
            case (true, _): reset(context, .noError)
            }
            context.close(mode: .all, promise: promise)
        }
    }
}
