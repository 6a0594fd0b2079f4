import ScheduleReports
import SchedulerStore
import SchedulingCore

/// What a result can be had as.
enum ExportFormat: String, CaseIterable {
    case json, csv, xlsx, pdf, html

    private var report: ReportFormat? { ReportFormat(rawValue: rawValue) }

    var mediaType: String {
        switch self {
        case .json: ScheduleExport.jsonMediaType
        case .csv: ScheduleExport.csvMediaType
        case .xlsx, .pdf, .html: report?.mediaType ?? ""
        }
    }

    var representation: EntityTag.Representation {
        switch self {
        case .json: .json
        case .csv: .csv
        case .xlsx: .xlsx
        case .pdf: .pdf
        case .html: .html
        }
    }

    /// What browsers show themselves is shown, the rest is saved (RFC 6266).
    var disposition: String {
        switch self {
        case .json, .csv, .xlsx: "attachment"
        case .pdf, .html: "inline"
        }
    }

    /// The bytes of the file. Takes time in proportion to the activities.
    ///
    /// - Throws: `StoreFault` for a result that is none, `ReportFault` for one that a library cannot write.
    func file(of schedule: Schedule, with stored: StoredResult) throws -> [UInt8] {
        guard self != .json else { return Array(stored.document) }
        let result = try stored.decoded(as: ScheduleResult.self, of: schedule)
        guard let report else { return Array(ScheduleExport.csv(result).utf8) }
        return try report.file(
            of: ScheduleReport(
                id: schedule.id, name: schedule.name, strategy: schedule.strategy,
                createdAt: schedule.createdAt, result: result))
    }
}
