/// The integer master over given patterns, by CBC.
struct CoverProgram {
    let model: PackingModel
    let patterns: [Pattern]
    /// For bins and classes; rows of branching are not needed: without them there are more solutions, not
    /// fewer.
    let ranges: Ranges

    /// What came of it.
    struct Outcome {
        /// The patterns of the best solution found that costs less than was asked for; exchanges may have to
        /// turn some of their slots into lighter ones.
        var chosen: [Pattern]?
        /// Whether there is no better one over these patterns.
        var isFinished: Bool
    }

    /// Looks for a solution that costs less than `cutoff`.
    func solve(below cutoff: Int64, nodes: Int, seconds: Double, watch: SolverWatch) -> Outcome {
        let typeCount = model.types.count
        let classCount = model.classes.count
        var programme = IntegerProgram(
            rowLower: model.types.map { Double($0.count) }
                + ranges.lower.prefix(1 + classCount).map { Double($0) },
            rowUpper: Array(repeating: 1e30, count: typeCount)
                + ranges.upper.prefix(1 + classCount).map { Double($0) })
        for pattern in patterns {
            var rows = pattern.entries.map { (index: Int($0.type), value: Double($0.count)) }
            rows.append((typeCount, 1))
            for index in pattern.opened { rows.append((typeCount + 1 + Int(index), 1)) }
            programme.columns.append(
                .init(
                    cost: Double(pattern.cost(in: model)), rows: rows, isInteger: true,
                    upper: Double(mostUses(of: pattern))))
        }
        for each in model.classes {
            for type in each.types.dropLast() {
                programme.columns.append(
                    .init(
                        cost: 0, rows: [(type, -1), (type + 1, 1)], isInteger: false,
                        upper: Double(each.itemCount)))
            }
        }
        let outcome = programme.solve(below: Double(cutoff), nodes: nodes, seconds: seconds, watch: watch)
        let chosen = outcome.values.map { values in
            zip(patterns, values).flatMap { Array(repeating: $0, count: max(0, Int($1.rounded()))) }
        }
        return Outcome(chosen: chosen, isFinished: outcome.isFinished)
    }

    /// Every use serves an item at least, so a best solution never needs more than the items of its classes.
    private func mostUses(of pattern: Pattern) -> Int {
        pattern.opened.reduce(0) { $0 + model.classes[Int($1)].itemCount }
    }
}
