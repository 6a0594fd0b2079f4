import SchedulingCore

/// Which of two lots goes first where the makespan does not care: the one of the higher priority, then the
/// one that is due sooner, then one that is due at all.
struct Urgency {
    /// For each lot, how many kinds of lots are more urgent; all 0 where no lot has a priority or is due.
    let ranks: [Int]

    init(_ lots: [Lot]) {
        guard lots.contains(where: { $0.priority != nil || $0.due != nil }) else {
            ranks = Array(repeating: 0, count: lots.count)
            return
        }
        let keys = lots.map { (-($0.priority ?? 0), $0.due?.microseconds ?? Int64.max) }
        let order = lots.indices.sorted { keys[$0] < keys[$1] }
        var ranks = Array(repeating: 0, count: lots.count)
        for (one, next) in zip(order, order.dropFirst()) {
            ranks[next] = ranks[one] + (keys[one] < keys[next] ? 1 : 0)
        }
        self.ranks = ranks
    }

    private var makesNoDifference: Bool { ranks.allSatisfy { $0 == 0 } }

    /// `blocks` with the urgent lots as early as can be while every block keeps its fills and changeovers.
    ///
    /// Blocks may be in any order, so the one with the most urgent lot goes first. Lots of one type and size
    /// may change places. Within a run of one type lots may be in any order, too.
    /// - Parameter sortsRuns: whether the last of these is used.
    func arranged(_ blocks: [[Int]], of problem: PackingProblem, sortsRuns: Bool) -> [[Int]] {
        if makesNoDifference { return blocks }
        let leasts = blocks.map { block in block.map { ranks[$0] }.min() ?? .max }
        let order = blocks.indices.sorted { (leasts[$0], $0) < (leasts[$1], $1) }
        var arranged = withEqualsInOrder(order.map { blocks[$0] }, problem)
        guard sortsRuns else { return arranged }
        for index in arranged.indices {
            arranged[index] = arranged[index].chunkedRuns { problem.type[$0] == problem.type[$1] }
                .flatMap { run in
                    run.indices.sorted { (ranks[run[$0]], $0) < (ranks[run[$1]], $1) }.map { run[$0] }
                }
        }
        return arranged
    }

    /// `blocks` with the lots of each type and size in the order of their urgency.
    private func withEqualsInOrder(_ blocks: [[Int]], _ problem: PackingProblem) -> [[Int]] {
        struct Kind: Hashable {
            var type: Int
            var fill: Int64
        }
        func kind(of lot: Int) -> Kind { Kind(type: problem.type[lot], fill: problem.fill[lot]) }
        var equals: [Kind: [Int]] = [:]
        for lot in blocks.joined() { equals[kind(of: lot), default: []].append(lot) }
        for (kind, lots) in equals where lots.count > 1 {
            let order = lots.indices.sorted { (ranks[lots[$0]], $0) < (ranks[lots[$1]], $1) }
            // The most urgent last, where it is taken from.
            equals[kind] = order.reversed().map { lots[$0] }
        }
        return blocks.map { block in block.map { equals[kind(of: $0)]?.popLast() ?? $0 } }
    }
}

extension Array {
    /// The longest slices whose neighbours all belong together.
    func chunkedRuns(by belong: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
        var runs: [ArraySlice<Element>] = []
        var start = startIndex
        for index in indices where index > start && !belong(self[index - 1], self[index]) {
            runs.append(self[start..<index])
            start = index
        }
        if start < endIndex { runs.append(self[start...]) }
        return runs
    }
}
