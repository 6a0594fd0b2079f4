import Foundation
import ScheduleReports
import SchedulingCore
import TestSupport
import Testing

@Suite("A report as a workbook")
struct SpreadsheetTests {
    /// The cells of a sheet as they are in the file: texts are texts, numbers are numbers.
    private enum Cell: Equatable {
        case text(String)
        case number(Double)
        case other(String)
    }

    /// The workbook's sheets by name.
    private func sheets(of report: ScheduleReport) throws -> [String: [[Cell]]] {
        let folder = try TemporaryFolder()
        let path = try folder.write(try ReportFormat.xlsx.file(of: report), to: "report.xlsx")
        func part(_ name: String) throws -> XMLNode {
            try XMLNode(parsing: try output(of: "/usr/bin/unzip", ["-p", path, name]))
        }
        let shared = try part("xl/sharedStrings.xml").all("si").map { $0.all("t").map(\.text).joined() }
        let names = try part("xl/workbook.xml").all("sheet").compactMap { $0.attributes["name"] }
        var sheets: [String: [[Cell]]] = [:]
        for (index, name) in names.enumerated() {
            sheets[name] = try part("xl/worksheets/sheet\(index + 1).xml").all("row").map { row in
                row.all("c").map { cell in
                    let value = cell.all("v").first?.text ?? ""
                    if !cell.all("f").isEmpty { return .other("formula") }
                    switch cell.attributes["t"] {
                    case "s": return .text(shared[Int(value) ?? 0])
                    case nil: return Double(value).map { .number($0) } ?? .other(value)
                    case .some(let type): return .other(type)
                    }
                }
            }
        }
        return sheets
    }

    @Test("it has the sheets Schedule, Key figures and Lots, with dates as dates and numbers as numbers")
    func sheetsAndTypes() throws {
        let sheets = try sheets(of: try report([Lot(id: "A", type: "X", vials: Vials(239_040))]))
        #expect(Set(sheets.keys) == ["Schedule", "Key figures", "Lots"])
        let schedule = try #require(sheets["Schedule"])
        #expect(schedule.count == 3)
        // 2026-01-05 06:00 is day 46027.25 of a spreadsheet; a clean takes 24 h and the fill 12 h.
        #expect(
            schedule[1].prefix(4) == [.number(46_027.25), .number(46_028.25), .text("CLEAN"), .number(1)])
        #expect(
            schedule[2]
                == [
                    .number(46_028.25), .number(46_028.75), .text("FILL"), .number(1), .text("A"),
                    .text("X"), .text("239040 vials"), .number(12),
                ])
        let lots = try #require(sheets["Lots"])
        #expect(
            lots[1].prefix(5) == [.text("A"), .text("X"), .number(239_040), .number(1), .number(46_028.25)])
        let figures = try #require(sheets["Key figures"])
        #expect(figures.contains { $0.prefix(2) == [.text("Makespan"), .number(36)] })
        #expect(figures.contains { $0.prefix(2) == [.text("Schedule"), .text("Week 7")] })
    }

    @Test("a text stays that text, whatever a spreadsheet could take it for", arguments: hostileTexts)
    func texts(text: String) throws {
        let sheets = try sheets(
            of: try report([Lot(id: text, type: "T" + text, vials: Vials(10))], named: text))
        // Readers take _x005F_ for an underscore.
        let stored = text.replacing("_x0041_", with: "_x005F_x0041_")
        #expect(try #require(sheets["Lots"])[1].prefix(2) == [.text(stored), .text("T" + stored)])
        #expect(try #require(sheets["Schedule"])[2][4] == .text(stored))
        #expect(
            try #require(sheets["Key figures"]).contains {
                $0.prefix(2) == [.text("Schedule"), .text(stored)]
            })
    }

    @Test("what could hide or turn other text shows as a replacement character, and the file stays XML")
    func hiddenCharacters() throws {
        let sheets = try sheets(
            of: try report([Lot(id: "a\u{202E}b\u{0}c\u{FFFF}", type: "X", vials: Vials(1))]))
        #expect(try #require(sheets["Lots"])[1].first == .text("a\u{FFFD}b\u{FFFD}c\u{FFFD}"))
    }

    @Test("due times and priorities have columns in Schedule if a lot has them")
    func dueAndPriority() throws {
        let due = UTCTime(microseconds: 1_767_592_800_000_000 + 86_400_000_000)
        let lot = Lot(id: "A", type: "X", vials: Vials(10), due: due, priority: 7)
        let schedule = try #require(try sheets(of: try report([lot]))["Schedule"])
        #expect(schedule[0].suffix(2) == [.text("Due (UTC)"), .text("Priority")])
        #expect(schedule[2].suffix(2) == [.number(46_028.25), .number(7)])
    }

    @Test("the same schedule makes the same file")
    func determinism() throws {
        let report = try report(lots(20))
        #expect(try ReportFormat.xlsx.file(of: report) == ReportFormat.xlsx.file(of: report))
    }
}
