/// Packs lots that are held in a fixed order: the rule for taking of `spt-pack`, `lpt-pack` and `cfs-pack`.
///
/// While any lot fits the open block, the first that fits and continues the current type is taken (any that
/// fits, if the block is empty), else the first that fits; when none fits, the block closes. Lots that are
/// passed over keep their place. Each lot is found in logarithmic time, so that as many lots as the service
/// takes are packed in milliseconds.
enum OrderedPacker {
    /// The blocks for the lots in `order`.
    /// - Throws: `PlanningCancelled` soon after `watch` says so.
    static func pack(
        _ problem: PackingProblem, order: [Int], watch: PlanningWatch
    ) throws(PlanningCancelled) -> [[Int]] {
        var waiting = OrderedLots(problem, order: order)
        var blocks: [[Int]] = []
        while true {
            try watch.check()
            var block: [Int] = []
            var room = problem.window
            var current: Int?
            while let lot = waiting.take(within: room, after: current) {
                room -= problem.cost(of: lot, after: current)
                current = problem.type[lot]
                block.append(lot)
            }
            // Nothing fits an empty block only if no lot is left: one that alone exceeds the window is in no
            // task.
            guard !block.isEmpty else { return blocks }
            blocks.append(block)
        }
    }
}

/// The lots that are not packed yet, in their order, within each type and over the types that changeovers do
/// not tell apart.
private struct OrderedLots {
    private let problem: PackingProblem
    private let order: [Int]
    private var byType: [Shelf]
    /// By row of the changeovers.
    private var byRow: [Shelf]

    /// Some of the lots.
    private struct Shelf {
        /// Their fills.
        var fills: LeastTree
        /// Where in the order they stand.
        let places: [Int]

        /// The place in the order of the first lot with a fill of at most `room`.
        func first(atMost room: Int64) -> Int? { fills.first(atMost: room).map { places[$0] } }
    }

    /// Where among the lots of its type, and of its row, each lot of the order stands.
    private var shelved: [(inType: Int, inRow: Int)] = []

    init(_ problem: PackingProblem, order: [Int]) {
        self.problem = problem
        self.order = order
        var types: [[Int]] = Array(repeating: [], count: problem.typeNames.count)
        var rows: [[Int]] = Array(repeating: [], count: problem.changeovers.members.count)
        for (place, lot) in order.enumerated() {
            let type = problem.type[lot]
            let row = problem.changeovers.row(of: type)
            shelved.append((types[type].count, rows[row].count))
            types[type].append(place)
            rows[row].append(place)
        }
        func shelf(_ places: [Int]) -> Shelf {
            Shelf(fills: LeastTree(places.map { problem.fill[order[$0]] }), places: places)
        }
        byType = types.map(shelf)
        byRow = rows.map(shelf)
    }

    /// Takes the next lot that fits `room` after a lot of type `current`; nil if none does.
    mutating func take(within room: Int64, after current: Int?) -> Int? {
        guard let place = next(within: room, after: current) else { return nil }
        let lot = order[place]
        let type = problem.type[lot]
        byType[type].fills.remove(at: shelved[place].inType)
        byRow[problem.changeovers.row(of: type)].fills.remove(at: shelved[place].inRow)
        return lot
    }

    private func next(within room: Int64, after current: Int?) -> Int? {
        guard let current else { return byRow.compactMap { $0.first(atMost: room) }.min() }
        let changeovers = problem.changeovers
        let same = changeovers.same[current]
        if let place = byType[current].first(atMost: room - same) { return place }
        var first: Int?
        for (row, shelf) in byRow.enumerated() {
            let rest = room - changeovers.ticks(from: current, toRow: row)
            let place: Int?
            if row != changeovers.row(of: current) || rest <= room - same {
                // No lot of the current type fits with its own changeover, so none does with a longer one.
                place = shelf.first(atMost: rest)
            } else {
                place = changeovers.members[row].lazy.filter { $0 != current }
                    .compactMap { byType[$0].first(atMost: rest) }.min()
            }
            first = [first, place].compactMap(\.self).min()
        }
        return first
    }
}
