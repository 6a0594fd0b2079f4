/// Rounds a solution of the master up, a few patterns at a time, with new columns for what is left.
struct Dive {
    let generation: ColumnGeneration
    let model: PackingModel
    let watch: SolverWatch

    /// The rounds of column generation after each rounding.
    private static let rounds = 4

    /// Patterns that cover all items, or most of them if there was no time.
    /// - Parameter taste: 0 takes the pattern with the largest part; more lets chance in.
    func run(from start: Master.Solution, in ranges: Ranges, taste: Double, random: inout SplitMix)
        -> [Pattern]
    {
        var demands = model.types.map(\.count)
        var ranges = ranges
        var chosen: [Pattern] = []
        var solution = start
        while demands.contains(where: { $0 > 0 }), !watch.isOver {
            let patterns = generation.master.patterns
            var picked: [Pattern] = []
            var bestPart = 0.0
            var best: Pattern?
            for (pattern, value) in zip(patterns, solution.patterns) where value > 1e-6 {
                for _ in 0..<Int((value + 0.05).rounded(.down)) { picked.append(pattern) }
                let part = value - value.rounded(.down) + taste * random.unit()
                if part > bestPart {
                    bestPart = part
                    best = pattern
                }
            }
            if picked.isEmpty, let best { picked = [best] }
            let before = demands
            for pattern in picked { take(pattern, from: &demands, &ranges, into: &chosen) }
            if demands == before { break }
            if !demands.contains(where: { $0 > 0 }) { break }
            let outcome = generation.run(
                demands: demands, ranges: ranges, incumbent: .max / 8, rounds: Self.rounds)
            guard let next = outcome.solution else { break }
            solution = next
        }
        return chosen
    }

    /// A use of `pattern`, if it covers anything that is left.
    private func take(
        _ pattern: Pattern, from demands: inout [Int], _ ranges: inout Ranges, into chosen: inout [Pattern]
    ) {
        var covers = false
        for entry in pattern.entries {
            let type = Int(entry.type)
            var left = Int(entry.count)
            // A slot that its own type has no item for serves the next lighter one.
            let range = model.classes[model.types[type].classIndex].types
            for other in type..<range.upperBound where left > 0 && demands[other] > 0 {
                let used = min(left, demands[other])
                demands[other] -= used
                left -= used
                covers = true
            }
        }
        guard covers else { return }
        chosen.append(pattern)
        func less(_ place: Int) {
            ranges.lower[place] = max(0, ranges.lower[place] - 1)
            ranges.upper[place] = max(0, ranges.upper[place] - 1)
        }
        less(0)
        for index in pattern.opened { less(1 + Int(index)) }
        for (place, row) in generation.master.prefixRows.enumerated() where row.includes(pattern, in: model) {
            less(1 + model.classes.count + place)
        }
    }
}
