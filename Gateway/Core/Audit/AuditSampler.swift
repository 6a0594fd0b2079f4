/// Which of many events of one kind are recorded: the first few of each second. The next that is says how
/// many there were since. Belongs to one event loop.
package struct AuditSampler: Sendable {
    /// The most that are recorded within a second; none where it is zero.
    package var perSecond: Int
    private var second: Int64 = .min
    private var taken = 0
    private var skipped = 0

    package init(perSecond: Int) { self.perSecond = perSecond }

    /// Nil where this one is not recorded; otherwise how many it stands for, itself included.
    package mutating func count(at now: Timestamp) -> Int? {
        if now.seconds != second {
            second = now.seconds
            taken = 0
        }
        guard taken < perSecond else {
            skipped += 1
            return nil
        }
        taken += 1
        defer { skipped = 0 }
        return skipped + 1
    }
}
