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

/// The lots that are not packed yet, in their order, over all types and within each.
private struct OrderedLots {
    private let problem: PackingProblem
    private let order: [Int]
    /// The fills of all lots.
    private var all: LeastTree
    /// The fills of each type's lots.
    private var byType: [LeastTree]
    /// Where in the order each type's lots stand.
    private let places: [[Int]]
    /// Where among the lots of its type each lot of the order stands.
    private let placesInType: [Int]

    init(_ problem: PackingProblem, order: [Int]) {
        self.problem = problem
        self.order = order
        all = LeastTree(order.map { problem.fill[$0] })
        var places: [[Int]] = Array(repeating: [], count: problem.typeNames.count)
        var placesInType: [Int] = []
        placesInType.reserveCapacity(order.count)
        for (place, lot) in order.enumerated() {
            placesInType.append(places[problem.type[lot]].count)
            places[problem.type[lot]].append(place)
        }
        byType = places.map { LeastTree($0.map { problem.fill[order[$0]] }) }
        self.places = places
        self.placesInType = placesInType
    }

    /// Takes the next lot that fits `room` after a lot of type `current`; nil if none does.
    mutating func take(within room: Int64, after current: Int?) -> Int? {
        guard let place = next(within: room, after: current) else { return nil }
        let lot = order[place]
        all.remove(at: place)
        byType[problem.type[lot]].remove(at: placesInType[place])
        return lot
    }

    private func next(within room: Int64, after current: Int?) -> Int? {
        guard let current else { return all.first(atMost: room) }
        if let place = first(of: current, atMost: room - problem.sameChangeover) { return place }
        let rest = room - problem.otherChangeover
        // With the shorter changeover no lot of the current type fits, so none does with the longer one.
        if problem.sameChangeover <= problem.otherChangeover { return all.first(atMost: rest) }
        return byType.indices.lazy.filter { $0 != current }.compactMap { first(of: $0, atMost: rest) }.min()
    }

    /// The place in the order of the first lot of `type` with a fill of at most `room`.
    private func first(of type: Int, atMost room: Int64) -> Int? {
        byType[type].first(atMost: room).map { places[type][$0] }
    }
}
