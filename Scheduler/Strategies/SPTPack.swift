import SchedulingCore

/// Shortest processing time first: types by number of lots, most first, and short fills first within the
/// order.
///
/// Lots are sorted by (−lots of its type, fill, urgency); ties keep their input order. Two types with equally
/// many lots share one run of the order.
package struct SPTPack: Strategy {
    package init() {}

    package func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
        let problem = PackingProblem(task)
        let blocks = try OrderedPacker.pack(problem, order: Self.order(of: problem), watch: watch)
        return Decision(sequence: LotSequence(blocks: blocks))
    }

    static func order(of problem: PackingProblem) -> [Int] {
        var lotsOfType = Array(repeating: 0, count: problem.typeNames.count)
        for type in problem.type { lotsOfType[type] += 1 }
        let ranks = problem.urgency.ranks
        return (0..<problem.lotCount).sorted { left, right in
            (-lotsOfType[problem.type[left]], problem.fill[left], ranks[left], left)
                < (-lotsOfType[problem.type[right]], problem.fill[right], ranks[right], right)
        }
    }
}
