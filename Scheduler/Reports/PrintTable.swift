import SchedulingCore

/// The activities on paper, a line each, under a head on every page.
struct PrintTable {
    /// The activities of each page.
    let pages: [ArraySlice<Activity>]
    private let columns: [Column]

    private struct Column {
        var name: String
        var width: Double
        var alignment = Canvas.Style.Alignment.left
        var weight = Canvas.Style.Weight.regular
        var text: (Activity) -> String
    }

    private static let headHeight = 18.0
    private static let lineHeight = 13.8

    init(_ report: ScheduleReport) {
        let activities = report.result.activities
        let room = Int((PrintReport.area.height - Self.headHeight) / Self.lineHeight)
        pages = stride(from: 0, to: activities.count, by: room).map {
            activities[$0..<min($0 + room, activities.count)]
        }
        columns = Self.columns(of: report)
    }

    /// What does not vary takes no room: due times and priorities have columns only if a lot has them.
    private static func columns(of report: ScheduleReport) -> [Column] {
        let activities = report.result.activities
        var columns = [
            Column(name: "Start (UTC)", width: 90) { ReportText.stamp($0.start) },
            Column(name: "End (UTC)", width: 90) { ReportText.stamp($0.end) },
            Column(name: "Activity", width: 60, weight: .medium) { $0.kind.title },
            Column(name: "Lot", width: 132, weight: .medium) { ReportText.shown($0.lotID ?? "") },
            Column(name: "Type", width: 84) { ReportText.shown($0.lotType ?? "") },
            Column(name: "Vials", width: 60, alignment: .right) { report.vialsName(of: $0) },
            Column(name: "Note", width: 0) { ReportText.shown(report.remark(on: $0)) },
        ]
        if activities.contains(where: { $0.due != nil }) {
            columns.append(Column(name: "Due (UTC)", width: 90) { $0.due.map(ReportText.stamp) ?? "" })
        }
        if activities.contains(where: { $0.priority != nil }) {
            columns.append(
                Column(name: "Priority", width: 42, alignment: .right) { $0.priority.map(String.init) ?? "" })
        }
        columns.append(
            Column(name: "Hours", width: 48, alignment: .right) { ReportText.hours($0.durationHours) })
        // The notes have what the others leave.
        let rest = PrintReport.area.width - columns.reduce(0) { $0 + $1.width }
        if let notes = columns.firstIndex(where: { $0.width == 0 }) { columns[notes].width = rest }
        return columns
    }

    func draw(_ activities: ArraySlice<Activity>, on canvas: Canvas) {
        let area = PrintReport.area
        var x = area.x
        for column in columns {
            let box = Box(x: x, y: area.y, width: column.width, height: 14).narrowed(by: 4)
            canvas.text(
                column.name, in: box,
                .init(size: 7.5, weight: .bold, colour: .faint, alignment: column.alignment))
            x += column.width
        }
        var y = area.y + Self.headHeight
        canvas.line(from: (area.x, y - 1), to: (area.right, y - 1), .ink, width: 0.8)
        for activity in activities {
            draw(activity, top: y, on: canvas)
            y += Self.lineHeight
        }
    }

    private func draw(_ activity: Activity, top: Double, on canvas: Canvas) {
        let area = PrintReport.area
        let line = Box(x: area.x, y: top, width: area.width, height: Self.lineHeight)
        if activity.kind == .clean { canvas.fill(line, .band) }
        var x = area.x
        for column in columns {
            let box = Box(x: x, y: top, width: column.width, height: Self.lineHeight).narrowed(by: 4)
            let colour = activity.kind == .changeover ? Colour.faint : .ink
            canvas.text(
                column.text(activity), in: box,
                .init(
                    size: 8, weight: activity.kind == .changeover ? .regular : column.weight, colour: colour,
                    alignment: column.alignment))
            x += column.width
        }
        canvas.line(
            from: (area.x, line.bottom), to: (area.right, line.bottom), .rule, width: 0.35)
    }
}
