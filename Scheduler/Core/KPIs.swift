/// Where the time of a schedule goes.
package struct KPIs: Sendable, Hashable, Codable {
    package var blocks: Int
    package var vials: Int64
    package var fillHours: Double
    package var cleanHours: Double
    package var changeoverHours: Double
    package var changeoversSameType: Int
    package var changeoversOtherType: Int
    /// Hours of all windows that no block uses.
    package var unusedWindowHours: Double
    /// Vials filled for each hour of the makespan.
    package var vialsPerHour: Double

    private enum CodingKeys: String, CodingKey {
        case blocks, vials
        case fillHours = "fill_hours"
        case cleanHours = "clean_hours"
        case changeoverHours = "changeover_hours"
        case changeoversSameType = "changeovers_same_type"
        case changeoversOtherType = "changeovers_other_type"
        case unusedWindowHours = "unused_window_hours"
        case vialsPerHour = "vials_per_hour"
    }

    /// - Parameter lots: the lots that `timeline` was made of.
    package init(_ timeline: Timeline, of lots: [Lot]) {
        let rules = timeline.rules
        var spent: [ActivityKind: Ticks] = [:]
        blocks = 0
        vials = 0
        changeoversSameType = 0
        changeoversOtherType = 0
        var previous: Lot?
        for step in timeline.steps {
            spent[step.kind, default: .zero] += step.end - step.start
            let lot = step.lot.map { lots[$0] }
            switch step.kind {
            case .clean: blocks += 1
            case .changeover:
                if previous?.type == lot?.type { changeoversSameType += 1 } else { changeoversOtherType += 1 }
            case .fill:
                vials += lot?.vials.count ?? 0
                previous = lot
            }
        }
        fillHours = rules.hours(spent[.fill, default: .zero])
        cleanHours = rules.hours(spent[.clean, default: .zero])
        changeoverHours = rules.hours(spent[.changeover, default: .zero])
        let windows = Ticks(Int64(blocks) * rules.ticks(rules.window).count)
        unusedWindowHours = rules.hours(
            windows - spent[.fill, default: .zero] - spent[.changeover, default: .zero])
        let makespan = rules.hours(timeline.makespan)
        vialsPerHour = makespan > 0 ? Double(vials) / makespan : 0
    }
}
