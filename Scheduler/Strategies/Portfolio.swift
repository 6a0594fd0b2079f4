import SchedulingCore

/// Packs the same lots in several ways and keeps the best: what makes `smart-pack` and `hybrid-pack` never
/// worse than any of the three definitions.
struct Portfolio {
    private let problem: PackingProblem
    private let rules: LineRules
    private let watch: PlanningWatch
    private let order: BlockOrder
    /// The best so far; of equals, the first.
    private(set) var best: [[Int]] = []
    private var bestMakespan = Int64.max

    init(_ task: PlanningTask, watch: PlanningWatch) {
        problem = PackingProblem(task)
        rules = task.config.rules
        order = BlockOrder(problem)
        self.watch = watch
    }

    /// The prices of slack that a score packer is tried with, in hundredths of the natural price, those that
    /// won most often on random lots first: where the work is bounded, the later ones are left out.
    private static let slackPrices: [Int64] = [
        64, 400, 240, 160, 10, 100, 120, 88, 56, 72, 80, 68, 60, 76, 50, 40, 25, 1_000,
    ]

    /// The most ways that all score packers together look at before no further one starts: about a second.
    private static let mostWork = 1_000_000

    /// The most blocks that the fits look at together, which is some tenths of a second; every lot may look
    /// at every block. 5,000 lots in 2,000 blocks still get all of them.
    private static let mostLooks = 30_000_000

    /// The most places that the search looks at for each lot, and for all together: some hundredths of a
    /// second.
    private static let searchLooks = (each: 500, most: 1_000_000)

    /// Packs by the definitions of `spt-pack`, `lpt-pack` and `cfs-pack`.
    mutating func addDefinitions(_ config: PlanningConfig) throws(PlanningCancelled) {
        let orders = [
            LPTPack.order(of: problem),
            CFSPack.order(of: problem, clusters: config.clusterOrder, within: config.withinCluster),
            SPTPack.order(of: problem),
        ]
        for order in orders { offer(try OrderedPacker.pack(problem, order: order, watch: watch)) }
        report(0.2, "Packed by the three definitions")
    }

    /// Packs by first fit and best fit, longest fills first over all lots and within each type, as far as the
    /// number of lots allows: what these take grows with its square.
    /// - Precondition: there is a packing already; its blocks tell how many these will have.
    mutating func addFitDecreasing() throws(PlanningCancelled) {
        let orders = [
            LPTPack.order(of: problem),
            CFSPack.order(of: problem, clusters: .count, within: .longestFirst),
        ]
        let looks = problem.lotCount * best.count / 2
        var looksLeft = Self.mostLooks
        for order in orders {
            for rule in FitDecreasing.Rule.allCases where looks <= looksLeft && !watch.isOutOfTime() {
                looksLeft -= looks
                offer(try FitDecreasing.pack(problem, order: order, rule: rule, watch: watch))
            }
        }
        report(0.4, "Packed by first fit and best fit")
    }

    /// Packs by score, once for each price of slack.
    mutating func addScores(staying: Int64, looksAtShortFills: Bool) throws(PlanningCancelled) {
        var work = 0
        for (index, percent) in Self.slackPrices.enumerated() {
            guard work < Self.mostWork, !watch.isOutOfTime() else { break }
            let price = min(naturalSlackPrice * percent / 100, ScorePacker.highestSlackPrice)
            var packer = ScorePacker(
                problem,
                .init(slackPrice: price, staying: staying, looksAtShortFills: looksAtShortFills))
            offer(try packer.pack(watch: watch))
            work += packer.work
            report(0.4 + 0.6 * Double(index + 1) / Double(Self.slackPrices.count), "Packing by score")
        }
    }

    /// Where the order of types matters, takes blocks of the best packing apart and fills them again.
    mutating func addSearch() throws(PlanningCancelled) {
        guard problem.changeovers.uniformSwitch == nil, !watch.isOutOfTime() else { return }
        var search = BlockSearch(problem, start: best, seed: 1)
        let looks = min(Self.searchLooks.each * problem.lotCount, Self.searchLooks.most)
        try search.run(looks: looks, watch: watch)
        offer(search.best)
        report(1, "Moved lots between blocks")
    }

    /// `blocks` with the urgent lots as early as they can be without costing time.
    func arranged(_ blocks: [[Int]], sortsRuns: Bool) -> [[Int]] {
        problem.urgency.arranged(blocks, of: problem, sortsRuns: sortsRuns)
    }

    /// What a block costs beyond its lots and types, for each hour that it holds: a clean, less the
    /// changeover that its first lot saves. In thousandths, and never so little that slack would not count.
    private var naturalSlackPrice: Int64 {
        let cost = problem.clean - problem.changeovers.meanSwitch
        let hours = problem.window + problem.changeovers.meanSwitch
        return max(cost * 1_000 / hours, 20)
    }

    /// Keeps `blocks` if they are better, each in the best order that is found where the order matters.
    private mutating func offer(_ blocks: [[Int]]) {
        var blocks = blocks
        if problem.changeovers.uniformSwitch == nil { blocks = blocks.map(order.arranged) }
        let makespan = problem.makespan(of: blocks)
        if makespan < bestMakespan {
            bestMakespan = makespan
            best = blocks
        }
    }

    private func report(_ fraction: Double, _ message: String) {
        watch.progress(
            ScheduleProgress(
                fraction: fraction, message: message, bestMakespan: rules.hours(Ticks(bestMakespan))))
    }
}
