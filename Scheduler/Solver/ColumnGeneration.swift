/// Solves the linear programme of a node over all patterns, those that are not known yet included, and proves
/// a bound on the way.
final class ColumnGeneration {
    let master: Master
    private let model: PackingModel
    private let table: PatternTable
    private let watch: SolverWatch
    private let columnMemory: Int

    /// Multiplier prices with the bound that they prove.
    struct Proof {
        var prices: Prices
        /// What the prices make of demands and ranges, in 1/scale.
        var base: Int128
        /// How far a pattern's reduced cost may be below 0; at most 0.
        var deficit: Int64
        /// No solution of the node has more bins that could make use of the deficit.
        var mostBins: Int

        /// No solution of the node costs less than this, in 1/scale.
        var scaled: Int128 { base + Int128(mostBins) * Int128(deficit) }

        /// No solution of the node costs less than this.
        var bound: Int64 {
            let scale = Int128(prices.scale)
            let down = scaled >= 0 ? (scaled + scale - 1) / scale : -((-scaled) / scale)
            return Int64(clamping: down)
        }
    }

    struct Outcome {
        /// The best proof; nil if there is none.
        var proof: Proof?
        /// The last solution of the master.
        var solution: Master.Solution?
        /// Whether `solution` is the optimum over all patterns, as far as can be told.
        var isConverged: Bool
    }

    /// The rounds of pricing, each without the items of those before, after one solution of the master.
    private static let patternsPerRound = 16
    private static let walkSteps = 40_000

    init(_ model: PackingModel, memory: Int, watch: SolverWatch) {
        self.model = model
        self.watch = watch
        master = Master(model)
        table = PatternTable(model, memory: memory / 2)
        columnMemory = memory / 2
    }

    var isFull: Bool { master.memory >= columnMemory }

    /// - Parameters:
    ///   - demands: how many items of each type are to be covered; all of them for a bound on the whole.
    ///   - ranges: the node, with all range rows of the master.
    ///   - incumbent: bounds are only sought up to this cost.
    ///   - rounds: the most solutions of the master.
    func run(demands: [Int], ranges: Ranges, incumbent: Int64, rounds: Int = .max) -> Outcome {
        var outcome = Outcome(proof: nil, solution: nil, isConverged: false)
        master.setBounds(demands: demands, ranges: ranges)
        var method = LinearProgram.Method.dual
        var round = 0
        while round < rounds, !watch.isOver {
            round += 1
            guard let solution = master.solve(method, seconds: watch.secondsLeft()) else { return outcome }
            method = .primal
            outcome.solution = solution
            guard let prices = Prices(duals: solution.duals, rows: master.prefixRows, model: model),
                table.build(prices, available: model.types.map(\.count), model: model, for: .pricing)
            else { return outcome }
            let threshold = Double(model.binCost * prices.scale - prices.bins)
            var walk = PatternWalk(table, model)
            let (first, worth) = walk.best(above: threshold, steps: Self.walkSteps)
            let proof = proof(prices, worth: worth, demands: demands, ranges: ranges, incumbent: incumbent)
            if outcome.proof.map({ $0.isWeaker(than: proof) }) ?? true { outcome.proof = proof }
            if let bound = outcome.proof?.bound {
                if bound >= incumbent { return outcome }
                // Rounded up, the bound cannot grow any more.
                if solution.artificial < 1e-6, Double(bound) >= solution.objective - 1e-6 {
                    outcome.isConverged = true
                    return outcome
                }
            }
            let added = first.map { master.add(more(after: $0, prices, threshold: threshold)) } ?? 0
            if added == 0 {
                if solution.artificial > 1e-6, master.artificialCost <= Double(incumbent) * 4 {
                    master.setArtificialCost(master.artificialCost * 8)
                    continue
                }
                outcome.isConverged = first == nil && worth <= threshold
                return outcome
            }
            if isFull { return outcome }
        }
        return outcome
    }

    /// `first`, and what pricing finds when the items of those before are taken away.
    private func more(after first: Pattern, _ prices: Prices, threshold: Double) -> [Pattern] {
        var found = [filled(first, prices)]
        var available = model.types.map(\.count)
        var last = found[0]
        while found.count < Self.patternsPerRound, !watch.isOver {
            for entry in last.entries {
                available[Int(entry.type)] = max(0, available[Int(entry.type)] - Int(entry.count))
            }
            guard table.build(prices, available: available, model: model, for: .pricing) else { break }
            var walk = PatternWalk(table, model)
            guard let next = walk.best(above: threshold, steps: Self.walkSteps / 8).pattern else { break }
            last = filled(next, prices)
            found.append(last)
        }
        return found
    }

    /// `pattern` with heavier and further items of its classes in the room that it leaves, if that is not
    /// worth less. Such items have prices of 0, but make better packings.
    private func filled(_ pattern: Pattern, _ prices: Prices) -> Pattern {
        var counts: [Int: Int] = [:]
        for entry in pattern.entries { counts[Int(entry.type)] = Int(entry.count) }
        var room = model.capacity - pattern.weight(in: model)
        for index in pattern.opened {
            for type in model.classes[Int(index)].types {
                while (counts[type] ?? 0) < model.types[type].mostInBin, model.types[type].weight <= room {
                    counts[type, default: 0] += 1
                    room -= model.types[type].weight
                }
            }
        }
        let filled = Pattern(
            entries: counts.sorted { $0.key < $1.key }.map {
                .init(type: Int32($0.key), count: Int32($0.value))
            }, opened: pattern.opened)
        let isBetter = prices.reducedCost(of: filled, in: model) <= prices.reducedCost(of: pattern, in: model)
        return isBetter ? filled : pattern
    }

    /// The bound that `prices` prove by Lagrangian duality, if no pattern is worth more than `worth`.
    ///
    /// For any solution of the node, each bin's cost is at least what its rows are worth plus the least
    /// reduced cost; added up over the bins, rows are worth at least `base`.
    private func proof(
        _ prices: Prices, worth: Double, demands: [Int], ranges: Ranges, incumbent: Int64
    ) -> Proof {
        var base = Int128(0)
        for (price, demand) in zip(prices.types, demands) { base += Int128(price) * Int128(demand) }
        func pay(_ price: Int64, _ place: Int) {
            base += Int128(price) * Int128(price >= 0 ? ranges.lower[place] : ranges.upper[place])
        }
        pay(prices.bins, 0)
        for (index, price) in prices.classes.enumerated() { pay(price, 1 + index) }
        for (row, price) in prices.prefixRows { pay(price, master.place(of: row)) }
        let deficit = min(0, model.binCost * prices.scale - prices.bins - Int64(worth))
        return Proof(prices: prices, base: base, deficit: deficit, mostBins: ranges.upper[0])
    }

    /// All patterns that can be in a solution of the node which costs less than `incumbent`, but for items
    /// that could be added to them.
    /// - Returns: nil if they are more than `most`, or there was no time to find them.
    func allPatterns(_ proof: Proof, below incumbent: Int64, most: Int) -> [Pattern]? {
        let prices = proof.prices
        // One pattern's reduced cost, with the deficit of all other bins, makes up the gap at most.
        let gap =
            (Int128(incumbent) - 1) * Int128(prices.scale) - proof.base
            - Int128(max(0, proof.mostBins - 1)) * Int128(proof.deficit)
        guard gap < 1 << 50,
            table.build(prices, available: model.types.map(\.count), model: model, for: .enumeration)
        else { return nil }
        let floor = Double(model.binCost * prices.scale - prices.bins) - Double(gap)
        var found: Set<Pattern> = []
        var list: [Pattern] = []
        var walk = PatternWalk(table, model)
        let isComplete = walk.all(above: floor - 0.5, steps: 200 * most) { pattern, room in
            guard isMaximal(pattern, room: room, prices) else { return true }
            if found.insert(pattern).inserted { list.append(pattern) }
            return list.count <= most && !(list.count % 256 == 0 && watch.isOver)
        }
        return isComplete ? list : nil
    }

    /// Whether nothing can be added to `pattern` that would leave it in the set. Where a row of branching has
    /// a price that is negative, an item more can cost something, so there every pattern counts.
    private func isMaximal(_ pattern: Pattern, room: Int64, _ prices: Prices) -> Bool {
        var place = 0
        for index in pattern.opened {
            let types = model.classes[Int(index)].types
            let isFree = !prices.prefixRows.contains { $0.row.classIndex == Int(index) && $0.price < 0 }
            var hasItem = false
            for type in types {
                var count = 0
                if place < pattern.entries.count, Int(pattern.entries[place].type) == type {
                    count = Int(pattern.entries[place].count)
                    hasItem = true
                    place += 1
                }
                let item = model.types[type]
                if isFree, item.weight <= room, count < item.mostInBin { return false }
            }
            // A class that is paid for and not used is in no packing.
            if !hasItem { return false }
        }
        return !pattern.opened.isEmpty
    }
}

extension ColumnGeneration.Proof {
    /// Whether `other` proves more.
    func isWeaker(than other: Self) -> Bool {
        scaled * Int128(other.prices.scale) < other.scaled * Int128(prices.scale)
    }
}
