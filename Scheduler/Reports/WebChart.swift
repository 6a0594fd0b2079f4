import SchedulingCore

/// The Gantt chart as HTML: a table with a drawing in each row, so that it breaks between rows when printed.
struct WebChart {
    let layout: GanttLayout
    let legend: TypeLegend

    /// The width of a row's drawing in its own units, and its height.
    private static let width = 800.0
    private static let height = 30.0

    /// What the drawings fill with, once for the whole page.
    static func patterns(of legend: TypeLegend) -> String {
        var marks = legend.shown.entries.map(\.mark)
        if legend.shown.others > 0 { marks.append(TypeMark.others) }
        var defs = pattern(
            named: cleanFill, Colour.paper, "<path d=\"M0 6L6 0M-1 1L1 -1M5 7L7 5\" class=\"hatch\"/>")
        for mark in marks { defs += pattern(named: name(of: mark), mark.colour, strokes(of: mark.pattern)) }
        return
            "<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\(defs)</defs></svg>\n"
    }

    private static let cleanFill = "clean"

    private static func pattern(named name: String, _ colour: Colour, _ strokes: String) -> String {
        "<pattern id=\"\(name)\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
            + "<rect width=\"6\" height=\"6\" fill=\"\(colour.css)\"/>\(strokes)</pattern>"
    }

    private static func name(of mark: TypeMark) -> String {
        "m\(mark.colour.css.dropFirst())-\(mark.pattern.rawValue)"
    }

    private static func strokes(of pattern: TypeMark.Pattern) -> String {
        switch pattern {
        case .plain: ""
        case .rising: "<path d=\"M0 6L6 0M-1 1L1 -1M5 7L7 5\" class=\"stroke\"/>"
        case .falling: "<path d=\"M0 0L6 6M5 -1L7 1M-1 5L1 7\" class=\"stroke\"/>"
        case .dots: "<circle cx=\"3\" cy=\"3\" r=\"0.9\" class=\"dot\"/>"
        case .level: "<path d=\"M0 3H6\" class=\"stroke\"/>"
        case .grid: "<path d=\"M0 3H6M3 0V6\" class=\"stroke\"/>"
        }
    }

    var section: String {
        guard !layout.rows.isEmpty else { return "" }
        return """
            <section class="chart">
            <h2>Chart</h2>
            \(legendList)
            <table>
            <thead><tr><th>Block</th><th>\(axis)</th><th class="n">Window</th></tr></thead>
            <tbody>
            \(layout.rows.map(row).joined())</tbody>
            </table>
            <p class="note">Hours since the start of each block. The line at the right is the end of its window.</p>
            </section>

            """
    }

    private var legendList: String {
        var items = legend.shown.entries.map { entry in
            "<li>\(Markup.swatch("bar", fill: Self.fill(entry.mark)))<bdi>\(Markup.text(entry.type))</bdi> "
                + "<span>\(entry.lotsName)</span></li>"
        }
        if legend.shown.others > 0 {
            items.append(
                "<li>\(Markup.swatch("bar", fill: Self.fill(.others)))\(legend.shown.others) more types</li>")
        }
        items.append("<li>\(Markup.swatch("k-changeover"))Changeover</li>")
        items.append("<li>\(Markup.swatch("k-clean"))Clean</li>")
        return "<ul class=\"legend\">\(items.joined())</ul>"
    }

    private static func fill(_ mark: TypeMark) -> String { "url(#\(name(of: mark)))" }

    private func x(_ hours: Double) -> Double { hours / layout.hours * Self.width }

    private var axis: String {
        var text = ""
        for tick in layout.ticks {
            let anchor = tick == 0 ? "start" : tick >= layout.hours ? "end" : "middle"
            text +=
                "<text x=\"\(Markup.number(x(tick)))\" y=\"12\" text-anchor=\"\(anchor)\">"
                + GanttLayout.tickName(tick) + "</text>"
        }
        return
            "<svg viewBox=\"0 0 \(Markup.number(Self.width)) 16\" role=\"img\" aria-label=\"Hours\">\(text)</svg>"
    }

    private func row(_ row: GanttLayout.Row) -> String {
        var drawing = ""
        for tick in layout.ticks {
            drawing += Markup.rect(x: x(tick) - 0.25, y: 0, width: 0.5, height: Self.height, "tick")
        }
        for bar in row.bars { drawing += self.bar(bar) }
        let end = row.cleanHours + layout.windowHours
        if end <= layout.hours {
            drawing += Markup.rect(x: x(end) - 1, y: 1, width: 2, height: Self.height - 2, "window")
        }
        return """
            <tr><th scope="row">\(row.number)<small>\(layout.startName(of: row))</small></th>\
            <td><svg viewBox="0 0 \(Markup.number(Self.width)) 30" role="img" aria-label="Block \(row.number)">\(drawing)</svg></td>\
            <td class="n">\(ReportText.percent(layout.use(of: row)))<small>\(ReportText.hours(row.usedHours)) h</small></td></tr>

            """
    }

    private func bar(_ bar: GanttLayout.Bar) -> String {
        let (left, width) = (x(bar.start), x(bar.hours))
        let title = "<title>\(Markup.text(Self.title(of: bar)))</title>"
        switch bar.kind {
        case .clean:
            return "<g>\(title)\(Markup.rect(x: left, y: 8, width: width, height: 14, "k-clean"))</g>"
        case .changeover:
            return "<g>\(title)\(Markup.rect(x: left, y: 11, width: width, height: 8, "k-changeover"))</g>"
        case .fill:
            let mark = bar.mark ?? TypeMark.others
            let shape = Markup.rect(
                x: left, y: 3, width: width, height: 24, "bar", fill: Self.fill(mark))
            return "<g>\(title)\(shape)\(label(of: bar, left: left, width: width))</g>"
        }
    }

    /// The lot's ID and below it the type, each as far as there is room; nothing where there is none.
    private func label(of bar: GanttLayout.Bar, left: Double, width: Double) -> String {
        // Letters are at most so wide at the size of the labels.
        let letters = Int((width - 6) / 6.6)
        guard letters >= 2 else { return "" }
        let lines = [bar.lot, bar.type].map { Self.cut($0 ?? "", to: letters) }
        let plate = min(width - 2, Double(lines.map(\.count).max() ?? 0) * 6.6 + 6)
        // A drawing within the drawing: what is wider than it looked is cut at its edge.
        var drawing =
            "<svg x=\"\(Markup.number(left + 1))\" y=\"4\" width=\"\(Markup.number(width - 2))\" height=\"22\">"
            + Markup.rect(x: (width - 2 - plate) / 2, y: 0.5, width: plate, height: 21, "plate")
        for (index, line) in lines.enumerated() {
            drawing +=
                "<text x=\"50%\" y=\"\(index == 0 ? 10 : 19)\" text-anchor=\"middle\""
                + "\(index == 0 ? "" : " class=\"type\"")>\(Markup.text(line))</text>"
        }
        return drawing + "</svg>"
    }

    private static func cut(_ text: String, to letters: Int) -> String {
        text.count <= letters ? text : String(text.prefix(max(1, letters - 1))) + "…"
    }

    private static func title(of bar: GanttLayout.Bar) -> String {
        let hours = ReportText.hours(bar.hours) + " h"
        guard let lot = bar.lot else { return "\(bar.kind.title), \(hours)" }
        return "\(lot), \(bar.type ?? ""), \(hours)"
    }
}
