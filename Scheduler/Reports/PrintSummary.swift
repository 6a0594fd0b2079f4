import SchedulingCore

/// The top of the first page: name, key figures, where the time goes, and the legend of the chart.
struct PrintSummary {
    let report: ScheduleReport
    let legend: TypeLegend

    private static let titleHeight = 58.0
    private static let cardHeight = 54.0
    private static let shareHeight = 34.0
    private static let legendLine = 15.0

    /// One thing of the legend and where it stands, below the legend's top.
    private struct Item {
        var box: Box
        var text: String
        /// nil for the clean and the changeover.
        var mark: TypeMark?
        var kind: ActivityKind
    }

    /// Where the chart may begin.
    func height(on canvas: Canvas) -> Double {
        let area = PrintReport.area
        let lines = items(on: canvas).last.map { $0.box.y + Self.legendLine } ?? 0
        return area.y + Self.titleHeight + Self.cardHeight + 14 + Self.shareHeight + lines + 10
    }

    func draw(on canvas: Canvas) {
        let area = PrintReport.area
        drawTitle(on: canvas, area)
        drawCards(on: canvas, top: area.y + Self.titleHeight, area)
        let top = area.y + Self.titleHeight + Self.cardHeight + 14
        drawShares(on: canvas, top: top, area)
        drawLegend(on: canvas, top: top + Self.shareHeight)
    }

    private func drawTitle(on canvas: Canvas, _ area: Box) {
        let half = area.width * 0.62
        canvas.text(
            "FILLING SCHEDULE", in: Box(x: area.x, y: area.y, width: half, height: 10),
            .init(size: 7.5, weight: .bold, colour: .accent))
        canvas.text(
            ReportText.shown(report.name), in: Box(x: area.x, y: area.y + 11, width: half, height: 26),
            .init(size: 19, weight: .bold))
        let side = Box(x: area.x + half + 12, y: area.y, width: area.width - half - 12, height: 12)
        let right = Canvas.Style(size: 8.5, colour: .faint, alignment: .right)
        var strong = right
        strong.colour = .ink
        strong.weight = .medium
        let times = [
            ("Starts \(ReportText.weekday(report.start)) UTC", strong),
            ("Ends \(ReportText.weekday(report.end)) UTC", strong),
            ("Strategy \(ReportText.shown(report.strategy))", right),
        ]
        for (index, line) in times.enumerated() {
            var box = side
            box.y += Double(index) * 12.5
            canvas.text(line.0, in: box, line.1)
        }
        canvas.fill(Box(x: area.x, y: area.y + 44, width: area.width, height: 2), .accent)
    }

    private func drawCards(on canvas: Canvas, top: Double, _ area: Box) {
        let headlines = Headline.all(of: report)
        let gap = 8.0
        let width = (area.width - gap * Double(headlines.count - 1)) / Double(headlines.count)
        for (index, headline) in headlines.enumerated() {
            let card = Box(
                x: area.x + Double(index) * (width + gap), y: top, width: width, height: Self.cardHeight)
            canvas.fill(card, .band)
            var line = card.narrowed(by: 8)
            (line.y, line.height) = (top + 6, 10)
            canvas.text(headline.name, in: line, .init(size: 7.5, weight: .medium, colour: .faint))
            (line.y, line.height) = (top + 17, 20)
            canvas.text(headline.value, in: line, .init(size: 15, weight: .bold))
            (line.y, line.height) = (top + 38, 10)
            canvas.text(headline.note, in: line, .init(size: 7.5, colour: .faint))
        }
    }

    private func drawShares(on canvas: Canvas, top: Double, _ area: Box) {
        var x = area.x
        var wordX = area.x
        for share in TimeShare.all(of: report.result) {
            let bar = Box(x: x, y: top, width: area.width * share.share, height: 9)
            Self.drawKind(share.kind, bar, on: canvas)
            x += bar.width
            let words =
                "\(share.name)  \(ReportText.hours(share.hours)) h  (\(ReportText.percent(share.share)))"
            let style = Canvas.Style(size: 8)
            let width = canvas.width(of: words, style)
            Self.drawKind(share.kind, Box(x: wordX, y: top + 15.5, width: 14, height: 8), on: canvas)
            canvas.text(words, in: Box(x: wordX + 18, y: top + 13, width: width + 4, height: 13), style)
            wordX += width + 44
        }
    }

    /// A sample or a part of what fills, changes over or cleans, whatever the type.
    private static func drawKind(_ kind: ActivityKind, _ box: Box, on canvas: Canvas) {
        switch kind {
        case .fill: canvas.fill(box, .accent)
        case .changeover: canvas.fill(box, .changeover)
        case .clean: PrintChart.drawClean(box, on: canvas)
        }
    }

    private func drawLegend(on canvas: Canvas, top: Double) {
        for item in items(on: canvas) {
            var box = item.box
            box.y += top
            let sample = Box(x: box.x, y: box.y + 3, width: 18, height: 9)
            if let mark = item.mark {
                PrintChart.drawFill(sample, mark, on: canvas)
            } else {
                Self.drawKind(item.kind, sample, on: canvas)
            }
            box.x += 22
            box.width -= 22
            canvas.text(item.text, in: box, .init(size: 8))
        }
    }

    /// The legend in lines as wide as the page.
    private func items(on canvas: Canvas) -> [Item] {
        let shown = legend.shown
        var words: [(String, TypeMark?, ActivityKind)] = shown.entries.map { entry in
            ("\(ReportText.isolated(entry.type))  ·  \(entry.lotsName)", entry.mark, .fill)
        }
        if shown.others > 0 {
            words.append(("\(ReportText.whole(Int64(shown.others))) more types", .others, .fill))
        }
        words.append(("Changeover", nil, .changeover))
        words.append(("Clean", nil, .clean))
        var items: [Item] = []
        var (x, y) = (PrintReport.area.x, 0.0)
        for (text, mark, kind) in words {
            let width = min(canvas.width(of: text, .init(size: 8)), 150) + 22
            if x + width > PrintReport.area.right, x > PrintReport.area.x {
                x = PrintReport.area.x
                y += Self.legendLine
            }
            let box = Box(x: x, y: y, width: width + 2, height: Self.legendLine)
            items.append(Item(box: box, text: text, mark: mark, kind: kind))
            x += width + 16
        }
        return items
    }
}
