/// Packs lots that are held in a fixed order: the rule for taking of `spt-pack`, `lpt-pack` and `cfs-pack`.
///
/// While any lot fits the open block, the first that fits and continues the current type is taken (any that
/// fits, if the block is empty), else the first that fits; when none fits, the block closes. Lots that are
/// passed over keep their place.
enum OrderedPacker {
    /// The blocks for the lots in `order`.
    /// - Throws: `PlanningCancelled` soon after `watch` says so.
    static func pack(
        _ problem: PackingProblem, order: [Int], watch: PlanningWatch
    ) throws(PlanningCancelled) -> [[Int]] {
        var waiting = order
        var blocks: [[Int]] = []
        while !waiting.isEmpty {
            try watch.check()
            var block: [Int] = []
            var room = problem.window
            var current: Int?
            while let index = next(in: waiting, problem, room: room, current: current) {
                let lot = waiting.remove(at: index)
                room -= problem.cost(of: lot, after: current)
                current = problem.type[lot]
                block.append(lot)
            }
            // Nothing fits an empty block only if a lot alone exceeds the window, which no task holds.
            guard !block.isEmpty else { break }
            blocks.append(block)
        }
        return blocks
    }

    private static func next(
        in waiting: [Int], _ problem: PackingProblem, room: Int64, current: Int?
    ) -> Int? {
        var firstThatFits: Int?
        for (index, lot) in waiting.enumerated() where problem.cost(of: lot, after: current) <= room {
            if current == nil || problem.type[lot] == current { return index }
            if firstThatFits == nil { firstThatFits = index }
        }
        return firstThatFits
    }
}
