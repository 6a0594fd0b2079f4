/// Counts what happens within a time, which begins anew when it is over.
struct WindowedCount {
    private var begin: UInt64 = 0
    private var count = 0

    /// Counts one more at `now`, and answers how many that makes. Nanoseconds.
    mutating func add(at now: UInt64, window: UInt64) -> Int {
        if now &- begin > window {
            begin = now
            count = 0
        }
        count += 1
        return count
    }
}

/// What may happen without a cause, renewed after a time, and with each cause a little more.
struct WindowedCredit {
    private var begin: UInt64 = 0
    private var credit: Int

    private static let most = 1 << 20

    init(_ credit: Int) { self.credit = credit }

    mutating func earn(_ amount: Int) { credit = min(credit + amount, Self.most) }

    /// Takes one at `now`; false where there is none left. Nanoseconds.
    mutating func spend(at now: UInt64, window: UInt64, refill: Int) -> Bool {
        if now &- begin > window {
            begin = now
            credit = max(credit, refill)
        }
        credit -= 1
        return credit >= 0
    }
}
