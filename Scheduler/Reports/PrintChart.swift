import SchedulingCore

/// The Gantt chart on paper: a row for each block, over as many pages as it takes.
struct PrintChart {
    private let layout: GanttLayout
    /// Where the chart begins on the first page.
    private let firstTop: Double
    /// The rows of each page.
    let pages: [ArraySlice<GanttLayout.Row>]
    private let rowHeight: Double

    private static let headHeight = 20.0
    private static let nameWidth = 106.0
    private static let useWidth = 62.0

    init(layout: GanttLayout, firstTop: Double) {
        self.layout = layout
        self.firstTop = firstTop
        let area = PrintReport.area
        // Few blocks fill the first page, many stand closer together.
        let first = (area.bottom - firstTop - Self.headHeight) / Double(max(1, layout.rows.count))
        let height = layout.rows.count > 60 ? 17.0 : min(max(first, 27), 38)
        rowHeight = height
        func room(from top: Double) -> Int { max(1, Int((area.bottom - top - Self.headHeight) / height)) }
        var rows = layout.rows[...]
        var pages: [ArraySlice<GanttLayout.Row>] = []
        while !rows.isEmpty {
            let page = rows.prefix(room(from: pages.isEmpty ? firstTop : area.y))
            pages.append(page)
            rows = rows.dropFirst(page.count)
        }
        self.pages = pages
    }

    private var plot: (x: Double, width: Double) {
        let area = PrintReport.area
        return (area.x + Self.nameWidth, area.width - Self.nameWidth - Self.useWidth)
    }

    private func x(_ hours: Double) -> Double { plot.x + hours / layout.hours * plot.width }

    func draw(_ rows: ArraySlice<GanttLayout.Row>, isFirst: Bool, on canvas: Canvas) {
        let top = isFirst ? firstTop : PrintReport.area.y
        let bottom = top + Self.headHeight + Double(rows.count) * rowHeight
        drawHead(top: top, bottom: bottom, on: canvas)
        var y = top + Self.headHeight
        for row in rows {
            draw(row, top: y, on: canvas)
            y += rowHeight
        }
    }

    private func drawHead(top: Double, bottom: Double, on canvas: Canvas) {
        let area = PrintReport.area
        let base = top + Self.headHeight
        var style = Canvas.Style(size: 7.5, weight: .bold, colour: .faint)
        canvas.text("Block", in: Box(x: area.x, y: top, width: Self.nameWidth, height: 16), style)
        style.alignment = .right
        canvas.text(
            "Window used", in: Box(x: area.right - Self.useWidth, y: top, width: Self.useWidth, height: 16),
            style)
        for tick in layout.ticks {
            let x = x(tick)
            canvas.line(from: (x, base - 4), to: (x, bottom), .rule, width: 0.5)
            var box = Box(x: x - 30, y: top, width: 60, height: 16)
            var style = Canvas.Style(size: 7.5, colour: .faint, alignment: .centre)
            if tick == 0 {
                box.x = x
                style.alignment = .left
            } else if tick == layout.ticks.last {
                box.x = x - 60
                style.alignment = .right
            }
            canvas.text(GanttLayout.tickName(tick), in: box, style)
        }
        canvas.line(from: (area.x, base), to: (area.right, base), .ink, width: 0.8)
    }

    private func draw(_ row: GanttLayout.Row, top: Double, on canvas: Canvas) {
        let area = PrintReport.area
        let isTall = rowHeight > 20
        var name = Box(x: area.x, y: top, width: Self.nameWidth - 6, height: rowHeight)
        let number = Canvas.Style(size: 8.5, weight: .bold)
        let start = Canvas.Style(size: 7, colour: .faint)
        if isTall {
            (name.y, name.height) = (top + rowHeight / 2 - 10.5, 11)
            canvas.text("\(row.number)", in: name, number)
            name.y += 10
            canvas.text(layout.startName(of: row), in: name, start)
        } else {
            canvas.text("\(row.number)", in: name, .init(size: 7.5, weight: .bold))
            name.x += 26
            name.width -= 26
            canvas.text(layout.startName(of: row), in: name, .init(size: 6.5, colour: .faint))
        }
        for bar in row.bars { draw(bar, top: top, on: canvas) }
        let end = row.cleanHours + layout.windowHours
        if end <= layout.hours {
            canvas.fill(Box(x: x(end) - 0.6, y: top + 1.5, width: 1.2, height: rowHeight - 3), .limit)
        }
        let used = layout.use(of: row)
        var use = Box(x: area.right - Self.useWidth, y: top, width: Self.useWidth, height: rowHeight)
        var style = Canvas.Style(size: 8, weight: .medium, alignment: .right)
        if isTall {
            (use.y, use.height) = (top + rowHeight / 2 - 10.5, 11)
            canvas.text(ReportText.percent(used), in: use, style)
            use.y += 10
            style = Canvas.Style(size: 7, colour: .faint, alignment: .right)
            canvas.text("\(ReportText.hours(row.usedHours)) h", in: use, style)
        } else {
            style.size = 7
            canvas.text(ReportText.percent(used), in: use, style)
        }
        let base = top + rowHeight
        canvas.line(from: (area.x, base), to: (area.right, base), .rule, width: 0.4)
    }

    private func draw(_ bar: GanttLayout.Bar, top: Double, on canvas: Canvas) {
        func box(inset: Double) -> Box {
            Box(
                x: x(bar.start), y: top + inset, width: x(bar.start + bar.hours) - x(bar.start),
                height: rowHeight - 2 * inset)
        }
        switch bar.kind {
        case .clean: Self.drawClean(box(inset: rowHeight * 0.26), on: canvas)
        case .changeover: canvas.fill(box(inset: rowHeight * 0.37), .changeover)
        case .fill:
            let shape = box(inset: rowHeight > 20 ? 3 : 2)
            Self.drawFill(shape, bar.mark ?? .others, on: canvas)
            drawLabel(of: bar, in: shape, on: canvas)
        }
    }

    /// The lot's ID, and below it its type where rows are tall; nothing where there is no room for letters.
    private func drawLabel(of bar: GanttLayout.Bar, in shape: Box, on canvas: Canvas) {
        guard shape.width >= 14 else { return }
        let isTall = rowHeight > 20
        let lot = Canvas.Style(size: isTall ? 7.5 : 6.5, weight: .medium, alignment: .centre)
        let type = Canvas.Style(size: 6.5, colour: .patternInk, alignment: .centre)
        var lines = [(ReportText.shown(bar.lot ?? ""), lot)]
        let inner = shape.narrowed(by: 2)
        let typeName = ReportText.shown(bar.type ?? "")
        if isTall, inner.width >= 30 || canvas.width(of: typeName, type) <= inner.width {
            lines.append((typeName, type))
        }
        // A plate behind the words, so that no pattern runs through them.
        let wanted = lines.map { canvas.width(of: $0.0, $0.1) }.max() ?? 0
        let width = min(inner.width, wanted + 4)
        let lineHeight = min(10, (shape.height - 2) / Double(lines.count))
        let height = lineHeight * Double(lines.count)
        let plate = Box(
            x: inner.x + (inner.width - width) / 2, y: shape.y + (shape.height - height) / 2, width: width,
            height: height)
        canvas.fill(plate, .paper, opacity: 0.72)
        for (index, line) in lines.enumerated() {
            let box = Box(
                x: plate.x, y: plate.y + Double(index) * lineHeight, width: plate.width, height: lineHeight)
            canvas.text(line.0, in: box, line.1)
        }
    }

    static func drawFill(_ box: Box, _ mark: TypeMark, on canvas: Canvas) {
        canvas.fill(box, mark.colour)
        canvas.hatch(box, mark.pattern, .patternInk, opacity: 0.55, spacing: 4.5)
        canvas.outline(box, .patternInk, width: 0.4)
    }

    static func drawClean(_ box: Box, on canvas: Canvas) {
        canvas.fill(box, .paper)
        canvas.hatch(box, .rising, .cleanInk, opacity: 1, spacing: 3)
        canvas.outline(box, .cleanInk, width: 0.5)
    }
}
