/// Solves instances of bin packing with setups, and proves how good the answer is.
package enum PackingSolver {
    /// Looks for the best packing of `instance`, until it is proven or `watch` or a limit of `options` ends
    /// the search; then the best found is returned, with the bound so far.
    ///
    /// - Parameter start: a packing to start from; one that breaks the rules is passed over.
    package static func solve(
        _ instance: PackingInstance, options: SolverOptions = SolverOptions(), start: Packing? = nil,
        watch: SolverWatch = SolverWatch()
    ) -> SolverResult {
        guard instance.itemCount > 0 else {
            return SolverResult(packing: Packing(bins: []), objective: 0, bound: 0, columns: 0, nodes: 0)
        }
        let search = Search(instance, options: options, watch: watch)
        search.run(from: start)
        return search.result
    }
}

/// One search: the best packing so far, the bound so far, and what gets them together.
final class Search {
    let instance: PackingInstance
    let model: PackingModel
    let options: SolverOptions
    let watch: SolverWatch
    var random: SplitMix

    /// The best packing, and its cost in the unit of the model.
    private(set) var packing = Packing(bins: [])
    private(set) var incumbent = Int64.max
    /// No packing costs less, in the unit of the model.
    private(set) var bound: Int64
    var columns = 0
    var nodes = 0

    init(_ instance: PackingInstance, options: SolverOptions, watch: SolverWatch) {
        self.instance = instance
        self.options = options
        self.watch = watch
        model = PackingModel(instance)
        random = SplitMix(seed: options.seed)
        bound = model.leastCost
    }

    var isOver: Bool { isProven || watch.isOver }
    var isProven: Bool { bound >= incumbent }

    var result: SolverResult {
        SolverResult(
            packing: packing, objective: incumbent * model.costUnit,
            bound: min(bound, incumbent) * model.costUnit, columns: columns, nodes: nodes)
    }

    func run(from start: Packing?) {
        if let start { offer(start) }
        var found = FitDecreasing.variants(of: model, watch: watch)
        for bins in found { offer(bins) }
        guard !isOver else { return }
        found.sort { ($0.cost, -$0.unevenness) < ($1.cost, -$1.unevenness) }
        for bins in found.prefix(2) where !isOver { improve(bins, thousands: options.ruins) }
        guard !isOver else { return }
        let tree = SearchTree(self)
        tree.run()
    }

    /// Takes bins apart and fills them again, `thousands` of times; fewer where there are many bins.
    /// - Returns: the patterns of the best bins.
    @discardableResult
    func improve(_ bins: BinSet, thousands: Int) -> [Pattern] {
        guard bins.bins.count > 1, thousands > 0 else { return bins.patterns }
        let steps = min(thousands * 1_000, thousands * 300_000 / bins.bins.count)
        var ruin = RuinAndRecreate(bins, seed: random.next())
        ruin.run(steps: max(100, steps), target: bound, watch: watch)
        offer(ruin.best)
        return ruin.best.patterns
    }

    /// Keeps `bins` if they are a better packing.
    func offer(_ bins: BinSet) {
        guard bins.cost < incumbent, let packing = bins.packing else { return }
        offer(packing)
    }

    /// Bins for `patterns`, improved a little.
    /// - Returns: the patterns of the bins that came out.
    @discardableResult
    func offer(_ patterns: [Pattern]) -> [Pattern] {
        let bins = BinSet(realizing: patterns, of: model)
        offer(bins)
        return isOver ? bins.patterns : improve(bins, thousands: options.ruins / 6)
    }

    /// Keeps a packing if the instance says that it is one, and a better one.
    private func offer(_ new: Packing) {
        guard let cost = instance.cost(of: new) else { return }
        let inUnits = cost / model.costUnit
        guard inUnits < incumbent else { return }
        incumbent = inUnits
        packing = new
        report()
    }

    func raise(bound new: Int64) {
        guard new > bound else { return }
        bound = min(new, incumbent)
        report()
    }

    private func report() {
        watch.progress(
            SolverProgress(
                objective: incumbent * model.costUnit, bound: min(bound, incumbent) * model.costUnit,
                nodes: nodes))
    }
}
