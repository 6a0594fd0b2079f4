/// A finished schedule as callers see it; what is stored, served and exported.
package struct ScheduleResult: Sendable, Hashable, Codable {
    /// Hours from the start of the first clean to the end of the last fill.
    package var makespan: Double
    /// The part of the makespan in which the line fills, 0 to 1.
    package var utilization: Double
    /// Changeovers between lots of a block.
    package var changeovers: Int
    package var lotsScheduled: Int
    /// Blocks that exceed the window; a schedule that passed its audit has none.
    package var windowViolations: Int
    package var kpis: KPIs
    /// What the line does, in order and without a gap.
    package var activities: [Activity]

    private enum CodingKeys: String, CodingKey {
        case makespan, utilization, changeovers, kpis, activities
        case lotsScheduled = "lots_scheduled"
        case windowViolations = "window_violations"
    }

    /// The result of a timeline that has passed its audit, with absolute times.
    /// - Parameter lots: the lots that `timeline` was made of.
    package init(_ timeline: Timeline, of lots: [Lot], startingAt start: UTCTime) {
        let rules = timeline.rules
        kpis = KPIs(timeline, of: lots)
        makespan = rules.hours(timeline.makespan)
        utilization = makespan > 0 ? kpis.fillHours / makespan : 0
        changeovers = kpis.changeoversSameType + kpis.changeoversOtherType
        lotsScheduled = timeline.steps.count { $0.kind == .fill }
        windowViolations = 0
        activities = Activity.all(of: timeline, lots: lots, startingAt: start)
    }
}

/// One activity of the line, with absolute times.
package struct Activity: Sendable, Hashable, Codable {
    package var start: UTCTime
    package var end: UTCTime
    package var kind: ActivityKind
    /// The lot that is filled, or that a changeover prepares; nil for a clean.
    package var lotID: String?
    package var lotType: String?
    /// When the lot that is filled is due; nil for what fills none, and for a lot without it.
    package var due: UTCTime?
    /// The priority of the lot that is filled; nil for what fills none, and for a lot without it.
    package var priority: Int64?
    /// A few words for people.
    package var note: String
    package var durationHours: Double

    private enum CodingKeys: String, CodingKey {
        case start, end, kind, note, due, priority
        case lotID = "lot_id"
        case lotType = "lot_type"
        case durationHours = "duration_hours"
    }

    /// Every key but `due` and `priority` is there; a clean's lot is null.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(start, forKey: .start)
        try container.encode(end, forKey: .end)
        try container.encode(kind, forKey: .kind)
        try container.encode(lotID, forKey: .lotID)
        try container.encode(lotType, forKey: .lotType)
        try container.encode(note, forKey: .note)
        try container.encode(durationHours, forKey: .durationHours)
        try container.encodeIfPresent(due, forKey: .due)
        try container.encodeIfPresent(priority, forKey: .priority)
    }

    static func all(of timeline: Timeline, lots: [Lot], startingAt start: UTCTime) -> [Activity] {
        let rules = timeline.rules
        var previous: Lot?
        return timeline.steps.map { step in
            let lot = step.lot.map { lots[$0] }
            let note =
                switch (step.kind, lot) {
                case (.clean, _): "Block \(step.block + 1)"
                case (.changeover, .some(let lot)):
                    previous?.type == lot.type
                        ? "Same type" : "\(previous?.type ?? "") to \(lot.type)"
                case (.fill, .some(let lot)): "\(lot.vials.count) vials"
                case (_, nil): ""
                }
            var activity = Activity(
                start: start.adding(step.start, under: rules), end: start.adding(step.end, under: rules),
                kind: step.kind, lotID: lot?.id, lotType: lot?.type, note: note,
                durationHours: rules.hours(step.end - step.start))
            if step.kind == .fill {
                previous = lot
                activity.due = lot?.due
                activity.priority = lot?.priority
            }
            return activity
        }
    }

    package init(
        start: UTCTime, end: UTCTime, kind: ActivityKind, lotID: String?, lotType: String?, note: String,
        durationHours: Double
    ) {
        self.start = start
        self.end = end
        self.kind = kind
        self.lotID = lotID
        self.lotType = lotType
        self.note = note
        self.durationHours = durationHours
    }
}
