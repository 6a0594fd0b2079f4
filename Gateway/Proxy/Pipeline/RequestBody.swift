import GatewayCore
import NIOCore

/// A request body as it is taken off the wire: held to its limit, one stretch of content at a time.
struct RequestBody {
    enum Step {
        /// Content; the bytes have left the wire.
        case content(ByteBuffer)
        /// Nothing more can be had until the client sends.
        case needsMore
        case end
    }

    private enum Coding {
        case length(remaining: Int)
        case chunked(ChunkDecoder)
    }

    private var coding: Coding
    private let limit: Int
    /// Bytes of content that were taken so far.
    private(set) var taken = 0

    init(_ framing: BodyFraming, limit: Int, limits: ConnectionLimits) {
        self.limit = limit
        switch framing {
        case .chunked:
            coding = .chunked(
                ChunkDecoder(extensionLimit: limits.chunkExtension, trailerLimit: limits.trailerSize))
        case .length(let length): coding = .length(remaining: length)
        case .none, .untilClose: coding = .length(remaining: 0)
        }
    }

    /// Whether all of it was taken.
    var isOver: Bool {
        switch coding {
        case .length(let remaining): remaining == 0
        case .chunked(let decoder): decoder.isFinished
        }
    }

    /// Takes the next stretch. Throws a malformed chunk, and a body that grows past its limit.
    mutating func next(from wire: Wire) throws(Refusal) -> Step {
        switch coding {
        case .length(let remaining):
            guard remaining > 0 else { return .end }
            let count = min(remaining, wire.inbound.readableBytes)
            guard count > 0, let content = wire.inbound.readSlice(length: count) else { return .needsMore }
            settle(wire)
            coding = .length(remaining: remaining - count)
            taken += count
            return .content(content)
        case .chunked(var decoder):
            let inbound = wire.inbound
            let step: ChunkDecoder.Step
            do { step = try decoder.next(inbound.readableBytesUInt8Span) } catch {
                throw .malformed(error)
            }
            coding = .chunked(decoder)
            switch step {
            case .needsMore(let skip):
                wire.consume(skip)
                return .needsMore
            case .end(let skip):
                wire.consume(skip)
                return .end
            case .content(let skip, let count):
                wire.inbound.moveReaderIndex(forwardBy: skip)
                taken += count
                guard taken <= limit else { throw .bodyTooLarge(limit: limit) }
                guard let content = wire.inbound.readSlice(length: count) else { throw .internalError }
                settle(wire)
                return .content(content)
            }
        }
    }

    /// Lets go of the storage when it is empty, and of the kernel's hand when there is room again.
    private func settle(_ wire: Wire) { wire.consume(0) }
}

/// Holds a client to a least rate once a grace is over. Time in which we did not want its bytes does not
/// count.
struct BodyPace {
    private var begin: UInt64
    private let grace: UInt64
    private let rate: Int

    init(now: UInt64, limits: ConnectionLimits) {
        begin = now
        grace = limits.bodyGrace.nanoseconds
        rate = max(1, limits.bodyMinRate)
    }

    /// When the client is too slow unless more than `taken` bytes have come by then.
    func deadline(taken: Int) -> UInt64 {
        let (whole, rest) = taken.quotientAndRemainder(dividingBy: rate)
        let allowed = UInt64(whole) * 1_000_000_000 + UInt64(rest) * 1_000_000_000 / UInt64(rate)
        return begin + max(grace, allowed)
    }

    mutating func pause(_ nanoseconds: UInt64) { begin += nanoseconds }
}
