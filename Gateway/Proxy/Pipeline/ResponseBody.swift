import GatewayCore
import NIOCore

/// A response body as it is taken off the upstream's wire.
struct ResponseBody: ~Copyable {
    private enum Coding {
        case length(remaining: Int)
        case chunked(ChunkDecoder)
        case untilClose
    }

    private var coding: Coding

    init(_ framing: BodyFraming, limits: ConnectionLimits) {
        switch framing {
        case .none: coding = .length(remaining: 0)
        case .length(let length): coding = .length(remaining: length)
        case .chunked:
            coding = .chunked(ChunkDecoder(extensionLimit: 4 << 10, trailerLimit: 64 << 10))
        case .untilClose: coding = .untilClose
        }
    }

    var isOver: Bool {
        switch coding {
        case .length(let remaining): remaining == 0
        case .chunked(let decoder): decoder.isFinished
        case .untilClose: false
        }
    }

    var endsWithConnection: Bool { if case .untilClose = coding { true } else { false } }

    /// Takes everything that is there: small content is copied behind what `out` holds, large content is sent
    /// by itself after it.
    mutating func take(
        from wire: Wire, isChunked: Bool, into out: inout ByteBuffer, mostJoined: Int,
        send: (ByteBuffer) -> Void
    ) throws(HeadFault) {
        while wire.inbound.readableBytes > 0, let content = try next(wire) {
            if isChunked { out.appendChunkHead(content.readableBytes) }
            if out.readableBytes + content.readableBytes <= mostJoined {
                out.writeImmutableBuffer(content)
            } else {
                send(out)
                out.clear()
                send(content)
            }
            if isChunked { out.appendCRLF() }
        }
        wire.consume(0)
    }

    /// The next stretch of content; nil where nothing more can be had for now, or ever.
    mutating func next(_ wire: Wire) throws(HeadFault) -> ByteBuffer? {
        switch coding {
        case .length(let remaining):
            let count = min(remaining, wire.inbound.readableBytes)
            guard count > 0 else { return nil }
            coding = .length(remaining: remaining - count)
            return wire.inbound.readSlice(length: count)
        case .untilClose:
            return wire.inbound.readSlice(length: wire.inbound.readableBytes)
        case .chunked(var decoder):
            let inbound = wire.inbound
            let step = try decoder.next(inbound.readableBytesUInt8Span)
            coding = .chunked(decoder)
            switch step {
            case .needsMore(let skip), .end(let skip):
                wire.inbound.moveReaderIndex(forwardBy: skip)
                return nil
            case .content(let skip, let count):
                wire.inbound.moveReaderIndex(forwardBy: skip)
                return wire.inbound.readSlice(length: count)
            }
        }
    }
}

extension ByteBuffer {
    /// The size line of a chunk.
    mutating func appendChunkHead(_ size: Int) {
        writeString(String(size, radix: 16))
        appendCRLF()
    }
}
