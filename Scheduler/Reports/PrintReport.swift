import SchedulingCore

/// A schedule as a PDF of A4 pages, lying: key figures and chart, then all activities, every page numbered.
struct PrintReport {
    let report: ScheduleReport
    let legend: TypeLegend
    let layout: GanttLayout

    /// A4, lying.
    static let page = Box(x: 0, y: 0, width: 841.89, height: 595.28)
    static let margin = 36.0
    /// Where things stand: below the upper margin, above the foot.
    static let area = Box(
        x: margin, y: margin, width: page.width - 2 * margin, height: page.height - 2 * margin - 16)

    init(_ report: ScheduleReport) {
        self.report = report
        legend = TypeLegend(report.result)
        layout = GanttLayout(report, legend: legend)
    }

    func file() throws(ReportFault) -> [UInt8] {
        try Canvas.file(
            width: Self.page.width, height: Self.page.height, titled: ReportText.shown(report.name),
            at: report.createdAt
        ) { canvas in
            let summary = PrintSummary(report: report, legend: legend)
            let chart = PrintChart(layout: layout, firstTop: summary.height(on: canvas))
            let table = PrintTable(report)
            let pages = max(1, chart.pages.count) + table.pages.count
            summary.draw(on: canvas)
            canvas.bookmark("Key figures and chart")
            for (index, rows) in chart.pages.enumerated() {
                if index > 0 { nextPage(of: pages, on: canvas) }
                chart.draw(rows, isFirst: index == 0, on: canvas)
            }
            for (index, activities) in table.pages.enumerated() {
                nextPage(of: pages, on: canvas)
                if index == 0 { canvas.bookmark("Activities") }
                table.draw(activities, on: canvas)
            }
            drawFoot(of: pages, on: canvas)
            canvas.endPage()
        }
    }

    private func nextPage(of pages: Int, on canvas: Canvas) {
        drawFoot(of: pages, on: canvas)
        canvas.endPage()
        canvas.page += 1
    }

    /// What the page is of, and its number.
    private func drawFoot(of pages: Int, on canvas: Canvas) {
        let area = Self.area
        let top = area.bottom + 6
        canvas.line(from: (area.x, top), to: (area.right, top), .rule, width: 0.6)
        let style = Canvas.Style(size: 7.5, colour: .faint)
        var right = style
        right.alignment = .right
        let foot = Box(x: area.x, y: top + 3, width: area.width, height: 10)
        var left = foot
        left.width = foot.width - 260
        canvas.text(ReportText.shown(report.name), in: left, style)
        var end = foot
        end.x = foot.right - 250
        end.width = 250
        let id = report.id.map { "\(ReportText.shown($0))   ·   " } ?? ""
        canvas.text("\(id)Page \(canvas.page) of \(pages)", in: end, right)
    }
}
