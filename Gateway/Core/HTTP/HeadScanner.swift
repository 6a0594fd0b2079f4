/// Finds the end of a message head in bytes that arrive piecemeal, reading each byte once, and holds the
/// head to its bounds while it grows.
package struct HeadScanner: Sendable {
    private var position = 0
    private var lineStart = 0
    private var firstLineEnd = -1

    package init() {}

    package enum Fault: Error, Sendable, Hashable {
        case firstLineTooLong, headersTooLarge
    }

    /// The bytes of the head with its empty line, or nil while it is not whole. `bytes` begins where the head
    /// begins and only ever grows between calls.
    package mutating func scan(
        _ bytes: Span<UInt8>, firstLine: Int, headers: Int
    ) throws(Fault) -> Int? {
        var index = position
        let count = bytes.count
        while index < count {
            // Most stretches of eight bytes hold no line feed.
            if index &+ 8 <= count, !Self.holdsLineFeed(bytes, at: index) {
                index &+= 8
                continue
            }
            guard bytes[index] == ASCII.lf else {
                index &+= 1
                continue
            }
            let end = index > lineStart && bytes[index &- 1] == ASCII.cr ? index &- 1 : index
            if firstLineEnd < 0 {
                guard end - lineStart <= firstLine else { throw .firstLineTooLong }
                firstLineEnd = index &+ 1
            } else if end == lineStart {
                guard index &+ 1 &- firstLineEnd <= headers &+ 2 else { throw .headersTooLarge }
                position = index &+ 1
                return position
            }
            index &+= 1
            lineStart = index
        }
        position = index
        // An unfinished line may be one CR longer than what counts.
        if firstLineEnd < 0 {
            guard count - lineStart <= firstLine &+ 1 else { throw .firstLineTooLong }
        } else {
            guard count - firstLineEnd <= headers &+ 2 else { throw .headersTooLarge }
        }
        return nil
    }

    @inline(__always)
    private static func holdsLineFeed(_ bytes: Span<UInt8>, at index: Int) -> Bool {
        // SAFETY: the load is checked against the span's bounds, and any eight bytes are a UInt64.
        let word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
        // A byte that equals LF becomes zero, and a zero byte is found as in Hacker's Delight §6-1.
        let difference = word ^ 0x0A0A_0A0A_0A0A_0A0A
        return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080 != 0
    }

    /// Begins anew for the next head.
    package mutating func reset() { self = HeadScanner() }
}
