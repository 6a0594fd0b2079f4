/// The lots that are not placed yet, in one order, with removal and "the next that is left" in almost
/// constant time: a union-find whose sets are runs of lots that are gone (Gabow and Tarjan, 1985).
struct WaitingLots {
    /// A place in the order.
    typealias Slot = Int

    /// All lots in the order, those that are gone included.
    let lots: [Int]
    /// The fill of each slot's lot, in ticks.
    let fills: [Int64]
    /// Where each lot stands.
    let slots: [Slot]
    /// For each slot, a slot at or after it with none left between them.
    private var next: [Slot]
    /// For each slot plus one, a slot plus one at or before it with none left between them.
    private var previous: [Slot]

    init(_ problem: PackingProblem, order: [Int]) {
        lots = order
        fills = order.map { problem.fill[$0] }
        var slots = Array(repeating: 0, count: order.count)
        for (slot, lot) in order.enumerated() { slots[lot] = slot }
        self.slots = slots
        next = Array(0...order.count)
        previous = Array(0...order.count)
    }

    /// The first slot of `range` that is left; nil if none is.
    mutating func first(in range: Range<Slot>) -> Slot? {
        let slot = Self.follow(&next, from: range.lowerBound)
        return slot < range.upperBound ? slot : nil
    }

    /// The last slot of `range` that is left; nil if none is.
    mutating func last(in range: Range<Slot>) -> Slot? {
        let slot = Self.follow(&previous, from: range.upperBound) - 1
        return slot >= range.lowerBound ? slot : nil
    }

    /// The part of `range` whose fills are at most `room`.
    /// - Precondition: the fills of `range` do not grow.
    func fitting(_ room: Int64, in range: Range<Slot>) -> Range<Slot> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if fills[middle] <= room { high = middle } else { low = middle + 1 }
        }
        return low..<range.upperBound
    }

    mutating func remove(_ slot: Slot) {
        next[slot] = slot + 1
        previous[slot + 1] = slot
    }

    private static func follow(_ links: inout [Slot], from slot: Slot) -> Slot {
        var slot = slot
        while links[slot] != slot {
            // Halve the path for those who come after.
            links[slot] = links[links[slot]]
            slot = links[slot]
        }
        return slot
    }
}
