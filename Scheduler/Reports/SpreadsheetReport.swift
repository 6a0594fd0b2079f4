import CXLSXWriter
import Foundation
import SchedulingCore

/// A schedule as a workbook of three sheets: Schedule, Key figures and Lots.
///
/// Times are dates of the spreadsheet (in UTC), numbers are numbers, and every text is a text: nothing becomes
/// a formula, a number or a link.
struct SpreadsheetReport {
    private let report: ScheduleReport

    init(_ report: ScheduleReport) { self.report = report }

    func file() throws(ReportFault) -> [UInt8] {
        try Workbook.file(titled: ReportText.shown(report.name), at: report.createdAt) { book in
            addSchedule(to: book)
            addKeyFigures(to: book)
            addLots(to: book)
        }
    }

    // MARK: - Sheets

    private func addSchedule(to book: Workbook) {
        let activities = report.result.activities
        let hasDue = activities.contains { $0.due != nil }
        let hasPriority = activities.contains { $0.priority != nil }
        var columns: [Workbook.Column] = [
            .init("Start (UTC)", width: 17), .init("End (UTC)", width: 17), .init("Activity", width: 13),
            .init("Block", width: 8), .init("Lot ID", width: 22), .init("Type", width: 16),
            .init("Note", width: 26), .init("Hours", width: 11),
        ]
        if hasDue { columns.append(.init("Due (UTC)", width: 17)) }
        if hasPriority { columns.append(.init("Priority", width: 9)) }
        let sheet = book.sheet("Schedule", columns: columns)
        var block = 0
        for activity in activities {
            if activity.kind == .clean { block += 1 }
            var cells: [Workbook.Cell] = [
                .date(activity.start), .date(activity.end), .text(activity.kind.rawValue),
                .whole(Int64(block)), .text(activity.lotID), .text(activity.lotType), .text(activity.note),
                .decimal(activity.durationHours),
            ]
            if hasDue { cells.append(.date(activity.due)) }
            if hasPriority { cells.append(activity.priority.map { .whole($0) } ?? .nothing) }
            sheet.append(cells)
        }
        sheet.finish()
    }

    private func addKeyFigures(to book: Workbook) {
        let sheet = book.sheet(
            "Key figures",
            columns: [.init("Figure", width: 28), .init("Value", width: 22), .init("Unit", width: 18)])
        sheet.append([.text("Schedule"), .text(report.name)])
        if let id = report.id { sheet.append([.text("ID"), .text(id)]) }
        sheet.append([.text("Strategy"), .text(report.strategy)])
        sheet.append([.text("Start"), .date(report.start), .text("UTC")])
        sheet.append([.text("End"), .date(report.end), .text("UTC")])
        for figure in KeyFigure.all(of: report) {
            let value: Workbook.Cell =
                switch figure.value {
                case .whole(let number): .whole(number)
                case .hours(let hours): .decimal(hours)
                case .share(let share): .share(share)
                case .decimal(let number): .decimal(number)
                }
            sheet.append([.text(figure.name), value, .text(figure.unit)])
        }
        sheet.finish()
    }

    private func addLots(to book: Workbook) {
        let sheet = book.sheet(
            "Lots",
            columns: [
                .init("Lot ID", width: 22), .init("Type", width: 16), .init("Vials", width: 13),
                .init("Block", width: 8), .init("Fill start (UTC)", width: 17),
                .init("Fill end (UTC)", width: 17), .init("Fill hours", width: 11),
                .init("Due (UTC)", width: 17), .init("Priority", width: 9),
            ])
        var block = 0
        for activity in report.result.activities {
            if activity.kind == .clean { block += 1 }
            guard activity.kind == .fill else { continue }
            sheet.append([
                .text(activity.lotID), .text(activity.lotType),
                .whole(report.vials(in: activity.durationHours)), .whole(Int64(block)),
                .date(activity.start), .date(activity.end), .decimal(activity.durationHours),
                .date(activity.due), activity.priority.map { .whole($0) } ?? .nothing,
            ])
        }
        sheet.finish()
    }
}
