import GatewayCore
import TestSupport
import Testing

@Suite("Frames of a WebSocket")
struct WebSocketFrameTrackerTests {
    /// A frame as RFC 6455 §5.2 draws it.
    private static func frame(_ opcode: UInt8, _ length: Int, isMasked: Bool, isLast: Bool = true) -> [UInt8]
    {
        var bytes = [opcode | (isLast ? 0x80 : 0)]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch length {
        case ..<126: bytes.append(mask | UInt8(length))
        case ..<65_536: bytes += [mask | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default:
            bytes.append(mask | 127)
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
        }
        if isMasked { bytes += [1, 2, 3, 4] }
        return bytes + [UInt8](repeating: 0x88, count: length)
    }

    @Test(
        "a frame ends where its length says, in every form of the length, masked or not",
        arguments: [false, true])
    func lengths(isMasked: Bool) {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let bytes = Self.frame(2, length, isMasked: isMasked)
            var tracker = WebSocketFrameTracker()
            #expect(tracker.isAtBoundary)
            for byte in bytes.dropLast() {
                let one = [byte]
                #expect(tracker.follow(one.span) == 1)
                #expect(!tracker.isAtBoundary && !tracker.isLost)
            }
            let last = [bytes[bytes.count - 1]]
            _ = tracker.follow(last.span)
            #expect(tracker.isAtBoundary && !tracker.sawClose, "\(length)")
        }
    }

    @Test("the next boundary is found wherever the bytes are cut, and nothing is followed past it")
    func boundaries() {
        var random = SplitMix(seed: 6455)
        for _ in 0..<2_000 {
            let frames = (0..<Int.random(in: 1..<6, using: &random)).map { _ in
                let opcode: UInt8 = [0, 1, 2, 9, 10].randomElement(using: &random) ?? 0
                return Self.frame(
                    opcode, Int.random(in: 0..<120, using: &random), isMasked: .random(using: &random),
                    isLast: opcode > 2 || .random(using: &random))
            }
            let bytes = frames.flatMap { $0 }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            var tracker = WebSocketFrameTracker()
            let front = Array(bytes[..<cut])
            #expect(tracker.follow(front.span) == cut)
            var ends = [0]
            for frame in frames { ends.append(ends[ends.count - 1] + frame.count) }
            #expect(tracker.isAtBoundary == ends.contains(cut))
            let rest = Array(bytes[cut...])
            guard !rest.isEmpty else { continue }
            let next = ends.first { $0 > cut } ?? bytes.count
            #expect(tracker.follow(rest.span, toBoundary: true) == next - cut)
            #expect(tracker.isAtBoundary && !tracker.isLost)
        }
    }

    @Test("a close frame is seen when it is whole, and only if it is one")
    func close() {
        var tracker = WebSocketFrameTracker()
        // The payload of the first holds what looks like one.
        let bytes = Self.frame(1, 20, isMasked: false) + Self.frame(8, 2, isMasked: true)
        let front = Array(bytes.dropLast())
        _ = tracker.follow(front.span)
        #expect(!tracker.sawClose)
        let last = [bytes[bytes.count - 1]]
        _ = tracker.follow(last.span)
        #expect(tracker.sawClose && tracker.isAtBoundary)
    }

    @Test(
        "what are not frames is followed to the end without a boundary",
        arguments: [
            [0x83, 0], [0x8B, 0], [0x08, 0], [0x09, 0], [0x88, 126], [0x89, 127],
            [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0],
            Array("HTTP/1.1".utf8),
        ] as [[UInt8]])
    func lost(bytes: [UInt8]) {
        var tracker = WebSocketFrameTracker()
        let more = bytes + Self.frame(1, 3, isMasked: false)
        #expect(tracker.follow(more.span, toBoundary: true) == more.count)
        #expect(tracker.isLost && !tracker.isAtBoundary && !tracker.sawClose)
    }

    @Test("the longest length that is allowed is followed, too")
    func longest() {
        var tracker = WebSocketFrameTracker()
        let bytes: [UInt8] = [0x82, 127, 0x7F, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3]
        #expect(tracker.follow(bytes.span) == bytes.count)
        #expect(!tracker.isLost && !tracker.isAtBoundary)
    }

    @Test("our close frames say 1001: unmasked to a client, masked with the key to a server")
    func closeFrames() {
        #expect(WebSocketClose.toClient == [0x88, 2, 0x03, 0xE9])
        let frame = WebSocketClose.toServer(maskingKey: 0xA1B2_C3D4)
        #expect(frame == [0x88, 0x82, 0xA1, 0xB2, 0xC3, 0xD4, 0x03 ^ 0xA1, 0xE9 ^ 0xB2])
        for bytes in [WebSocketClose.toClient, frame] {
            var tracker = WebSocketFrameTracker()
            #expect(tracker.follow(bytes.span) == bytes.count)
            #expect(tracker.sawClose && tracker.isAtBoundary)
        }
    }
}
