/// Follows the frames of one direction of an HTTP/2 connection through its bytes as they pass (RFC 9113 §4.1),
/// keeping none of them: what is counted and timed about frames is told from their headers.
package struct HTTP2FrameWalk: Sendable {
    /// The types that mean something here.
    package enum Kind: UInt8, Sendable, Hashable {
        case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
        case unknown = 255
    }

    /// A frame of which the header has passed.
    package struct Frame: Sendable, Hashable {
        package var kind: Kind
        package var flags: UInt8
        /// Bytes of payload.
        package var length: Int
        package var stream: UInt32
        /// Where the payload begins in the bytes that are being walked.
        package var payload: Int

        package var endsHeaders: Bool { flags & 0x4 != 0 }
        package var isAcknowledgement: Bool { flags & 0x1 != 0 }
    }

    private static let headerSize = 9
    /// `PRI * HTTP/2.0`, two empty lines and what stands between them.
    private static let prefaceSize = 24

    private var preface: Int
    private var header: UInt64 = 0
    private var lastByte: UInt8 = 0
    private var headerBytes = 0
    private var remaining = 0
    private var current = Kind.unknown
    private var isInBlock = false

    /// `expectsPreface` for what a client sends.
    package init(expectsPreface: Bool) { preface = expectsPreface ? Self.prefaceSize : 0 }

    /// Whether something has begun that is not data and has not come to its end: the preface, a frame, or a
    /// header block.
    package var isWithin: Bool {
        preface > 0 || headerBytes > 0 || isInBlock || (remaining > 0 && current != .data)
    }

    /// Passes over `bytes` and calls `body` with each frame whose header becomes complete in them.
    package mutating func walk(_ bytes: Span<UInt8>, _ body: (Frame) -> Void) {
        var cursor = 0
        while cursor < bytes.count {
            if preface > 0 {
                let count = min(preface, bytes.count - cursor)
                preface -= count
                cursor += count
            } else if remaining > 0 {
                let count = min(remaining, bytes.count - cursor)
                remaining -= count
                cursor += count
            } else {
                if headerBytes < 8 {
                    header = header << 8 | UInt64(bytes[cursor])
                } else {
                    lastByte = bytes[cursor]
                }
                headerBytes += 1
                cursor += 1
                if headerBytes == Self.headerSize { begin(payload: cursor, body) }
            }
        }
    }

    private mutating func begin(payload: Int, _ body: (Frame) -> Void) {
        let stream = UInt32(truncatingIfNeeded: header << 8 | UInt64(lastByte)) & 0x7FFF_FFFF
        let frame = Frame(
            kind: Kind(rawValue: UInt8(truncatingIfNeeded: header >> 32)) ?? .unknown,
            flags: UInt8(truncatingIfNeeded: header >> 24), length: Int(header >> 40), stream: stream,
            payload: payload)
        header = 0
        headerBytes = 0
        remaining = frame.length
        current = frame.kind
        switch frame.kind {
        case .headers, .pushPromise, .continuation: isInBlock = !frame.endsHeaders
        default: break
        }
        body(frame)
    }
}
