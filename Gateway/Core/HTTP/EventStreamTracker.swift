/// Follows a stream of server-sent events (HTML Living Standard §9.2.5) as far as knowing where one ends: at
/// a blank line, lines ending with CR, LF or both. A stream that is ended there loses half of no event.
package struct EventStreamTracker: Sendable {
    private var isAtLineStart = true
    private var endsWithCR = false
    /// Whether the bytes followed so far end with a whole event, or with nothing begun.
    package private(set) var isAtBoundary = true

    package init() {}

    /// Follows `bytes` and answers how many it has followed: all of them, or with `toBoundary` up to the end
    /// of the first event that ends in them.
    package mutating func follow(_ bytes: Span<UInt8>, toBoundary: Bool = false) -> Int {
        var index = 0
        while index < bytes.count {
            note(bytes[index])
            index += 1
            if toBoundary, isAtBoundary { return index }
        }
        return index
    }

    private mutating func note(_ byte: UInt8) {
        switch byte {
        case ASCII.lf where endsWithCR: endsWithCR = false
        case ASCII.lf, ASCII.cr:
            isAtBoundary = isAtLineStart
            isAtLineStart = true
            endsWithCR = byte == ASCII.cr
        default:
            isAtLineStart = false
            isAtBoundary = false
            endsWithCR = false
        }
    }
}
