import SchedulingCore

/// A schedule as one page of HTML that prints well: key figures, chart, activities. It needs nothing from
/// anywhere and runs nothing.
package struct WebReport {
    private let report: ScheduleReport
    private let legend: TypeLegend
    private let layout: GanttLayout

    package init(_ report: ScheduleReport) {
        self.report = report
        legend = TypeLegend(report.result)
        layout = GanttLayout(report, legend: legend)
    }

    /// What the page may do: use its own style sheet, told by its SHA-256 (CSP 3 §2.3.1), and nothing else.
    /// The page states it too, for when it is opened from a disk.
    package static var contentSecurityPolicy: String { style.contentSecurityPolicy }

    private static let style = PageStyle(css: String(decoding: PackageResources.report_css, as: UTF8.self))

    package func page() -> String {
        var page = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(Markup.text(Self.contentSecurityPolicy))">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Markup.text(report.name))</title>
            <style>\(Self.style.css)</style>
            </head>
            <body>

            """
        page += WebChart.patterns(of: legend)
        page += head
        page += "<main>\n" + figures + timeShares
        page += WebChart(layout: layout, legend: legend).section
        page += activities
        page += "</main>\n</body>\n</html>\n"
        return page
    }

    private var head: String {
        let id = report.id.map { #"<dt>ID</dt><dd>\#(Markup.text($0))</dd>"# } ?? ""
        return """
            <header>
            <p class="over">Filling schedule</p>
            <h1><bdi>\(Markup.text(report.name))</bdi></h1>
            <dl class="facts"><dt>Starts</dt><dd>\(ReportText.weekday(report.start)) UTC</dd>\
            <dt>Ends</dt><dd>\(ReportText.weekday(report.end)) UTC</dd>\
            <dt>Strategy</dt><dd>\(Markup.text(report.strategy))</dd>\(id)</dl>
            </header>

            """
    }

    private var figures: String {
        let cards = Headline.all(of: report).map { headline in
            "<li><b>\(headline.name)</b><strong>\(headline.value)</strong><span>\(headline.note)</span></li>"
        }
        return "<ul class=\"figures\">\n" + cards.joined(separator: "\n") + "\n</ul>\n"
    }

    private var timeShares: String {
        let shares = TimeShare.all(of: report.result)
        guard !shares.isEmpty else { return "" }
        var bar = ""
        var start = 0.0
        for share in shares {
            bar += Markup.rect(
                x: start * 1_000, y: 0, width: share.share * 1_000, height: 12, share.kind.markClass)
            start += share.share
        }
        let words = shares.map { share in
            "<li>\(Markup.swatch(share.kind.markClass))\(share.name) "
                + "<b>\(ReportText.hours(share.hours)) h</b> \(ReportText.percent(share.share))</li>"
        }
        return """
            <section class="shares" aria-label="Where the time goes">
            <svg viewBox="0 0 1000 12" preserveAspectRatio="none" role="img" aria-label="Where the time goes">\
            \(bar)</svg>
            <ul class="legend">\(words.joined())</ul>
            </section>

            """
    }

    private var activities: String {
        let all = report.result.activities
        let hasDue = all.contains { $0.due != nil }
        let hasPriority = all.contains { $0.priority != nil }
        var rows = ""
        rows.reserveCapacity(all.count * 220)
        for activity in all {
            let kind = activity.kind
            rows += "<tr class=\"\(kind.rowClass)\"><td>\(ReportText.stamp(activity.start))</td>"
            rows += "<td>\(ReportText.stamp(activity.end))</td><td>\(kind.title)</td>"
            rows += "<td class=\"name\"><bdi>\(Markup.text(activity.lotID ?? ""))</bdi></td>"
            rows += "<td class=\"name\"><bdi>\(Markup.text(activity.lotType ?? ""))</bdi></td>"
            rows += "<td class=\"n\">\(report.vialsName(of: activity))</td>"
            rows += "<td class=\"name\"><bdi>\(Markup.text(report.remark(on: activity)))</bdi></td>"
            if hasDue { rows += "<td>\(activity.due.map(ReportText.stamp) ?? "")</td>" }
            if hasPriority { rows += "<td class=\"n\">\(activity.priority.map(String.init) ?? "")</td>" }
            rows += "<td class=\"n\">\(ReportText.hours(activity.durationHours))</td></tr>\n"
        }
        return """
            <section class="activities">
            <h2>Activities</h2>
            <table>
            <thead><tr><th>Start</th><th>End</th><th>Activity</th><th>Lot</th><th>Type</th><th class="n">Vials</th><th>Note</th>\
            \(hasDue ? "<th>Due</th>" : "")\(hasPriority ? "<th class=\"n\">Priority</th>" : "")\
            <th class="n">Hours</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>
            <p class="note">All times are UTC, to the minute.</p>
            </section>

            """
    }
}

extension ActivityKind {
    /// The kind as people read it.
    var title: String {
        switch self {
        case .clean: "Clean"
        case .changeover: "Changeover"
        case .fill: "Fill"
        }
    }

    fileprivate var rowClass: String {
        switch self {
        case .clean: "clean"
        case .changeover: "changeover"
        case .fill: "fill"
        }
    }

    /// The class of what stands for the kind in a chart.
    var markClass: String { "k-" + rowClass }
}

/// A part of the makespan.
struct TimeShare {
    var kind: ActivityKind
    var name: String
    var hours: Double
    /// Of the makespan, 0 to 1.
    var share: Double

    /// Filling, changing over and cleaning; empty for a schedule that takes no time.
    static func all(of result: ScheduleResult) -> [TimeShare] {
        guard result.makespan > 0 else { return [] }
        let figures = result.kpis
        let parts: [(ActivityKind, String, Double)] = [
            (.fill, "Filling", figures.fillHours), (.changeover, "Changing over", figures.changeoverHours),
            (.clean, "Cleaning", figures.cleanHours),
        ]
        return parts.map { TimeShare(kind: $0.0, name: $0.1, hours: $0.2, share: $0.2 / result.makespan) }
    }
}
