import PackingSolver

/// A planning problem as bin packing with setups.
///
/// With a changeover `s` within a type and `o` between types, a block of k lots of t types spends s·k + (o −
/// s)·t − o hours on changeovers. So a lot weighs its fill + s, a type's setup weighs and costs o − s, a bin
/// costs clean − o and holds window + o; what the lots weigh is part of every makespan. Three kinds of rules
/// are different:
///
/// * A clean is shorter than a changeover to another type: no block of a best schedule has two types, so each
///   type is an instance of its own.
/// * A clean is no longer than any changeover: every lot has its own block, and there is nothing to search
///   for.
/// * The changeover within a type is the longer one: then the order inside a block matters, and packing with
///   `o` for every changeover gives a bound. Its bins are a schedule only if types can take turns in each.
struct PackingRelaxation {
    /// An instance, and what its figures mean.
    struct Part: Sendable {
        var instance: PackingInstance
        /// The lot that each item is.
        var lots: [Int]
        /// What the makespan is beyond the cost of the packing.
        var base: Int64

        func makespan(_ cost: Int64) -> Int64 { base + cost }

        /// The packing that `blocks` are, as far as this part's lots go.
        func packing(of blocks: [[Int]]) -> Packing {
            let items = Dictionary(uniqueKeysWithValues: lots.enumerated().map { ($0.element, $0.offset) })
            return Packing(bins: blocks.map { $0.compactMap { items[$0] } }.filter { !$0.isEmpty })
        }
    }

    private(set) var parts: [Part] = []
    /// Blocks that are decided without a search, and what they take.
    private(set) var fixedBlocks: [[Int]] = []
    private(set) var fixedMakespan: Int64 = 0
    /// Whether a packing is a schedule of the same length, whatever it is.
    let isExact: Bool
    private let problem: PackingProblem

    init(_ problem: PackingProblem) {
        self.problem = problem
        let (same, other, clean) = (problem.sameChangeover, problem.otherChangeover, problem.clean)
        isExact = same <= other
        let byType = Dictionary(grouping: 0..<problem.lotCount, by: { problem.type[$0] })
            .sorted { $0.key < $1.key }.map(\.value)
        let groups: [[[Int]]]
        let setup: (same: Int64, other: Int64)
        if clean <= min(same, other) {
            fixedBlocks = (0..<problem.lotCount).map { [$0] }
            groups = []
            setup = (0, 0)
        } else if same > other {
            groups = [[Array(0..<problem.lotCount)]]
            setup = (other, other)
        } else if clean < other {
            groups = byType.map { [$0] }
            setup = (same, same)
        } else {
            groups = [byType]
            setup = (same, other)
        }
        for group in groups {
            let lots = group.flatMap(\.self)
            let weights = lots.reduce(0) { $0 + problem.fill[$1] + setup.same }
            let instance = try? PackingInstance(
                classes: group.map { lots in
                    .init(
                        setupCost: setup.other - setup.same, setupWeight: setup.other - setup.same,
                        weights: lots.map { problem.fill[$0] + setup.same })
                },
                capacity: problem.window + setup.other, binCost: clean - setup.other)
            if let instance {
                parts.append(Part(instance: instance, lots: lots, base: weights))
            } else {
                // The bounds of lots and rules keep within those of instances; should they not, what filling
                // takes is still a bound, and the other strategies have a schedule.
                fixedMakespan += lots.reduce(0) { $0 + problem.fill[$1] }
                fixedBlocks += lots.map { [$0] }
            }
        }
        if groups.isEmpty { fixedMakespan = problem.makespan(of: fixedBlocks) }
    }

    /// `blocks` with the lots of each in the order that takes least time.
    func arranged(_ blocks: [[Int]]) -> [[Int]] {
        blocks.map {
            isExact ? $0.sorted { (problem.type[$0], $0) < (problem.type[$1], $1) } : alternating($0)
        }
    }

    /// Types taking turns: always one of the type with most lots left, but not the one just taken if there is
    /// another.
    private func alternating(_ block: [Int]) -> [Int] {
        var left = Dictionary(grouping: block, by: { problem.type[$0] }).sorted { $0.key < $1.key }
        var order: [Int] = []
        var last: Int?
        while order.count < block.count {
            let open = left.indices.filter { !left[$0].value.isEmpty }
            let others = open.filter { left[$0].key != last }
            let choice = (others.isEmpty ? open : others).max {
                (left[$0].value.count, -$0) < (left[$1].value.count, -$1)
            }
            guard let choice else { break }
            last = left[choice].key
            order.append(left[choice].value.removeLast())
        }
        return order
    }

    /// Whether `blocks` hold every lot and each fits the window as it stands.
    func isFeasible(_ blocks: [[Int]]) -> Bool {
        guard blocks.reduce(0, { $0 + $1.count }) == problem.lotCount else { return false }
        return blocks.allSatisfy { problem.makespan(of: [$0]) - problem.clean <= problem.window }
    }
}
