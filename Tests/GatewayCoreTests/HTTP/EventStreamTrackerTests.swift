import GatewayCore
import Testing

@Suite("Events of a stream")
struct EventStreamTrackerTests {
    @Test("an event ends with a blank line, whatever ends its lines", arguments: ["\n", "\r\n", "\r"])
    func lineEnds(end: String) {
        let event = "id: 1\(end)data: a\(end)\(end)"
        let bytes = Array((event + event + ": comment\(end)").utf8)
        let whole = event.utf8.count
        // A lone CR may be half of a line's end, but the event is over with it.
        let early = end == "\r\n" ? 1 : 0
        for index in 0...bytes.count {
            var tracker = EventStreamTracker()
            let front = Array(bytes[..<index])
            #expect(tracker.follow(front.span) == index)
            let isEnd = [0, whole, whole - early, 2 * whole, 2 * whole - early].contains(index)
            #expect(tracker.isAtBoundary == isEnd, "\(index)")
        }
        var tracker = EventStreamTracker()
        let front = Array(bytes[..<3])
        let middle = Array(bytes[3...])
        _ = tracker.follow(front.span)
        #expect(tracker.follow(middle.span, toBoundary: true) == whole - early - 3)
    }

    @Test("blank lines in front, and mixed line ends, are no part of an event")
    func mixed() {
        for (text, isAtBoundary) in [
            ("", true), ("\n", true), ("\r\n\r\n", true), ("data: a", false), ("data: a\n", false),
            ("data: a\r\n", false), ("data: a\n\r\n", true), ("data: a\r\n\n", true), ("data: a\r\r", true),
            ("data: a\n\n:", false), ("data: a\n\n\n", true),
        ] {
            var tracker = EventStreamTracker()
            let bytes = Array(text.utf8)
            _ = tracker.follow(bytes.span)
            #expect(tracker.isAtBoundary == isAtBoundary, "\(text.debugDescription)")
        }
    }
}
