/// First-fit and best-fit decreasing with setups: every lot in turn goes to an open block, or opens one.
///
/// Blocks that already have the lot's type are preferred, because a type costs a longer changeover in every
/// block that opens it (Baldacci et al., The Bin Packing Problem with Setups, arXiv 2509.10075).
enum FitDecreasing {
    /// Which of the blocks that a lot fits it goes to.
    enum Rule: CaseIterable {
        /// The first with its type, else the first.
        case firstOfType
        /// The fullest with its type, else the fullest.
        case fullestOfType
        /// The fullest, where a new type counts as much slack as it would take five switches to make up for.
        case fullestCountingTypes
    }

    /// The blocks for the lots in `order`, the lots of a block grouped by type.
    /// - Throws: `PlanningCancelled` soon after `watch` says so.
    static func pack(
        _ problem: PackingProblem, order: [Int], rule: Rule, watch: PlanningWatch
    ) throws(PlanningCancelled) -> [[Int]] {
        var blocks: [OpenBlock] = []
        for (step, lot) in order.enumerated() {
            if step % 64 == 0 { try watch.check() }
            let type = problem.type[lot]
            var best: (index: Int, key: (Int64, Int64))?
            for (index, block) in blocks.enumerated() {
                let has = block.types.contains(type)
                let room = block.room - problem.fill[lot] - block.changeover(to: type, has: has, problem)
                guard room >= 0 else { continue }
                let key = rule.key(has: has, room: room, problem)
                if best.map({ key < $0.key }) ?? true { best = (index, key) }
            }
            if let best {
                blocks[best.index].add(lot, problem)
            } else {
                blocks.append(OpenBlock(lot, problem))
            }
        }
        return blocks.map(\.grouped)
    }
}

extension FitDecreasing.Rule {
    /// Blocks are preferred by the least of these.
    fileprivate func key(has: Bool, room: Int64, _ problem: PackingProblem) -> (Int64, Int64) {
        switch self {
        case .firstOfType: (has ? 0 : 1, 0)
        case .fullestOfType: (has ? 0 : 1, room)
        case .fullestCountingTypes: (0, room + (has ? 0 : 5 * problem.changeovers.meanSetup))
        }
    }
}

/// A block under construction, its lots by type in the order in which the types came; where the order of
/// types matters, lots in their order.
private struct OpenBlock {
    var room: Int64
    var types: [Int]
    var lots: [[Int]]

    init(_ lot: Int, _ problem: PackingProblem) {
        room = problem.window - problem.fill[lot]
        types = [problem.type[lot]]
        lots = [[lot]]
    }

    /// What a lot of `type` adds to the changeovers.
    func changeover(to type: Int, has: Bool, _ problem: PackingProblem) -> Int64 {
        guard let switching = problem.changeovers.uniformSwitch else {
            return problem.changeovers.insertion(of: type, into: types).cost
        }
        return has ? problem.changeovers.same[type] : switching
    }

    mutating func add(_ lot: Int, _ problem: PackingProblem) {
        let type = problem.type[lot]
        room -= problem.fill[lot]
        guard let switching = problem.changeovers.uniformSwitch else {
            let (place, cost) = problem.changeovers.insertion(of: type, into: types)
            room -= cost
            types.insert(type, at: place)
            lots.insert([lot], at: place)
            return
        }
        if let index = types.firstIndex(of: type) {
            room -= problem.changeovers.same[type]
            lots[index].append(lot)
        } else {
            room -= switching
            types.append(type)
            lots.append([lot])
        }
    }

    var grouped: [Int] { lots.flatMap(\.self) }
}
