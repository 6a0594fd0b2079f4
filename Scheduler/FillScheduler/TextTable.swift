import SchedulingCore
import SchedulingStrategies

/// A table in plain text.
struct TextTable {
    enum Alignment {
        case left, right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    var text: String {
        let titles = columns.map(\.title)
        let widths = columns.indices.map { column in
            (rows + [titles]).map { $0[column].count }.max() ?? 0
        }
        let line = widths.map { String(repeating: "─", count: $0) }
        return ([titles, line] + rows).map { cells in
            let padded = cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return columns[column].alignment == .left ? cells[column] + space : space + cells[column]
            }
            let joined = padded.joined(separator: "  ")
            return String(joined.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}

/// A run as `plan` prints it for people.
enum PlanTable {
    static func text(_ run: PlanRun) -> String {
        let result = run.plan.result
        var table = TextTable([
            ("Start (UTC)", .left), ("End (UTC)", .left), ("Kind", .left), ("Lot", .left), ("Type", .left),
            ("Hours", .right), ("Note", .left),
        ])
        for activity in result.activities {
            table.add([
                clock(activity.start), clock(activity.end), activity.kind.rawValue, activity.lotID ?? "",
                activity.lotType ?? "", HoursText.rounded(activity.durationHours), activity.note,
            ])
        }
        return table.text + "\n" + summary(run)
    }

    private static func summary(_ run: PlanRun) -> String {
        let result = run.plan.result
        let bound = run.plan.bound.map { ", at least \(HoursText.rounded($0)) h is needed" } ?? ""
        return """
            \(run.strategy): \(HoursText.rounded(result.makespan)) h for \(result.lotsScheduled) lots in \
            \(result.kpis.blocks) blocks\(run.plan.isProven ? ", proven best" : bound)
            Filling \(HoursText.rounded(result.kpis.fillHours)) h, cleaning \
            \(HoursText.rounded(result.kpis.cleanHours)) h, \(result.changeovers) changeovers \
            \(HoursText.rounded(result.kpis.changeoverHours)) h; the line fills \
            \(HoursText.rounded(result.utilization * 100)) % of the time

            """
    }

    /// To the minute: `2026-01-05 06:00`.
    private static func clock(_ time: UTCTime) -> String {
        String(time.description.prefix(16)).replacing("T", with: " ")
    }
}
