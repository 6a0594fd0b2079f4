/// A block whose lots have an order, with what it takes as it stands.
struct OrderedBlock {
    private(set) var lots: [Int]
    /// Their types, in the same order.
    private(set) var types: [Int]
    /// What the fills and changeovers take, in ticks.
    private(set) var span: Int64

    init(_ lots: [Int], _ problem: PackingProblem) {
        self.lots = lots
        types = lots.map { problem.type[$0] }
        span = problem.span(of: lots)
    }

    mutating func insert(_ lot: Int, at place: Int, adding changeovers: Int64, _ problem: PackingProblem) {
        lots.insert(lot, at: place)
        types.insert(problem.type[lot], at: place)
        span += problem.fill[lot] + changeovers
    }

    /// Takes lots out until the block fits the window: the shortest fill that makes it fit, or else the
    /// longest.
    /// - Returns: the lots that were taken out.
    mutating func shortened(_ problem: PackingProblem) -> [Int] {
        var taken: [Int] = []
        while span > problem.window, !lots.isEmpty {
            let spans = lots.indices.map { span - problem.fill[lots[$0]] - changeovers(at: $0, problem) }
            let fitting = lots.indices.filter { spans[$0] <= problem.window }
            let place =
                fitting.min { problem.fill[lots[$0]] < problem.fill[lots[$1]] }
                ?? lots.indices.max { problem.fill[lots[$0]] < problem.fill[lots[$1]] } ?? 0
            span = spans[place]
            types.remove(at: place)
            taken.append(lots.remove(at: place))
        }
        return taken
    }

    /// What the lot at `place` adds to the changeovers.
    private func changeovers(at place: Int, _ problem: PackingProblem) -> Int64 {
        let table = problem.changeovers
        var cost: Int64 = 0
        if place > 0 { cost += table.ticks(from: types[place - 1], to: types[place]) }
        guard place + 1 < types.count else { return cost }
        cost += table.ticks(from: types[place], to: types[place + 1])
        if place > 0 { cost -= table.ticks(from: types[place - 1], to: types[place + 1]) }
        return cost
    }
}

extension [OrderedBlock] {
    /// Puts `lot` where it adds least to the changeovers, a little room counted against it; into a block of
    /// its own where it fits none, or where a clean takes no longer.
    /// - Parameter passing: blocks that are not looked at.
    mutating func insert(_ lot: Int, _ problem: PackingProblem, passing: [Int] = []) {
        var best: (block: Int, place: Int, cost: Int64, key: Int64)?
        for (index, block) in enumerated() where !passing.contains(index) {
            let most = problem.window - block.span - problem.fill[lot]
            let (place, cost) = problem.changeovers.insertion(of: problem.type[lot], into: block.types)
            guard cost <= most else { continue }
            let key = cost + (most - cost) / 8
            if best.map({ key < $0.key }) ?? true { best = (index, place, cost, key) }
        }
        if let best, best.cost < problem.clean {
            self[best.block].insert(lot, at: best.place, adding: best.cost, problem)
        } else {
            append(OrderedBlock([lot], problem))
        }
    }
}
