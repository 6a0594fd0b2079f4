/// How many bins there may be, how many may open each class, and how many a row of branching may include: a
/// node of the search tree. Figures are in the order of the master's range rows: bins, classes, prefix rows.
struct Ranges: Hashable {
    var lower: [Int]
    var upper: [Int]

    /// The same figures for a master that has more rows by now.
    func extended(to count: Int, most: Int) -> Ranges {
        var all = self
        while all.lower.count < count {
            all.lower.append(0)
            all.upper.append(most)
        }
        return all
    }
}

/// The set-covering master over the patterns that are known, as a linear programme.
///
/// Its rows: a type's items are covered as often as there are items; then the range rows. Its columns: one
/// artificial for each row, which makes it feasible; exchanges, which turn the slot of an item into one for
/// the next lighter type of its class and so keep the duals in order; the patterns.
final class Master {
    let model: PackingModel
    private let programme: LinearProgram
    private(set) var patterns: [Pattern] = []
    private(set) var prefixRows: [PrefixRow] = []
    /// The heavier and the lighter type of each exchange.
    let exchanges: [(from: Int, to: Int)]
    private var known: Set<Pattern> = []
    private var knownRows: [PrefixRow: Int] = [:]
    /// Which column each pattern is, and the artificial of each row.
    private var columnOf: [Int] = []
    private var artificialOf: [Int] = []
    private var costs: [Double] = []
    private(set) var artificialCost: Double
    /// About the bytes that patterns and columns take.
    private(set) var memory = 0

    /// A solution in terms of patterns.
    struct Solution {
        var objective: Double
        /// How often each pattern is used.
        var patterns: [Double]
        var duals: [Double]
        /// How much of the rows only artificials fulfil.
        var artificial: Double
    }

    init(_ model: PackingModel) {
        self.model = model
        exchanges = model.classes.flatMap { each in
            each.types.dropLast().map { (from: $0, to: $0 + 1) }
        }
        let rows = model.types.count + 1 + model.classes.count
        programme = LinearProgram(
            rowLower: Array(repeating: 0, count: rows),
            rowUpper: Array(repeating: .greatestFiniteMagnitude, count: rows))
        artificialCost = Double(model.binCost + (model.classes.map(\.setupCost).max() ?? 0) + 1)
        artificialOf = Array(0..<rows)
        add((0..<rows).map { (artificialCost, [($0, 1)]) })
        add(exchanges.map { (0, [($0.from, -1), ($0.to, 1)]) })
    }

    var typeCount: Int { model.types.count }
    /// Bins, classes and prefix rows.
    var rangeCount: Int { 1 + model.classes.count + prefixRows.count }

    private func add(_ columns: [(cost: Double, rows: LinearProgram.Vector)]) {
        programme.addColumns(columns)
        costs += columns.map(\.cost)
    }

    /// Adds those of `new` that are not known.
    /// - Returns: how many those are.
    @discardableResult
    func add(_ new: [Pattern]) -> Int {
        var columns: [(cost: Double, rows: LinearProgram.Vector)] = []
        for pattern in new where known.insert(pattern).inserted {
            columnOf.append(costs.count + columns.count)
            patterns.append(pattern)
            let rows = coefficients(of: pattern)
            memory += 200 + 48 * rows.count
            columns.append((Double(pattern.cost(in: model)), rows))
        }
        add(columns)
        return columns.count
    }

    private func coefficients(of pattern: Pattern) -> LinearProgram.Vector {
        var rows = pattern.entries.map { (index: Int($0.type), value: Double($0.count)) }
        rows.append((typeCount, 1))
        for index in pattern.opened { rows.append((typeCount + 1 + Int(index), 1)) }
        let first = typeCount + 1 + model.classes.count
        for (place, row) in prefixRows.enumerated() where row.includes(pattern, in: model) {
            rows.append((first + place, 1))
        }
        return rows
    }

    /// The place of `row` among the range rows; it is added if it is new.
    func place(of row: PrefixRow) -> Int {
        if let place = knownRows[row] { return place }
        let columns = patterns.indices.filter { row.includes(patterns[$0], in: model) }
        programme.addRow(columns.map { (columnOf[$0], 1) }, lower: 0, upper: .greatestFiniteMagnitude)
        let place = rangeCount
        knownRows[row] = place
        prefixRows.append(row)
        artificialOf.append(costs.count)
        add([(artificialCost, [(typeCount + place, 1)])])
        return place
    }

    /// Lets `demands[t]` items of each type be covered within `ranges`, which has all range rows.
    func setBounds(demands: [Int], ranges: Ranges) {
        programme.setBounds(
            lower: demands.map { Double($0) } + ranges.lower.map { Double($0) },
            upper: Array(repeating: .greatestFiniteMagnitude, count: typeCount)
                + ranges.upper.map { Double($0) })
    }

    /// What an artificial costs.
    func setArtificialCost(_ cost: Double) {
        artificialCost = cost
        for column in artificialOf { costs[column] = cost }
        programme.setCosts(costs)
    }

    /// - Returns: nil if the solver found no optimum.
    func solve(_ method: LinearProgram.Method, seconds: Double?) -> Solution? {
        guard let solution = programme.solve(method, seconds: seconds) else { return nil }
        return Solution(
            objective: solution.objective, patterns: columnOf.map { solution.columns[$0] },
            duals: solution.duals, artificial: artificialOf.reduce(0) { $0 + solution.columns[$1] })
    }
}
