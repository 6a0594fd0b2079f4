import GatewayCore
import Testing

@Suite("The walk along HTTP/2 frames")
struct HTTP2FrameWalkTests {
    private func frame(_ type: UInt8, _ flags: UInt8 = 0, _ stream: UInt8 = 1, _ count: Int) -> [UInt8] {
        [0, UInt8(count >> 8), UInt8(count & 0xFF), type, flags, 0, 0, 0, stream]
            + [UInt8](repeating: 0xFF, count: count)
    }

    @Test("frames are told from each other however the bytes are cut")
    func cuts() {
        let bytes =
            [UInt8](repeating: 0x50, count: 24) + frame(4, 0, 0, 0) + frame(1, 4, 3, 300) + frame(0, 1, 3, 0)
            + frame(8, 0, 0, 4) + frame(3, 0, 3, 4) + frame(0x99, 0, 5, 7)
        for size in [1, 2, 8, 9, 10, 100, bytes.count] {
            var walk = HTTP2FrameWalk(expectsPreface: true)
            var kinds: [HTTP2FrameWalk.Kind] = []
            var streams: [UInt32] = []
            var lengths: [Int] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                let part = Array(bytes[start..<min(start + size, bytes.count)])
                walk.walk(part.span) {
                    kinds.append($0.kind)
                    streams.append($0.stream)
                    lengths.append($0.length)
                }
            }
            #expect(kinds == [.settings, .headers, .data, .windowUpdate, .reset, .unknown])
            #expect(streams == [0, 3, 3, 0, 3, 5] && lengths == [0, 300, 0, 4, 4, 7])
            #expect(!walk.isWithin)
        }
    }

    @Test("what has begun and must end is known: the preface, a frame, a header block, but not data")
    func within() {
        func isWithin(_ bytes: [UInt8], preface: Bool = false) -> Bool {
            var walk = HTTP2FrameWalk(expectsPreface: preface)
            walk.walk(bytes.span) { _ in }
            return walk.isWithin
        }
        #expect(isWithin([1, 2, 3], preface: true))
        #expect(!isWithin([UInt8](repeating: 0, count: 24), preface: true))
        #expect(isWithin([0, 0]))
        #expect(isWithin(Array(frame(1, 4, 1, 10).dropLast())))
        #expect(!isWithin(frame(1, 4, 1, 10)))
        #expect(isWithin(frame(1, 0, 1, 10)))
        #expect(isWithin(frame(1, 0, 1, 10) + frame(9, 0, 1, 10)))
        #expect(!isWithin(frame(1, 0, 1, 10) + frame(9, 4, 1, 10)))
        #expect(!isWithin(Array(frame(0, 0, 1, 10).dropLast())))
        #expect(isWithin(Array(frame(6, 0, 0, 8).dropLast())))
    }
}
