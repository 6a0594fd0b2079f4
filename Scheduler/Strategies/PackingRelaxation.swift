import PackingSolver

/// A planning problem as bin packing with setups.
///
/// Let every switch of type take `o` hours, and a changeover within type t no more than that, s(t). A block
/// with k(t) lots of each of its types spends Σ s(t)·k(t) + Σ (o − s(t)) − o hours on changeovers. So a lot
/// weighs its fill + s(t), a type's setup weighs and costs o − s(t), a bin costs clean − o and holds window +
/// o; what the lots weigh is part of every makespan. Any other changeovers are brought into this form:
///
/// * No best schedule needs a changeover that is as long as a clean, which does as well in its place. Types
///   without shorter ones between them never share a block, so each connected set of types is an instance of
///   its own; a type alone in its set has no switches.
/// * Where nothing is shorter than a clean, every lot has its own block, and there is nothing to search for.
/// * Where switches within a set differ, or a changeover within a type is longer than a switch, the shortest
///   switch of the set stands for all, and for what is longer than it within types. That gives a bound. Bins
///   are blocks of that length only if an order of their lots is; otherwise they may not even fit the window.
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
    private(set) var isExact = true
    private let problem: PackingProblem

    init(_ problem: PackingProblem) {
        self.problem = problem
        let lots = Dictionary(grouping: 0..<problem.lotCount, by: { problem.type[$0] })
        for types in TypeSets(problem).sets { add(types.map { (type: $0, lots: lots[$0] ?? []) }) }
    }

    /// Adds a set of types that may share blocks with each other and with no others.
    private mutating func add(_ set: [(type: Int, lots: [Int])]) {
        let changeovers = problem.changeovers
        let switching: Int64
        if set.count == 1 {
            guard changeovers.same[set[0].type] < problem.clean else {
                fixedBlocks += set[0].lots.map { [$0] }
                fixedMakespan += problem.makespan(of: set[0].lots.map { [$0] })
                return
            }
            switching = changeovers.same[set[0].type]
        } else {
            let (least, most) = changeovers.switches(among: set.map(\.type))
            switching = least
            let stays = set.filter { $0.lots.count > 1 }.map { changeovers.same[$0.type] }
            isExact = isExact && least == most && stays.allSatisfy { $0 <= least }
        }
        let lots = set.flatMap(\.lots)
        let classes = set.map { type, lots in
            let staying = min(changeovers.same[type], switching)
            return PackingInstance.Class(
                setupCost: switching - staying, setupWeight: switching - staying,
                weights: lots.map { problem.fill[$0] + staying })
        }
        let base = classes.reduce(0) { $0 + $1.weights.reduce(0, +) }
        let instance = try? PackingInstance(
            classes: classes, capacity: problem.window + switching, binCost: problem.clean - switching)
        if let instance {
            parts.append(Part(instance: instance, lots: lots, base: base))
        } else {
            // The bounds of lots and rules keep within those of instances; should they not, what filling
            // takes is still a bound, and the other strategies have a schedule.
            isExact = false
            fixedMakespan += lots.reduce(0) { $0 + problem.fill[$1] }
            fixedBlocks += lots.map { [$0] }
        }
    }

    /// `blocks` with the lots of each in the best order that is found.
    func arranged(_ blocks: [[Int]]) -> [[Int]] {
        let order = BlockOrder(problem)
        return blocks.map { block in
            order.arranged(block.sorted { (problem.type[$0], $0) < (problem.type[$1], $1) })
        }
    }
}

/// The types of the lots in sets such that no best schedule needs a switch from one set to another: a clean
/// takes no longer than any such switch.
private struct TypeSets {
    /// The types of each set, in increasing order.
    private(set) var sets: [[Int]] = []

    init(_ problem: PackingProblem) {
        let changeovers = problem.changeovers
        var rows = changeovers.members
        // The types of one row are one set if they may follow each other, or meet at a third.
        if let shared = rows.last, shared.count > 1 {
            let last = rows.count - 1
            let meets = rows.indices.contains { changeovers.link(last, $0) < problem.clean }
            if !meets {
                rows.removeLast()
                sets = shared.map { [$0] }
            }
        }
        var left = Set(rows.indices)
        for row in rows.indices where left.remove(row) != nil {
            var set: [Int] = []
            var open = [row]
            while let row = open.popLast() {
                set += rows[row]
                for next in left.sorted() where changeovers.link(row, next) < problem.clean {
                    left.remove(next)
                    open.append(next)
                }
            }
            sets.append(set.sorted())
        }
        sets.sort { $0[0] < $1[0] }
    }
}
