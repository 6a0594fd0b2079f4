package import SchedulingCore

/// What a report shows: a finished schedule and what it is called.
package struct ScheduleReport: Sendable {
    /// The schedule's ID; nil where it has none.
    package var id: String?
    package var name: String
    /// The canonical name of the strategy.
    package var strategy: String
    /// Stands in the files as their date, so that the same schedule always makes the same file.
    package var createdAt: UTCTime
    package var result: ScheduleResult

    package init(
        id: String?, name: String, strategy: String, createdAt: UTCTime, result: ScheduleResult
    ) {
        self.id = id
        self.name = name
        self.strategy = strategy
        self.createdAt = createdAt
        self.result = result
    }

    /// When the first clean begins.
    var start: UTCTime { result.activities.first?.start ?? createdAt }
    /// When the last fill ends.
    var end: UTCTime { result.activities.last?.end ?? createdAt }

    /// The vials of a fill, as people read them; empty for what fills none.
    func vialsName(of activity: Activity) -> String {
        activity.kind == .fill ? ReportText.whole(vials(in: activity.durationHours)) : ""
    }

    /// What is to be said of an activity beside its vials.
    func remark(on activity: Activity) -> String { activity.kind == .fill ? "" : activity.note }

    /// The vials that a fill of so many hours has: the line fills at one rate.
    func vials(in hours: Double) -> Int64 {
        let fillHours = result.kpis.fillHours
        guard fillHours > 0 else { return 0 }
        return Int64((hours * Double(result.kpis.vials) / fillHours).rounded())
    }

    /// The window of a block in hours; each block has used or not used all of one.
    var windowHours: Double {
        let figures = result.kpis
        guard figures.blocks > 0 else { return 0 }
        return (figures.fillHours + figures.changeoverHours + figures.unusedWindowHours)
            / Double(figures.blocks)
    }
}

/// A kind of report: its name in a query and at the end of a file's name, and what it is served as.
package enum ReportFormat: String, Sendable, CaseIterable {
    case xlsx, pdf, html

    package var mediaType: String {
        switch self {
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        case .pdf: "application/pdf"
        case .html: "text/html; charset=utf-8"
        }
    }

    /// The file. Takes time in proportion to the lots, some seconds for 10,000 of them.
    package func file(of report: ScheduleReport) throws(ReportFault) -> [UInt8] {
        switch self {
        case .xlsx: try SpreadsheetReport(report).file()
        case .pdf: try PrintReport(report).file()
        case .html: Array(WebReport(report).page().utf8)
        }
    }
}

/// Why a report could not be made: what a library said, for operators.
package struct ReportFault: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ library: String, _ reason: String) { description = "\(library): \(reason)" }
}
