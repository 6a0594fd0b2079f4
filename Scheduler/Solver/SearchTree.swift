/// Branch and price: nodes by their bound, the lowest first.
final class SearchTree {
    private let search: Search
    private let model: PackingModel
    private let generation: ColumnGeneration
    private var open: [Node] = []
    private var made = 0
    /// The least bound of the nodes that could be neither closed nor split.
    private var unsettled = Int64.max
    /// The least gap that left too many patterns to name them all.
    private var hopelessGap = Double.infinity
    /// The fewest patterns of which the integer solver did not find the best choice in its time.
    private var hopelessCount = Int.max
    /// The looks for better packings so far, and the nodes from the last to the next.
    private var looks = 0
    private var pause = pauses.first
    private var nextLook = 0

    private struct Node {
        var ranges: Ranges
        var bound: Int64
        var depth: Int
        var number: Int
    }

    /// How many nodes there are from one look for better packings to the next: at first, or after one that
    /// found any; twice as many after each that found none, up to the most.
    private static let pauses = (first: 10, most: 640)
    /// Every so many looks there is a dive.
    private static let divesEvery = 2
    /// Every so many looks the integer solver chooses among all patterns that are known: a multiple of
    /// `divesEvery`.
    private static let poolsEvery = 8
    /// Every so many nodes patterns are named although they were too many before.
    private static let closesEvery = 10
    /// The most nodes that wait; more and the search ends.
    private static let mostOpen = 50_000

    init(_ search: Search) {
        self.search = search
        model = search.model
        generation = ColumnGeneration(
            search.model, memory: max(1 << 20, search.options.memory), watch: search.watch)
    }

    func run() {
        generation.master.add(
            model.types.indices.map {
                Pattern(types: Array(repeating: $0, count: model.types[$0].mostInBin), in: model)
            })
        generation.master.add(incumbentPatterns)
        open = [Node(ranges: rootRanges, bound: search.bound, depth: 0, number: 0)]
        while let node = next(), !search.isOver, search.nodes < search.options.nodes, !generation.isFull,
            open.count < Self.mostOpen
        {
            if node.bound >= search.incumbent { continue }
            if !settle(node) {
                open.append(node)
                break
            }
            search.nodes += 1
            search.columns = generation.master.patterns.count
            search.raise(bound: leastBound)
        }
        search.columns = generation.master.patterns.count
        search.raise(bound: leastBound)
    }

    private var incumbentPatterns: [Pattern] {
        var typeOf: [Int: Int] = [:]
        for (type, each) in model.types.enumerated() { for item in each.items { typeOf[item] = type } }
        return search.packing.bins.map { Pattern(types: $0.compactMap { typeOf[$0] }, in: model) }
    }

    /// What no packing goes below, as far as the tree knows.
    private var leastBound: Int64 {
        open.reduce(min(unsettled, search.incumbent)) { min($0, $1.bound) }
    }

    /// Only packings better than the incumbent are of interest.
    private var rootRanges: Ranges {
        let spare = search.incumbent - 1 - model.leastCost
        func most(_ least: Int, _ cost: Int64, _ limit: Int) -> Int {
            cost > 0 ? min(limit, least + Int(clamping: max(0, spare) / cost)) : limit
        }
        var ranges = Ranges(
            lower: [model.leastBins], upper: [most(model.leastBins, model.binCost, model.itemCount)])
        for (each, least) in zip(model.classes, model.leastOpenings) {
            ranges.lower.append(least)
            ranges.upper.append(most(least, each.setupCost, each.itemCount))
        }
        return ranges
    }

    /// The open node with the least bound, the deepest of equals.
    private func next() -> Node? {
        guard
            let index = open.indices.min(by: {
                (open[$0].bound, -open[$0].depth, open[$0].number)
                    < (open[$1].bound, -open[$1].depth, open[$1].number)
            })
        else { return nil }
        open.swapAt(index, open.count - 1)
        return open.removeLast()
    }

    /// Closes `node`, or splits it into two, or puts it with the unsettled ones.
    /// - Returns: false if the search ended before it came to that.
    private func settle(_ node: Node) -> Bool {
        let master = generation.master
        let ranges = node.ranges.extended(to: master.rangeCount, most: model.itemCount)
        let demands = model.types.map(\.count)
        let outcome = generation.run(demands: demands, ranges: ranges, incumbent: search.incumbent)
        var bound = max(node.bound, outcome.proof?.bound ?? node.bound)
        if node.depth == 0 { search.raise(bound: bound) }
        if bound >= search.incumbent { return true }
        guard let solution = outcome.solution else {
            if search.watch.isOver { return false }
            unsettled = min(unsettled, bound)
            return true
        }
        if search.watch.isOver || generation.isFull { return false }
        look(around: solution, in: ranges, at: node)
        if bound >= search.incumbent { return true }
        if let proof = outcome.proof, let closed = close(proof, ranges) {
            if closed { return true }
        }
        if search.watch.isOver { return false }
        bound = max(bound, node.bound)
        guard let split = Branching.split(solution, master) else {
            // Whole in every row, but not in its patterns.
            unsettled = min(unsettled, bound)
            return true
        }
        branch(ranges.extended(to: master.rangeCount, most: model.itemCount), at: split, bound, node.depth)
        return true
    }

    private func branch(_ ranges: Ranges, at split: Branching.Split, _ bound: Int64, _ depth: Int) {
        for isUpper in [false, true] {
            var half = ranges
            if isUpper {
                half.lower[split.place] = max(half.lower[split.place], split.floor + 1)
            } else {
                half.upper[split.place] = min(half.upper[split.place], split.floor)
            }
            guard half.lower[split.place] <= half.upper[split.place] else { continue }
            made += 1
            open.append(Node(ranges: half, bound: bound, depth: depth + 1, number: made))
        }
    }

    /// Looks for better packings near `solution`.
    private func look(around solution: Master.Solution, in ranges: Ranges, at node: Node) {
        guard search.nodes >= nextLook else { return }
        let isRoot = node.depth == 0
        let before = search.incumbent
        defer {
            looks += 1
            pause = search.incumbent < before ? Self.pauses.first : min(pause * 2, Self.pauses.most)
            nextLook = search.nodes + pause
        }
        let rounded = zip(generation.master.patterns, solution.patterns).flatMap { pattern, value in
            Array(repeating: pattern, count: Int((value + 1e-6).rounded(.down)))
        }
        search.offer(rounded)
        if !search.isOver { improveIncumbent(isRoot ? 3 : 1) }
        guard looks % Self.divesEvery == 0 else { return }
        for number in 0..<(isRoot ? 3 : 1) where !search.isOver {
            let dive = Dive(generation: generation, model: model, watch: search.watch)
            let taste = isRoot ? Double(number) * 0.3 : 0.2
            let found = dive.run(from: solution, in: ranges, taste: taste, random: &search.random)
            generation.master.add(search.offer(found))
        }
        if search.options.usesIntegerSolver, looks % Self.poolsEvery == 0, !search.isOver { pool() }
    }

    /// Starts anew from the best packing, `times` times; what comes out is also a source of columns.
    private func improveIncumbent(_ times: Int) {
        for _ in 0..<times where !search.isOver {
            let bins = BinSet(realizing: incumbentPatterns, of: model)
            generation.master.add(search.improve(bins, thousands: search.options.ruins))
        }
    }

    /// The integer master over the patterns that are known.
    private func pool() {
        generation.master.add(incumbentPatterns)
        let programme = CoverProgram(model: model, patterns: generation.master.patterns, ranges: rootRanges)
        let seconds = min(5, (search.watch.secondsLeft() ?? 50) * 0.1)
        let outcome = programme.solve(
            below: search.incumbent, nodes: 400, seconds: seconds, watch: search.watch)
        if let chosen = outcome.chosen { search.offer(chosen) }
    }

    /// Tries to close a node by all patterns that a better packing in it could have.
    /// - Returns: whether it is closed; nil if those are too many.
    private func close(_ proof: ColumnGeneration.Proof, _ ranges: Ranges) -> Bool? {
        guard search.options.usesIntegerSolver, search.options.enumeration > 0 else { return nil }
        // Where they were too many before, they are tried again when the gap is smaller, and now and then.
        let gap = Double(search.incumbent) - Double(proof.scaled) / Double(proof.prices.scale)
        guard gap < hopelessGap * 0.8 || search.nodes % Self.closesEvery == 0 else { return nil }
        guard
            let patterns = generation.allPatterns(
                proof, below: search.incumbent, most: search.options.enumeration)
        else {
            hopelessGap = min(hopelessGap, gap)
            return nil
        }
        // What was too hard would take the time of all other nodes.
        guard Double(patterns.count) < Double(hopelessCount) * 0.8 else { return nil }
        let programme = CoverProgram(model: model, patterns: patterns, ranges: ranges)
        let seconds = (search.watch.secondsLeft() ?? 300) * 0.1
        let outcome = programme.solve(
            below: search.incumbent, nodes: 20_000, seconds: seconds, watch: search.watch)
        if let chosen = outcome.chosen {
            search.offer(chosen)
            let promised = chosen.reduce(Int64(0)) { $0 + $1.cost(in: model) }
            if search.incumbent > promised { return false }
        }
        if !outcome.isFinished { hopelessCount = min(hopelessCount, patterns.count) }
        return outcome.isFinished
    }
}
