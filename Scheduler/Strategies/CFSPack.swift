import SchedulingCore

/// Cluster first, sequence second: clusters are types, by number of lots or by total hours, most first, ties
/// by type; within a cluster long fills first or short fills first, ties by urgency and then by ID.
package struct CFSPack: Strategy {
    package init() {}

    package func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
        let problem = PackingProblem(task)
        let order = Self.order(
            of: problem, clusters: task.config.clusterOrder, within: task.config.withinCluster)
        let blocks = try OrderedPacker.pack(problem, order: order, watch: watch)
        return Decision(sequence: LotSequence(blocks: blocks))
    }

    static func order(
        of problem: PackingProblem, clusters: PlanningConfig.ClusterOrder, within: PlanningConfig.FillOrder
    ) -> [Int] {
        var weight = Array(repeating: Int64(0), count: problem.typeNames.count)
        for (lot, type) in problem.type.enumerated() {
            weight[type] += clusters == .count ? 1 : problem.fill[lot]
        }
        let sign: Int64 = within == .longestFirst ? -1 : 1
        let ranks = problem.urgency.ranks
        return (0..<problem.lotCount).sorted { left, right in
            let (leftType, rightType) = (problem.type[left], problem.type[right])
            if leftType != rightType {
                return (-weight[leftType], problem.typeNames[leftType])
                    < (-weight[rightType], problem.typeNames[rightType])
            }
            return (sign * problem.fill[left], ranks[left], problem.ids[left])
                < (sign * problem.fill[right], ranks[right], problem.ids[right])
        }
    }
}
