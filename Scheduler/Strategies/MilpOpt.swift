import PackingSolver
import SchedulingCore

/// The provably best schedule, or the best found with a proven bound: bin packing with setups, by column
/// generation and branch and price (`PackingSolver`).
///
/// It starts from the best of all other strategies, so it is never worse than any of them. Given a time it
/// uses it up at most; without one it is bounded by work.
package struct MilpOpt: Strategy {
    package init() {}

    /// The nodes of each search tree where no time is given.
    private static let nodesWithoutTime = 40
    private static let nodesWithTime = 1_000_000

    package func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
        try watch.check()
        let problem = PackingProblem(task)
        let rules = task.config.rules
        var best = try Self.bestOfOthers(task, watch: watch)
        let packed = problem.makespan(of: best)
        let relaxation = PackingRelaxation(problem)
        var bound = relaxation.fixedMakespan
        var blocks = relaxation.fixedBlocks
        let total = watch.secondsLeft()
        for (index, part) in relaxation.parts.enumerated() {
            // Each part gets its share of the time that is left.
            let left = watch.secondsLeft()
            let share = left.map { $0 * (1 - 1 / Double(relaxation.parts.count - index)) } ?? 0
            let solvers = SolverWatch(
                isCancelled: { watch.isCancelled() || watch.isOutOfTime() },
                secondsLeft: { watch.secondsLeft().map { $0 - share } },
                progress: { step in
                    // Of several parts none tells much about the whole.
                    guard relaxation.parts.count == 1, relaxation.isExact else { return }
                    let spent = total.map { 1 - (watch.secondsLeft() ?? 0) / max($0, 0.001) } ?? 0
                    watch.progress(
                        PlanningProgress(
                            fraction: 0.1 + 0.85 * min(1, max(0, spent)), message: "Searching",
                            bestMakespan: rules.hours(Ticks(min(packed, part.makespan(step.objective)))),
                            bound: rules.hours(Ticks(min(packed, part.makespan(step.bound))))))
                })
            var options = SolverOptions()
            options.nodes = total == nil ? Self.nodesWithoutTime : Self.nodesWithTime
            options.ruins = total == nil ? 2 : options.ruins
            let result = PackingSolver.solve(
                part.instance, options: options, start: part.packing(of: best), watch: solvers)
            try watch.check()
            bound += part.makespan(result.bound)
            blocks += result.packing.bins.map { bin in bin.map { part.lots[$0] } }
        }
        blocks = relaxation.arranged(blocks)
        if relaxation.isFeasible(blocks), problem.makespan(of: blocks) < packed { best = blocks }
        best = problem.urgency.arranged(best, of: problem, sortsRuns: true)
        return Decision(sequence: LotSequence(blocks: best), bound: Ticks(bound))
    }

    private static func bestOfOthers(
        _ task: PlanningTask, watch: PlanningWatch
    ) throws(PlanningCancelled) -> [[Int]] {
        var quiet = watch
        quiet.progress = { _ in }
        var portfolio = Portfolio(task, watch: quiet)
        try portfolio.addDefinitions(task.config)
        try portfolio.addFitDecreasing()
        try portfolio.addScores(staying: 0, looksAtShortFills: false)
        try portfolio.addScores(staying: HybridPack.pull, looksAtShortFills: true)
        let makespan = task.config.rules.hours(Ticks(PackingProblem(task).makespan(of: portfolio.best)))
        watch.progress(
            PlanningProgress(fraction: 0.1, message: "Packed by the heuristics", bestMakespan: makespan))
        return portfolio.best
    }
}
