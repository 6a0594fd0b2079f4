import PackingSolver
import SchedulingCore

/// The provably best schedule, or the best found with a proven bound: bin packing with setups, by column
/// generation and branch and price (`PackingSolver`).
///
/// Where the order of types within a block matters, that is a relaxation (`PackingRelaxation`): its bound
/// holds, and its bins are where a search over ordered blocks starts (`BlockSearch`). Such a schedule is proven
/// best only if it meets the bound, or if there are so few lots that all sets of them can be looked at.
///
/// It starts from the best of all other strategies, so it is never worse than any of them. Given a time it
/// uses it up at most; without one it is bounded by work.
package struct MilpOpt: Strategy {
    package init() {}

    /// The nodes of each search tree where no time is given.
    private static let nodesWithoutTime = 40
    private static let nodesWithTime = 1_000_000
    /// The part of the time that is left to the search over ordered blocks.
    private static let searchTime = 0.4
    /// The most places for each lot that this search looks at, where a time is given and where not, and for
    /// all lots together.
    private static let searchLooks = (withTime: 100_000, withoutTime: 500, most: 400_000_000)

    package func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
        try watch.check()
        let problem = PackingProblem(task)
        let relaxation = PackingRelaxation(problem)
        if !relaxation.isExact, problem.lotCount <= SubsetProgram.mostLots {
            let best = SubsetProgram(problem).bestBlocks()
            let blocks = problem.urgency.arranged(best, of: problem, sortsRuns: true)
            return Decision(sequence: LotSequence(blocks: blocks), bound: Ticks(problem.makespan(of: best)))
        }
        var best = try Self.bestOfOthers(task, watch: watch)
        let (packed, bound) = try Self.solve(
            relaxation, from: best, rules: task.config.rules,
            makespan: problem.makespan(of: best), watch: watch)
        if relaxation.isExact {
            if problem.isFeasible(packed), problem.makespan(of: packed) < problem.makespan(of: best) {
                best = packed
            }
        } else {
            best = try Self.search(
                problem, from: [best, packed], bound: bound, rules: task.config.rules, watch: watch)
        }
        best = problem.urgency.arranged(best, of: problem, sortsRuns: true)
        return Decision(sequence: LotSequence(blocks: best), bound: Ticks(bound))
    }

    /// Solves each part of `relaxation`.
    /// - Parameter makespan: that of `best`.
    /// - Returns: the bins of all parts, each in its best order, and a bound of the makespan. If the
    ///   relaxation is not exact, they need not fit the window.
    private static func solve(
        _ relaxation: PackingRelaxation, from best: [[Int]], rules: LineRules, makespan: Int64,
        watch: PlanningWatch
    ) throws(PlanningCancelled) -> (blocks: [[Int]], bound: Int64) {
        var bound = relaxation.fixedMakespan
        var blocks = relaxation.fixedBlocks
        let total = watch.secondsLeft()
        let reserve = relaxation.isExact ? 0 : (total ?? 0) * searchTime
        for (index, part) in relaxation.parts.enumerated() {
            // Each part gets its share of the time that is left.
            let left = watch.secondsLeft().map { $0 - reserve }
            let share = reserve + (left.map { $0 * (1 - 1 / Double(relaxation.parts.count - index)) } ?? 0)
            let solvers = SolverWatch(
                isCancelled: { watch.isCancelled() || watch.isOutOfTime() },
                secondsLeft: { watch.secondsLeft().map { $0 - share } },
                progress: { step in
                    // Of several parts none tells much about the whole.
                    guard relaxation.parts.count == 1, relaxation.fixedBlocks.isEmpty else { return }
                    let spent = total.map { 1 - (watch.secondsLeft() ?? 0) / max($0, 0.001) } ?? 0
                    let found = relaxation.isExact ? min(makespan, part.makespan(step.objective)) : makespan
                    watch.progress(
                        ScheduleProgress(
                            fraction: 0.1 + 0.85 * min(1, max(0, spent)), message: "Searching",
                            bestMakespan: rules.hours(Ticks(found)),
                            bound: rules.hours(Ticks(min(found, part.makespan(step.bound))))))
                })
            var options = SolverOptions()
            options.nodes = total == nil ? nodesWithoutTime : nodesWithTime
            options.ruins = total == nil ? 2 : options.ruins
            let result = PackingSolver.solve(
                part.instance, options: options, start: part.packing(of: best), watch: solvers)
            try watch.check()
            bound += part.makespan(result.bound)
            blocks += result.packing.bins.map { bin in bin.map { part.lots[$0] } }
        }
        return (relaxation.arranged(blocks), bound)
    }

    /// Searches over ordered blocks from each of `starts`, which need not fit the window.
    private static func search(
        _ problem: PackingProblem, from starts: [[[Int]]], bound: Int64, rules: LineRules,
        watch: PlanningWatch
    ) throws(PlanningCancelled) -> [[Int]] {
        let total = watch.secondsLeft()
        let limit = total == nil ? searchLooks.withoutTime : searchLooks.withTime
        let looks = min(limit * problem.lotCount, searchLooks.most) / starts.count
        var best: (blocks: [[Int]], makespan: Int64)?
        for (index, start) in starts.enumerated() {
            var search = BlockSearch(problem, start: start, seed: UInt64(index))
            watch.progress(
                ScheduleProgress(
                    fraction: 0.6 + 0.2 * Double(index), message: "Moving lots between blocks",
                    bestMakespan: rules.hours(Ticks(search.bestMakespan)), bound: rules.hours(Ticks(bound))))
            // The time that is left is shared by the starts that are left.
            let begin = watch.secondsLeft() ?? 0
            let end = begin * (1 - 1 / Double(starts.count - index))
            try search.run(looks: looks, target: bound, watch: watch) {
                total == nil || begin <= end ? 0 : (begin - (watch.secondsLeft() ?? 0)) / (begin - end)
            }
            if best.map({ search.bestMakespan < $0.makespan }) ?? true {
                best = (search.best, search.bestMakespan)
            }
        }
        return best?.blocks ?? starts[0]
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
        try portfolio.addSearch()
        let makespan = task.config.rules.hours(Ticks(PackingProblem(task).makespan(of: portfolio.best)))
        watch.progress(
            ScheduleProgress(fraction: 0.1, message: "Packed by the heuristics", bestMakespan: makespan))
        return portfolio.best
    }
}
