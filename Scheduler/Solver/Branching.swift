/// Chooses a row of the master whose value is not whole, and splits a node at it.
enum Branching {
    /// A range row, by its place, and the whole number below its value.
    struct Split: Hashable {
        var place: Int
        var floor: Int
    }

    private static let tolerance = 1e-5
    /// The most items that a new row of branching asks for.
    private static let mostLeast = 4

    /// - Returns: nil if every row that could be branched on is whole.
    static func split(_ solution: Master.Solution, _ master: Master) -> Split? {
        let model = master.model
        var bins = 0.0
        var openings = Array(repeating: 0.0, count: model.classes.count)
        for (pattern, value) in zip(master.patterns, solution.patterns) where value > 1e-9 {
            bins += value
            for index in pattern.opened { openings[Int(index)] += value }
        }
        if let floor = wholeBelow(bins) { return Split(place: 0, floor: floor) }
        let candidates = openings.enumerated().compactMap { index, value in
            wholeBelow(value).map { (index, $0, distance(value)) }
        }
        if let most = candidates.min(by: { $0.2 < $1.2 }) { return Split(place: 1 + most.0, floor: most.1) }
        return prefixSplit(solution, master)
    }

    /// The split at the prefix row that is nearest to a half.
    private static func prefixSplit(_ solution: Master.Solution, _ master: Master) -> Split? {
        let model = master.model
        var values: [PrefixRow: Double] = [:]
        for (pattern, value) in zip(master.patterns, solution.patterns) where value > 1e-9 {
            for index in pattern.opened {
                let types = model.classes[Int(index)].types
                var count = 0
                for entry in pattern.entries where types.contains(Int(entry.type)) {
                    // From this prefix on the bin holds at least so many.
                    for least in (count + 1)...(count + Int(entry.count)) where least <= mostLeast {
                        for prefix in (Int(entry.type) - types.lowerBound + 1)...types.count {
                            let row = PrefixRow(classIndex: Int(index), prefix: prefix, least: least)
                            values[row, default: 0] += value
                        }
                    }
                    count += Int(entry.count)
                }
            }
        }
        var best: (row: PrefixRow, floor: Int, distance: Double)?
        for (row, value) in values {
            guard let floor = wholeBelow(value) else { continue }
            let distance = distance(value)
            if let found = best, (found.distance, found.row.order) <= (distance, row.order) { continue }
            best = (row, floor, distance)
        }
        return best.map { Split(place: master.place(of: $0.row), floor: $0.floor) }
    }

    /// The whole number below `value`; nil if it is whole.
    private static func wholeBelow(_ value: Double) -> Int? {
        (value - value.rounded()).magnitude > tolerance ? Int(value.rounded(.down)) : nil
    }

    /// How far the part after the point is from a half, in steps that noise does not change.
    private static func distance(_ value: Double) -> Double {
        ((value - value.rounded(.down) - 0.5).magnitude * 1e6).rounded()
    }
}

extension PrefixRow {
    /// So that of equals it is always the same one.
    fileprivate var order: Int { (classIndex << 40) + (prefix << 8) + least }
}
