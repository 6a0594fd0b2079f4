/// The lots that are not placed yet, longest fill first, over all types and within each.
struct LotIndex {
    private let type: [Int]
    /// All lots.
    private var all: WaitingLots
    /// Type after type.
    private var byType: WaitingLots
    private let ranges: [Range<WaitingLots.Slot>]

    init(_ problem: PackingProblem) {
        let (fill, type) = (problem.fill, problem.type)
        let lots = 0..<problem.lotCount
        self.type = type
        all = WaitingLots(
            problem, order: lots.sorted { (-fill[$0], type[$0], $0) < (-fill[$1], type[$1], $1) })
        let byType = lots.sorted { (type[$0], -fill[$0], $0) < (type[$1], -fill[$1], $1) }
        var ranges: [Range<Int>] = []
        for index in problem.typeNames.indices {
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<(byType[start...].firstIndex { type[$0] != index } ?? byType.count))
        }
        self.byType = WaitingLots(problem, order: byType)
        self.ranges = ranges
    }

    /// The longest lot of all; nil if none is left.
    var longest: Int? {
        mutating get { all.first(in: all.lots.indices).map { all.lots[$0] } }
    }

    /// The longest lot with a fill of at most `room`, below `after` in the order.
    mutating func longest(after: Int?, within room: Int64) -> Int? {
        let fitting = all.fitting(room, in: all.lots.indices)
        let start = after.map { all.slots[$0] + 1 } ?? 0
        return all.first(in: fitting.clamped(to: start..<max(start, fitting.upperBound))).map { all.lots[$0] }
    }

    /// The longest lot of the type of `lot` with a fill of at most `room`, below `after` in the order.
    mutating func longest(ofTypeOf lot: Int, after: Int?, within room: Int64) -> Int? {
        let fitting = byType.fitting(room, in: ranges[type[lot]])
        let start = after.map { byType.slots[$0] + 1 } ?? fitting.lowerBound
        let rest = fitting.clamped(to: start..<max(start, fitting.upperBound))
        return byType.first(in: rest).map { byType.lots[$0] }
    }

    /// The shortest lot of the type of `lot` with a fill of at most `room`, above `before` in the order.
    mutating func shortest(ofTypeOf lot: Int, before: Int?, within room: Int64) -> Int? {
        let fitting = byType.fitting(room, in: ranges[type[lot]])
        let end = before.map { byType.slots[$0] } ?? fitting.upperBound
        let rest = fitting.clamped(to: min(end, fitting.lowerBound)..<end)
        return byType.last(in: rest).map { byType.lots[$0] }
    }

    mutating func remove(_ lot: Int) {
        all.remove(all.slots[lot])
        byType.remove(byType.slots[lot])
    }
}
