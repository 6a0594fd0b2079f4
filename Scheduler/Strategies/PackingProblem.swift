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
    let changeovers: Changeovers

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
        changeovers = Changeovers(rules, types: names)
    }

    var lotCount: Int { fill.count }

    /// What it takes to run `lot` after a lot of type `previous`, or first in a block if that is nil.
    func cost(of lot: Int, after previous: Int?) -> Int64 {
        guard let previous else { return fill[lot] }
        return fill[lot] + changeovers.ticks(from: previous, to: type[lot])
    }

    /// What the fills and changeovers of `block` take as it stands.
    func span(of block: [Int]) -> Int64 {
        var total: Int64 = 0
        var previous: Int?
        for lot in block {
            total += cost(of: lot, after: previous)
            previous = type[lot]
        }
        return total
    }

    /// The makespan of `blocks` as they stand.
    func makespan(of blocks: [[Int]]) -> Int64 { blocks.reduce(0) { $0 + clean + span(of: $1) } }

    /// Whether `blocks` hold every lot once and each fits the window as it stands.
    func isFeasible(_ blocks: [[Int]]) -> Bool {
        let lots = blocks.joined()
        return lots.count == lotCount && Set(lots).count == lotCount
            && blocks.allSatisfy { span(of: $0) <= window }
    }
}
