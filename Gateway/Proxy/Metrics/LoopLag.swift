import ServiceCore

/// How late an event loop does what it was to do at a certain moment, which is how long anything that it
/// serves may have waited for it. Measured by the sweep that runs ten times a second anyway.
struct LoopLag: Sendable {
    private(set) var histogram = Histogram()
    /// Microseconds.
    private(set) var last = 0
    private var worst = (current: 0, previous: 0)
    private var windowEnds: UInt64 = 0
    private var isDueAt: UInt64?

    /// The longest lag of the last one to two windows, in microseconds: a maximum that is not reset by who
    /// looks at it.
    var most: Int { max(worst.current, worst.previous) }

    /// Monotonic nanoseconds.
    static let window: UInt64 = 60_000_000_000

    /// The sweep runs, at `now` on the monotonic clock in nanoseconds.
    mutating func ran(at now: UInt64) {
        guard let due = isDueAt else { return }
        last = Int(clamping: (now - min(now, due)) / 1_000)
        histogram.record(microseconds: last)
        if now >= windowEnds {
            worst = (0, worst.current)
            windowEnds = now + Self.window
        }
        worst.current = max(worst.current, last)
    }

    /// The sweep is to run again at `moment`.
    mutating func expect(at moment: UInt64) { isDueAt = moment }
}
