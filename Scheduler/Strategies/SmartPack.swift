import SchedulingCore

/// No fixed order: a score weighs the hours gained against the cost of switching type and the slack that
/// would be left unusable, with a short look-ahead over the best few candidates (`ScorePacker`).
///
/// What an hour of slack is worth depends on the lots, so several prices are tried; the best schedule of
/// these, of first fit and best fit, and of the three definitions is the answer.
package struct SmartPack: Strategy {
    package init() {}

    package func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
        var portfolio = Portfolio(task, watch: watch)
        try portfolio.addDefinitions(task.config)
        try portfolio.addFitDecreasing()
        try portfolio.addScores(staying: 0, looksAtShortFills: false)
        try portfolio.addSearch()
        let blocks = portfolio.arranged(portfolio.best, sortsRuns: true)
        return Decision(sequence: LotSequence(blocks: blocks))
    }
}
