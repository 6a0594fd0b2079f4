import GatewayCore
import NIOCore
import NIOHPACK

/// Takes an HTTP/1.1 answer apart, as the pipeline writes it, into what goes into HTTP/2 frames: state in,
/// payloads out, no input and output of its own.
struct HTTP2Answer {
    enum Piece {
        /// A head; an interim one if more heads follow.
        case head(HPACKHeaders, endsStream: Bool)
        case content(ByteBuffer, endsStream: Bool)
    }

    /// The bytes are no answer of ours; only a fault of the gateway's leads here.
    struct Fault: Error {}

    private enum State {
        case head
        case length(Int)
        case chunked(ChunkDecoder)
        /// Until the pipeline says that nothing more will come.
        case untilEnd
        case over
    }

    private var state = State.head
    private var unread = ByteBuffer()
    private let method: RequestHead.Method
    private let response = ResponseHead()

    /// More than an upstream's fields and ours.
    private static let mostFields = 400

    init(to method: RequestHead.Method) { self.method = method }

    var isOver: Bool { if case .over = state { true } else { false } }

    /// Takes bytes of the answer, and answers what they become.
    mutating func take(_ bytes: ByteBuffer) throws(Fault) -> [Piece] {
        var pieces: [Piece] = []
        var bytes = bytes
        if unread.readableBytes == 0 { unread = bytes } else { unread.writeBuffer(&bytes) }
        // Content is held until it is known whether it is the last.
        var held: ByteBuffer?
        func hold(_ content: ByteBuffer) {
            if let held { pieces.append(.content(held, endsStream: false)) }
            held = content
        }
        while unread.readableBytes > 0 {
            switch state {
            case .head:
                guard let headers = try takeHead() else { return pieces }
                pieces.append(.head(headers, endsStream: isOver))
            case .length(let remaining):
                let count = min(remaining, unread.readableBytes)
                guard let content = unread.readSlice(length: count) else { throw Fault() }
                hold(content)
                state = remaining > count ? .length(remaining - count) : .over
            case .chunked(var decoder):
                let step: ChunkDecoder.Step
                do { step = try decoder.next(unread.readableBytesUInt8Span) } catch { throw Fault() }
                state = .chunked(decoder)
                switch step {
                case .needsMore(let skip): unread.moveReaderIndex(forwardBy: skip)
                case .end(let skip):
                    unread.moveReaderIndex(forwardBy: skip)
                    state = .over
                    if held == nil { held = ByteBuffer() }
                case .content(let skip, let count):
                    unread.moveReaderIndex(forwardBy: skip)
                    guard let content = unread.readSlice(length: count) else { throw Fault() }
                    hold(content)
                }
            case .untilEnd:
                hold(unread)
                unread = ByteBuffer()
            case .over: throw Fault()
            }
        }
        if let held { pieces.append(.content(held, endsStream: isOver)) }
        return pieces
    }

    /// Says that nothing more comes. Answers whether that makes the answer whole now.
    mutating func end() -> Bool {
        guard case .untilEnd = state else { return false }
        state = .over
        return true
    }

    private mutating func takeHead() throws(Fault) -> HPACKHeaders? {
        var scanner = HeadScanner()
        let source = unread
        let bytes = source.readableBytesUInt8Span
        do {
            guard let end = try scanner.scan(bytes, firstLine: 1 << 16, headers: 1 << 18) else { return nil }
            try response.parse(bytes, end: end, method: method, headerCount: Self.mostFields)
        } catch { throw Fault() }
        var headers = HPACKHeaders()
        headers.reserveCapacity(response.fields.count + 1)
        headers.add(name: ":status", value: String(response.status))
        for field in response.fields {
            let name = bytes.string(field.name).lowercased()
            guard !Self.isOfConnection(name) else { continue }
            headers.add(name: name, value: bytes.string(field.value), indexing: Self.indexing(name))
        }
        unread.moveReaderIndex(forwardBy: response.byteCount)
        guard !response.isInformational else { return headers }
        switch response.framing {
        case .none, .length(0): state = .over
        case .length(let length): state = .length(length)
        case .chunked: state = .chunked(ChunkDecoder(extensionLimit: 4 << 10, trailerLimit: 64 << 10))
        case .untilClose: state = .untilEnd
        }
        return headers
    }

    /// Fields that mean the connection, of which there are none in HTTP/2 (RFC 9113 §8.2.2).
    private static func isOfConnection(_ name: String) -> Bool {
        switch name {
        case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade": true
        default: false
        }
    }

    /// What is secret or never comes twice does not go into the table that later fields refer to
    /// (RFC 7541 §7.1).
    private static func indexing(_ name: String) -> HPACKIndexing {
        switch name {
        case "set-cookie": .neverIndexed
        case "x-request-id", "traceparent", "content-length", "ratelimit", "etag", "location": .nonIndexable
        default: .indexable
        }
    }
}
