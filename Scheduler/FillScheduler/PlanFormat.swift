import ArgumentParser
import Foundation
import ScheduleReports
import SchedulingCore

/// How `plan` tells the result.
enum PlanFormat: String, ExpressibleByArgument, CaseIterable {
    case table, csv, json, xlsx, pdf, html

    /// Whether a terminal cannot show it.
    var isBinary: Bool { self == .xlsx || self == .pdf }

    /// The bytes of the result.
    ///
    /// - Parameter title: What a report is called.
    func file(of run: PlanRun, named title: String) throws -> Data {
        switch self {
        case .table: return Data(PlanTable.text(run).utf8)
        case .csv: return Data(ScheduleExport.csv(run.plan.result).utf8)
        case .json: return Data((try PlanReport(run).json() + "\n").utf8)
        case .xlsx, .pdf, .html: break
        }
        let result = run.plan.result
        let report = ScheduleReport(
            id: nil, name: title, strategy: run.strategy,
            createdAt: result.activities.first?.start ?? UTCTime(microseconds: 0), result: result)
        do throws(ReportFault) {
            return Data(try ReportFormat(rawValue: rawValue)?.file(of: report) ?? [])
        } catch {
            throw CommandRefusal(lines: ["cannot make the report: \(error)"])
        }
    }
}
