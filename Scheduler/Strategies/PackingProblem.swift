import SchedulingCore

/// A planning task in the terms of packing: numbers only, types by index.
struct PackingProblem {
    /// Each lot's fill in ticks, by its place in the input.
    let fill: [Int64]
    /// Each lot's type, an index into `typeNames`.
    let type: [Int]
    /// The types in the order in which the input first names them.
    let typeNames: [String]
    let ids: [String]
    /// What breaks ties between lots.
    let urgency: Urgency
    /// What a block's fills and changeovers may last together.
    let window: Int64
    let clean: Int64
    let sameChangeover: Int64
    let otherChangeover: Int64

    init(_ task: PlanningTask) {
        let rules = task.config.rules
        fill = task.lots.map { rules.fillTime(of: $0.vials).count }
        var indices: [String: Int] = [:]
        var names: [String] = []
        type = task.lots.map { lot in
            if let index = indices[lot.type] { return index }
            indices[lot.type] = names.count
            names.append(lot.type)
            return names.count - 1
        }
        typeNames = names
        ids = task.lots.map(\.id)
        urgency = Urgency(task.lots)
        window = rules.ticks(rules.window).count
        clean = rules.ticks(rules.clean).count
        sameChangeover = rules.ticks(rules.sameTypeChangeover).count
        otherChangeover = rules.ticks(rules.otherTypeChangeover).count
    }

    var lotCount: Int { fill.count }

    /// What it takes to run `lot` after a lot of type `previous`, or first in a block if that is nil.
    func cost(of lot: Int, after previous: Int?) -> Int64 {
        guard let previous else { return fill[lot] }
        return fill[lot] + (previous == type[lot] ? sameChangeover : otherChangeover)
    }

    /// The makespan of `blocks` as they stand.
    func makespan(of blocks: [[Int]]) -> Int64 {
        var total: Int64 = 0
        for block in blocks {
            total += clean
            var previous: Int?
            for lot in block {
                total += cost(of: lot, after: previous)
                previous = type[lot]
            }
        }
        return total
    }
}
