/// The packer of `smart-pack` and `hybrid-pack`: it holds the lots in no fixed order, scores the ways to go
/// on with the open block, and looks ahead over the most promising ones before it takes a lot.
///
/// A block opens with the longest lot left, which is the hardest to place. From there a way to go on is worth
/// less by the hours that its switches of type add and by the slack that it would leave unusable, each hour
/// of it at `slackPrice`; the hours that it gains by filling are slack avoided. What a way would still use
/// after the last lot that is looked at is guessed by staying on the type. The packer takes the first lot of
/// the best way and looks again; when the best is to stop, the block closes.
struct ScorePacker {
    /// What the score counts. An hour that a switch of type adds is worth 1,000.
    struct Weights: Hashable {
        /// For each hour of the window that a way leaves unused; at most `highestSlackPrice`.
        var slackPrice: Int64
        /// For each lot that stays on the type, as hours of a changeover: the pull of `hybrid-pack`.
        var staying: Int64 = 0
        /// Whether the short fills of the current type are looked at as well as the long ones.
        var looksAtShortFills = false
    }

    /// Keeps every value within 64 bits (a window has at most 10^13 ticks).
    static let highestSlackPrice: Int64 = 100_000

    /// How many lots of one type are looked at for one place in a block.
    private static let perType = 4
    /// How many lots in all.
    private static let perPlace = 8
    /// How many lots ahead the packer looks before it guesses.
    private static let depth = 2
    /// How many lots may be passed over, for their type, in one search for another type.
    private static let patience = 64

    private let problem: PackingProblem
    private let weights: Weights
    private var lots: LotIndex

    /// How often each type is in the open block and in the way that is being looked at.
    private var open: [Int]
    private var way: [Int] = []
    private var bestFirst: Int?
    private var bestValue = Int64.min
    /// The ways looked at so far: the measure of the packer's work.
    private(set) var work = 0

    init(_ problem: PackingProblem, _ weights: Weights) {
        self.problem = problem
        self.weights = weights
        lots = LotIndex(problem)
        open = Array(repeating: 0, count: problem.typeNames.count)
    }

    /// The blocks for all lots.
    /// - Throws: `PlanningCancelled` soon after `watch` says so.
    mutating func pack(watch: PlanningWatch) throws(PlanningCancelled) -> [[Int]] {
        var blocks: [[Int]] = []
        while let longest = lots.longest {
            try watch.check()
            var block: [Int] = []
            var room = problem.window
            var last: Int?
            var lot: Int? = longest
            while let taken = lot {
                room -= problem.cost(of: taken, after: last.map { problem.type[$0] })
                take(taken)
                block.append(taken)
                last = taken
                lot = next(after: taken, room: room)
            }
            for lot in block { open[problem.type[lot]] -= 1 }
            blocks.append(block)
        }
        return blocks
    }

    private mutating func take(_ lot: Int) {
        lots.remove(lot)
        open[problem.type[lot]] += 1
    }

    /// The lot to take after `last`; nil if it is better to stop.
    private mutating func next(after last: Int, room: Int64) -> Int? {
        bestValue = .min
        bestFirst = nil
        look(after: last, room: room, value: 0, depth: Self.depth)
        return bestFirst
    }

    /// Looks at every way to go on after `last`, stopping at once among them.
    private mutating func look(after last: Int, room: Int64, value: Int64, depth: Int) {
        work += 1
        let slack = depth > 0 ? room : slackAfterStaying(on: last, room: room)
        let stopping = value - weights.slackPrice * slack
        if stopping > bestValue {
            bestValue = stopping
            bestFirst = way.first
        }
        guard depth > 0 else { return }
        let current = problem.type[last]
        for lot in candidates(after: last, room: room) {
            let type = problem.type[lot]
            way.append(lot)
            open[type] += 1
            look(
                after: lot, room: room - problem.cost(of: lot, after: current),
                value: value - excess(from: current, to: type)
                    + (type == current ? weights.staying * problem.changeovers.same[type] : 0),
                depth: depth - 1)
            open[type] -= 1
            way.removeLast()
        }
    }

    /// What a changeover costs beyond the shortest that leads to `next`, which a lot of it takes in any case.
    private func excess(from current: Int, to next: Int) -> Int64 {
        (problem.changeovers.ticks(from: current, to: next) - problem.changeovers.leastBefore[next]) * 1_000
    }

    /// The room that is left when the longest lots that fit and stay on the type of `last` are taken.
    private mutating func slackAfterStaying(on last: Int, room: Int64) -> Int64 {
        var room = room
        var after = weights.looksAtShortFills ? nil : last
        let changeover = problem.changeovers.same[problem.type[last]]
        while let lot = lots.longest(ofTypeOf: last, after: after, within: room - changeover) {
            after = lot
            if way.contains(lot) { continue }
            room -= problem.cost(of: lot, after: problem.type[last])
        }
        return room
    }

    /// The most promising lots that fit after `last`, most hours gained against the switch first.
    private mutating func candidates(after last: Int, room: Int64) -> [Int] {
        let current = problem.type[last]
        let fitting =
            staying(after: last, within: room - problem.changeovers.same[current])
            + switching(from: current, within: room)
        var found = fitting.map { lot in
            (lot: lot, gain: problem.fill[lot] * 1_000 - excess(from: current, to: problem.type[lot]))
        }
        found.sort { ($0.gain, $1.lot) > ($1.gain, $0.lot) }
        return found.prefix(Self.perPlace).map(\.lot)
    }

    /// Lots of the type of `last` with fills of at most `room`. Those longer than `last` were looked at when
    /// it was chosen, so that no set of lots is looked at twice.
    private mutating func staying(after last: Int, within room: Int64) -> [Int] {
        var found: [Int] = []
        var after = weights.looksAtShortFills ? nil : last
        while found.count < Self.perType, let lot = lots.longest(ofTypeOf: last, after: after, within: room) {
            after = lot
            if !way.contains(lot) { found.append(lot) }
        }
        guard weights.looksAtShortFills else { return found }
        var before: Int?
        while found.count < 2 * Self.perType,
            let lot = lots.shortest(ofTypeOf: last, before: before, within: room)
        {
            before = lot
            if found.contains(lot) { break }
            if !way.contains(lot) { found.append(lot) }
        }
        return found
    }

    /// Lots that fit `room` after a lot of type `current`, of types that the block has not had: it does not
    /// come back to a type.
    private mutating func switching(from current: Int, within room: Int64) -> [Int] {
        guard let least = problem.changeovers.leastSwitch[current] else { return [] }
        var found: [Int] = []
        var patience = Self.patience
        var after: Int?
        while found.count < Self.perPlace, patience > 0,
            let lot = lots.longest(after: after, within: room - least)
        {
            after = lot
            patience -= 1
            let type = problem.type[lot]
            guard open[type] == 0, problem.cost(of: lot, after: current) <= room else { continue }
            if found.count(where: { problem.type[$0] == type }) < Self.perType { found.append(lot) }
        }
        return found
    }
}
