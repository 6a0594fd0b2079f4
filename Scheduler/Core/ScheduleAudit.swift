/// Checks a timeline against the rules of the line before anything is made of it.
///
/// It shares no code with the strategies and with `Timeline`: it works out every figure again from lots and
/// rules, by cross-multiplication rather than by the conversions of `LineRules`, so that a mistake there
/// cannot hide here.
package struct ScheduleAudit {
    /// A departure from the rules.
    package enum Violation: Error, Sendable, Hashable {
        /// A step starts before or after the end of the one before it, or ends before it starts.
        case notContiguous(step: Int)
        /// A step comes where none of its kind may.
        case outOfPlace(step: Int)
        /// A step lasts longer or shorter than it must.
        case wrongDuration(step: Int)
        /// The fills and changeovers of a block, counted from 0, last longer than the window.
        case windowExceeded(block: Int)
        /// A sequence names a lot by a place that the input does not have.
        case noSuchLot(place: Int)
        /// A step is for a lot that is not in the input, or for none where there must be one.
        case unknownLot(step: Int)
        /// The schedule does not end with a fill.
        case endsIdle
        /// A lot, by its place in the input, that is filled a number of times other than one.
        case filledTimes(lot: Int, times: Int)
    }

    /// Every departure of `timeline` from `rules`, in the order in which it meets them; empty for a schedule
    /// that may be run.
    package static func violations(in timeline: Timeline, of lots: [Lot], under rules: LineRules)
        -> [Violation]
    {
        var audit = ScheduleAudit(lots: lots, rules: rules)
        for (index, step) in timeline.steps.enumerated() { audit.examine(step, index) }
        audit.finish()
        return audit.violations
    }

    private let lots: [Lot]
    private let rules: LineRules
    private var violations: [Violation] = []
    private var times: [Int]
    private var previousEnd: Int64 = 0
    private var previousKind: ActivityKind?
    private var previousLot: Int?
    /// The lot that the last changeover was for.
    private var prepared: Int?
    private var block = -1
    private var blockStart: Int64 = 0
    private var hasReportedWindow = false

    private init(lots: [Lot], rules: LineRules) {
        self.lots = lots
        self.rules = rules
        times = Array(repeating: 0, count: lots.count)
    }

    private mutating func examine(_ step: Timeline.Step, _ index: Int) {
        let start = step.start.count
        let end = step.end.count
        if start != previousEnd || end < start { violations.append(.notContiguous(step: index)) }
        switch step.kind {
        case .clean:
            // A clean opens the schedule or follows a fill.
            if let kind = previousKind, kind != .fill { violations.append(.outOfPlace(step: index)) }
            block += 1
            expect(end - start, rules.clean, step: index)
            blockStart = end
            hasReportedWindow = false
            previousLot = nil
        case .changeover:
            if previousKind != .fill { violations.append(.outOfPlace(step: index)) }
            if let lot = step.lot, lots.indices.contains(lot), let last = previousLot {
                let (before, after) = (lots[last].type, lots[lot].type)
                let constant = before == after ? rules.sameTypeChangeover : rules.otherTypeChangeover
                let stated = rules.changeoverMatrix.hours[before].flatMap { $0[after] }
                expect(end - start, stated ?? constant, step: index)
            } else {
                violations.append(.unknownLot(step: index))
            }
            prepared = step.lot
        case .fill:
            examineFill(step, index)
        }
        if step.block != block { violations.append(.outOfPlace(step: index)) }
        if step.kind != .clean { checkWindow(until: end) }
        previousEnd = end
        previousKind = step.kind
    }

    private mutating func examineFill(_ step: Timeline.Step, _ index: Int) {
        // A fill follows a clean, or the changeover to its own lot.
        let isPrepared = previousKind == .clean || previousKind == .changeover && prepared == step.lot
        if !isPrepared { violations.append(.outOfPlace(step: index)) }
        guard let lot = step.lot, lots.indices.contains(lot) else {
            violations.append(.unknownLot(step: index))
            return
        }
        times[lot] += 1
        previousLot = lot
        // ticks ÷ ticksPerHour = vials ÷ rate
        let spent = Int128(step.end.count - step.start.count) * Int128(rules.fillRate.count)
        if spent != Int128(lots[lot].vials.count) * Int128(rules.ticksPerHour) {
            violations.append(.wrongDuration(step: index))
        }
    }

    private mutating func expect(_ ticks: Int64, _ hours: Hours, step: Int) {
        // ticks ÷ ticksPerHour = tenThousandths ÷ 10,000
        if Int128(ticks) * 10_000 != Int128(hours.tenThousandths) * Int128(rules.ticksPerHour) {
            violations.append(.wrongDuration(step: step))
        }
    }

    private mutating func checkWindow(until end: Int64) {
        let spent = Int128(end - blockStart) * 10_000
        if spent > Int128(rules.window.tenThousandths) * Int128(rules.ticksPerHour), !hasReportedWindow {
            violations.append(.windowExceeded(block: block))
            hasReportedWindow = true
        }
    }

    private mutating func finish() {
        if let last = previousKind, last != .fill { violations.append(.endsIdle) }
        for (lot, count) in times.enumerated() where count != 1 {
            violations.append(.filledTimes(lot: lot, times: count))
        }
    }
}
