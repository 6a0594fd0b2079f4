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

    /// Begins anew for the next head.
    package mutating func reset() { self = HeadScanner() }
}
