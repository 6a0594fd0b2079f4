import PackingSolver

/// Improves a packing where the order of types within a block matters: takes a few related blocks apart and
/// fills their lots in again, each at the place where it adds least, many times.
///
/// What comes out may be a little longer than what was taken apart, less and less so as the search goes on
/// (threshold accepting; Dueck and Scheuer, 1990). All figures are whole, so every machine finds the same.
struct BlockSearch {
    private let problem: PackingProblem
    private let order: BlockOrder
    private var random: SplitMix
    private var blocks: [OrderedBlock]
    private var makespan: Int64
    /// The best blocks so far.
    private(set) var best: [[Int]]
    private(set) var bestMakespan: Int64

    /// The most blocks that are taken apart at a time.
    private static let mostBlocks = 4
    /// The most lots that are placed again at a time, so that a step stays short where blocks hold many.
    private static let mostLots = 120
    /// The longest that the first steps may lengthen a schedule, in thousandths of a clean and a changeover.
    private static let firstThreshold: Int64 = 60

    /// - Parameter start: the blocks to start from. Those that exceed the window lose lots to others.
    init(_ problem: PackingProblem, start: [[Int]], seed: UInt64) {
        self.problem = problem
        order = BlockOrder(problem)
        random = SplitMix(seed: seed)
        blocks = start.map { OrderedBlock($0, problem) }
        var pool: [Int] = []
        for index in blocks.indices { pool += blocks[index].shortened(problem) }
        pool.sort { (-problem.fill[$0], $0) < (-problem.fill[$1], $1) }
        for lot in pool { blocks.insert(lot, problem) }
        best = blocks.map(\.lots)
        makespan = problem.makespan(of: best)
        bestMakespan = makespan
    }

    /// Searches until about `looks` places were looked at, or there is no time left.
    /// - Parameters:
    ///   - target: No schedule is shorter than this, so that reaching it ends the search.
    ///   - timeSpent: The part of its time that is spent, which ends the search at 1.
    /// - Throws: `PlanningCancelled` soon after `watch` says so.
    mutating func run(
        looks: Int, target: Int64 = 0, watch: PlanningWatch, timeSpent: () -> Double = { 0 }
    ) throws(PlanningCancelled) {
        guard blocks.count > 1 else { return }
        var looked = 0
        var step = 0
        var done = 0.0
        while looked < looks, bestMakespan > target {
            if step % 64 == 0 {
                try watch.check()
                if watch.isOutOfTime() { return }
                done = max(Double(looked) / Double(looks), timeSpent())
                if done >= 1 { return }
            }
            step += 1
            looked += attempt(done)
        }
    }

    /// Takes some blocks apart and keeps what came of them unless it is too long.
    /// - Returns: how many places for lots were looked at.
    private mutating func attempt(_ done: Double) -> Int {
        let chosen = choose()
        var pool = chosen.flatMap { blocks[$0].lots }
        sortForInsertion(&pool)
        var (rebuilt, looks) = rebuild(pool)
        for index in rebuilt.indices { arrange(&rebuilt[index], looks: &looks) }
        let before = chosen.reduce(Int64(0)) { $0 + problem.clean + blocks[$1].span }
        let after = rebuilt.reduce(Int64(0)) { $0 + problem.clean + $1.span }
        // Emptying one of two blocks brings its end nearer: of equally long ones the uneven are preferred.
        let pull = unevenness(rebuilt) - chosen.reduce(Int64(0)) { $0 + unevenness([blocks[$1]]) }
        let scale = problem.clean + problem.changeovers.meanSwitch
        let threshold = Int64(Double(scale * Self.firstThreshold / 1_000) * max(0, 1 - done))
        looks += pool.count
        guard after - before - pull <= threshold else { return looks }
        replace(chosen, by: rebuilt)
        makespan += after - before
        if makespan < bestMakespan {
            bestMakespan = makespan
            best = blocks.map(\.lots)
        }
        return looks
    }

    /// How unevenly blocks are filled, as a part of a clean and a changeover: a fiftieth for an empty one.
    private func unevenness(_ blocks: [OrderedBlock]) -> Int64 {
        let scale = Double(problem.clean + problem.changeovers.meanSwitch) / 50
        return blocks.reduce(0) { total, block in
            let empty = Double(problem.window - block.span) / Double(problem.window)
            return total + Int64(scale * empty * empty)
        }
    }

    /// Blocks by index, the highest first: any one, and others that have a type in common with those before
    /// if a few tries find some.
    private mutating func choose() -> [Int] {
        var chosen = [random.below(blocks.count)]
        var lots = blocks[chosen[0]].lots.count
        for _ in 0..<random.below(Self.mostBlocks - 1) + 1 {
            var candidate = random.below(blocks.count)
            for _ in 0..<6 {
                let types = blocks[candidate].types
                let isRelated = chosen.contains { blocks[$0].types.contains(where: types.contains) }
                if !chosen.contains(candidate), isRelated { break }
                candidate = random.below(blocks.count)
            }
            guard !chosen.contains(candidate), lots + blocks[candidate].lots.count <= Self.mostLots else {
                continue
            }
            chosen.append(candidate)
            lots += blocks[candidate].lots.count
        }
        return chosen.sorted(by: >)
    }

    /// Long fills first, or type after type and long fills first, with some noise.
    private mutating func sortForInsertion(_ pool: inout [Int]) {
        let byType = random.below(3) == 0
        var keys: [Int: (Int, Int64)] = [:]
        var typeKeys: [Int: Int] = [:]
        for lot in pool {
            let type = problem.type[lot]
            if byType, typeKeys[type] == nil { typeKeys[type] = random.below(1 << 20) }
            keys[lot] = (typeKeys[type] ?? 0, -problem.fill[lot] / 1_000 * Int64(800 + random.below(400)))
        }
        pool.sort { left, right in
            guard let one = keys[left], let other = keys[right] else { return left < right }
            return (one.0, one.1, left) < (other.0, other.1, right)
        }
    }

    /// New blocks for the lots of `pool`, and how many places were looked at.
    private mutating func rebuild(_ pool: [Int]) -> (blocks: [OrderedBlock], looks: Int) {
        var rebuilt: [OrderedBlock] = []
        var looks = 0
        for lot in pool {
            looks += rebuilt.reduce(0) { $0 + $1.lots.count }
            // Now and then a block is passed over.
            let passed = rebuilt.indices.filter { _ in random.below(16) == 0 }
            rebuilt.insert(lot, problem, passing: passed)
        }
        return (rebuilt, looks)
    }

    private func arrange(_ block: inout OrderedBlock, looks: inout Int) {
        let lots = order.arranged(block.lots, looks: &looks)
        let span = problem.span(of: lots)
        if span < block.span { block = OrderedBlock(lots, problem) }
    }

    /// - Parameter chosen: the blocks to go, the highest index first.
    private mutating func replace(_ chosen: [Int], by rebuilt: [OrderedBlock]) {
        for index in chosen {
            blocks.swapAt(index, blocks.count - 1)
            blocks.removeLast()
        }
        blocks += rebuilt
    }
}
