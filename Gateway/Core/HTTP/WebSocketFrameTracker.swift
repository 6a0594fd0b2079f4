/// Follows the frames of one direction of a WebSocket connection (RFC 6455 §5.2) as far as knowing where one
/// ends, so that a frame of ours never gets into the middle of another. It keeps no payload and judges
/// nothing but what would make it lose its way.
package struct WebSocketFrameTracker: Sendable {
    private enum State: Sendable {
        /// Bytes of the frame's header that came so far.
        case header(count: Int)
        case payload(remaining: UInt64)
        /// These are not frames: where they end is not known.
        case lost
    }

    private var state = State.header(count: 0)
    private var opcode: UInt8 = 0
    /// Bytes of the header in all, as far as is known.
    private var headerLength = 2
    private var lengthBytes = 0
    private var length: UInt64 = 0
    /// Whether the peer has said that nothing more comes.
    package private(set) var sawClose = false

    package init() {}

    /// Whether the bytes followed so far end with a whole frame, or with nothing begun.
    package var isAtBoundary: Bool { if case .header(count: 0) = state { true } else { false } }
    /// Whether the bytes are not those of a WebSocket.
    package var isLost: Bool { if case .lost = state { true } else { false } }

    /// Follows `bytes` and answers how many it has followed: all of them, or with `toBoundary` up to the end
    /// of the first frame that ends in them.
    package mutating func follow(_ bytes: Span<UInt8>, toBoundary: Bool = false) -> Int {
        var index = 0
        while index < bytes.count {
            switch state {
            case .lost: return bytes.count
            case .header(let count):
                note(bytes[index], at: count)
                index += 1
            case .payload(let remaining):
                let taken = min(remaining, UInt64(bytes.count - index))
                index += Int(taken)
                settle(remaining: remaining - taken)
            }
            if toBoundary, isAtBoundary { return index }
        }
        return index
    }

    private mutating func note(_ byte: UInt8, at position: Int) {
        switch position {
        case 0:
            opcode = byte & 0x0F
            // The reserved opcodes have no meaning that anybody could agree on (§5.2), and a control frame is
            // whole (§5.5).
            guard opcode <= 2 || ((8...10).contains(opcode) && byte & 0x80 != 0) else {
                state = .lost
                return
            }
            length = 0
            lengthBytes = 0
            headerLength = 2
        case 1:
            let short = byte & 0x7F
            let mask = byte & 0x80 == 0 ? 0 : 4
            lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
            if lengthBytes == 0 { length = UInt64(short) }
            headerLength = 2 + lengthBytes + mask
            // And it is short.
            guard opcode < 8 || lengthBytes == 0 else {
                state = .lost
                return
            }
        case 2..<(2 + lengthBytes): length = length << 8 | UInt64(byte)
        default: break
        }
        let count = position + 1
        guard count == headerLength else {
            state = .header(count: count)
            return
        }
        // The highest bit must be zero (§5.2).
        guard length <= UInt64(Int64.max) else {
            state = .lost
            return
        }
        settle(remaining: length)
    }

    private mutating func settle(remaining: UInt64) {
        guard remaining == 0 else {
            state = .payload(remaining: remaining)
            return
        }
        if opcode == 8 { sawClose = true }
        state = .header(count: 0)
    }
}

/// Close frames of ours (RFC 6455 §5.5.1).
package enum WebSocketClose {
    /// 1001, "going away" (§7.4.1).
    private static let goingAway: [UInt8] = [0x03, 0xE9]

    /// What a server sends.
    package static let toClient: [UInt8] = [0x88, 0x02] + goingAway

    /// What a client sends: masked, with a key that nobody could foresee (§5.3).
    package static func toServer(maskingKey key: UInt32) -> [UInt8] {
        let mask = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: key >> UInt32($0)) }
        return [0x88, 0x82] + mask + zip(goingAway, mask).map { $0 ^ $1 }
    }
}
