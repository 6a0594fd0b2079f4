import SchedulingCore

/// The Gantt chart of a schedule in hours, for whatever draws it: a row for each block, which starts with the
/// block's clean at hour 0.
struct GanttLayout {
    struct Row {
        /// Counted from 1.
        var number: Int
        var start: UTCTime
        var bars: [Bar] = []
        /// Hours of fills and changeovers, which share the block's window.
        var usedHours = 0.0
        /// Hours of the clean before them.
        var cleanHours = 0.0
    }

    /// One activity.
    struct Bar {
        var kind: ActivityKind
        /// Hours since the row's start.
        var start: Double
        var hours: Double
        /// The lot that is filled; nil for what fills none.
        var lot: String?
        var type: String?
        /// How it looks; nil for what fills none.
        var mark: TypeMark?
    }

    let rows: [Row]
    /// Where the axis ends, in hours.
    let hours: Double
    /// The hours from one tick of the axis to the next.
    let step: Double
    /// Hours that fills and changeovers of a block may last.
    let windowHours: Double
    /// Whether the rows start in more than one year, so that their names have to say which.
    let spansYears: Bool

    init(_ report: ScheduleReport, legend: TypeLegend) {
        var rows: [Row] = []
        for activity in report.result.activities {
            if activity.kind == .clean || rows.isEmpty {
                rows.append(Row(number: rows.count + 1, start: activity.start))
            }
            let last = rows.count - 1
            let start =
                Double(activity.start.microseconds - rows[last].start.microseconds) / 3_600_000_000
            let isFill = activity.kind == .fill
            rows[last].bars.append(
                Bar(
                    kind: activity.kind, start: start, hours: activity.durationHours,
                    lot: isFill ? activity.lotID : nil, type: isFill ? activity.lotType : nil,
                    mark: isFill ? legend.mark(of: activity.lotType ?? "") : nil))
            if activity.kind == .clean {
                rows[last].cleanHours += activity.durationHours
            } else {
                rows[last].usedHours += activity.durationHours
            }
        }
        self.rows = rows
        spansYears = rows.first?.start.date.year != rows.last?.start.date.year
        windowHours = report.windowHours
        // The end of the longest block, and of every window that is not far beyond it.
        let longest = rows.map { $0.cleanHours + $0.usedHours }.max() ?? 0
        let clean = rows.map(\.cleanHours).max() ?? 0
        let end = max(longest, min(clean + windowHours, longest * 1.25))
        step = Self.step(over: end)
        hours = max(step, (end / step).rounded(.up) * step)
    }

    /// The ticks of the axis, in hours.
    var ticks: [Double] { (0...Int((hours / step).rounded())).map { Double($0) * step } }

    /// Four to twelve ticks at round hours or days.
    private static func step(over hours: Double) -> Double {
        let steps = [1.0, 2, 3, 6, 12, 24, 48, 120, 240]
        if let step = steps.first(where: { hours / $0 <= 8 }), hours >= 4 { return step }
        if hours >= 4 { return 480 }
        var step = 1.0
        while step > 1e-4, hours / step < 4 { step /= step > 0.3 && step < 0.8 ? 5 : 2 }
        return step
    }

    /// When a row starts, for its name.
    func startName(of row: Row) -> String { ReportText.weekday(row.start, withYear: spansYears) }

    /// The part of its window that a block uses, 0 to 1.
    func use(of row: Row) -> Double { windowHours > 0 ? row.usedHours / windowHours : 0 }

    /// A tick's name, such as `24 h`.
    static func tickName(_ hours: Double) -> String {
        hours == hours.rounded() ? "\(Int(hours)) h" : "\(HoursText.rounded(hours)) h"
    }
}
