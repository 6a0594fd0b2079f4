import SchedulingCore

/// Longest processing time first: lots are sorted by (−fill, type, urgency, ID).
package struct LPTPack: Strategy {
    package init() {}

    package func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
        let problem = PackingProblem(task)
        let blocks = try OrderedPacker.pack(problem, order: Self.order(of: problem), watch: watch)
        return Decision(sequence: LotSequence(blocks: blocks))
    }

    static func order(of problem: PackingProblem) -> [Int] {
        let ranks = problem.urgency.ranks
        return (0..<problem.lotCount).sorted { left, right in
            (-problem.fill[left], problem.typeNames[problem.type[left]], ranks[left], problem.ids[left])
                < (
                    -problem.fill[right], problem.typeNames[problem.type[right]], ranks[right],
                    problem.ids[right]
                )
        }
    }
}
