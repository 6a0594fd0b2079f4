import SchedulingCore

/// As `smart-pack`, with a pull to stay on the type and, on it, to take short fills first.
///
/// The pull enters the score; on each run of a type within a block, lots go from the shortest fill to the
/// longest, which costs nothing.
package struct HybridPack: Strategy {
    package init() {}

    /// What a lot that stays on the type is worth, as thousandths of its changeover.
    static let pull: Int64 = 300

    package func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
        var portfolio = Portfolio(task, watch: watch)
        try portfolio.addDefinitions(task.config)
        try portfolio.addFitDecreasing()
        try portfolio.addScores(staying: Self.pull, looksAtShortFills: true)
        try portfolio.addSearch()
        let blocks = portfolio.best.map { Self.shortFirst($0, of: task.lots) }
        return Decision(sequence: LotSequence(blocks: portfolio.arranged(blocks, sortsRuns: false)))
    }

    /// `block` with every run of one type from the shortest fill to the longest.
    private static func shortFirst(_ block: [Int], of lots: [Lot]) -> [Int] {
        var sorted: [Int] = []
        for run in block.chunkedRuns(by: { lots[$0].type == lots[$1].type }) {
            sorted += run.sorted { (lots[$0].vials, $0) < (lots[$1].vials, $1) }
        }
        return sorted
    }
}
