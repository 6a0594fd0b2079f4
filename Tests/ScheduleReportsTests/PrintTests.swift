import Foundation
import ScheduleReports
import SchedulingCore
import TestSupport
import Testing

@Suite("A report as a PDF")
struct PrintTests {
    /// The text of a PDF, page by page, and what `pdfinfo` says of it.
    private func read(_ report: ScheduleReport) throws -> (pages: [String], info: String) {
        let folder = try TemporaryFolder()
        let path = try folder.write(try ReportFormat.pdf.file(of: report), to: "report.pdf")
        let text = try output(of: "/usr/bin/pdftotext", ["-layout", path, "-"])
        let pages = text.split(separator: "\u{C}", omittingEmptySubsequences: true).map(String.init)
        return (pages.filter { $0 != "\n" }, try output(of: "/usr/bin/pdfinfo", [path]))
    }

    @Test(
        "the first page has the name, the key figures and the chart; the activities follow, all pages numbered"
    )
    func contents() throws {
        let report = try report(lots(60))
        let (pages, info) = try read(report)
        #expect(pages.count > 2)
        for (index, page) in pages.enumerated() {
            #expect(page.contains("Page \(index + 1) of \(pages.count)"))
        }
        #expect(info.contains("Pages:           \(pages.count)"))
        #expect(info.contains("Title:           Week 7"))
        #expect(info.contains("841.89 x 595.28"))
        let first = pages[0]
        for words in [
            "Week 7", "Makespan", "Utilisation", "Mon 5 Jan 2026, 06:00 UTC", "Changeover", "Clean", "24 h",
            "Block", "Type 0",
        ] { #expect(first.contains(words), "\(words)") }
        let rest = pages.dropFirst().joined()
        #expect(rest.contains("2026-01-05 06:00"))
        for number in 0..<60 { #expect(rest.contains("LOT-\(1_000 + number)")) }
    }

    @Test("a text is shown as that text and takes no more room than there is", arguments: hostileTexts)
    func texts(text: String) throws {
        let (pages, _) = try read(try report([Lot(id: text, type: "X", vials: Vials(10))], named: text))
        #expect(pages.count == 2)
        // Fonts for every script are not everywhere; what is ASCII is there to be read.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { #expect(pages[1].contains(text)) }
    }

    @Test("names of 255 emoji, of 255 wide letters and of lines that turn make a report of ordinary length")
    func longNames() throws {
        for name in [
            String(repeating: "👩‍🔬", count: 85), String(repeating: "W", count: 255), "a\u{202E}b\nc\u{2028}d",
        ] {
            let (pages, _) = try read(
                try report([Lot(id: "A", type: String(name.prefix(20)), vials: Vials(10))], named: name))
            #expect(pages.count == 2)
        }
    }

    @Test("a schedule without lots is a report too")
    func nothing() throws {
        let (pages, _) = try read(try report([]))
        #expect(!pages.isEmpty && pages[0].contains("Page 1 of \(pages.count)"))
    }

    @Test("the same schedule makes the same file")
    func determinism() throws {
        let report = try report(lots(20))
        #expect(try ReportFormat.pdf.file(of: report) == ReportFormat.pdf.file(of: report))
    }
}
