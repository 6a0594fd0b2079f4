import Foundation
import ScheduleReports
import SchedulingCore
import Testing

@Suite("A report as a page")
struct WebTests {
    private func page(_ report: ScheduleReport) throws -> String {
        String(decoding: try ReportFormat.html.file(of: report), as: UTF8.self)
    }

    @Test("it has the name, the key figures, a row of the chart for each block and a line for each activity")
    func contents() throws {
        let report = try report(lots(60))
        let page = try page(report)
        for words in ["<bdi>Week 7</bdi>", "Makespan", "Mon 5 Jan 2026, 06:00", "Changeover", "24 h"] {
            #expect(page.contains(words), "\(words)")
        }
        #expect(page.matches(of: /<th scope="row">/).count == report.result.kpis.blocks)
        #expect(page.matches(of: /<tr class="/).count == report.result.activities.count)
    }

    @Test("a text is shown as that text and never is markup", arguments: hostileTexts)
    func texts(text: String) throws {
        let page = try page(try report([Lot(id: text, type: text, vials: Vials(10))], named: text))
        let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("'", with: "&#39;")
        #expect(page.contains("<h1><bdi>\(escaped)</bdi></h1>"))
        #expect(page.contains("<td class=\"name\"><bdi>\(escaped)</bdi></td>"))
        #expect(!page.contains("<script") && !page.contains("<b>alert") && !page.contains("DROP TABLE'"))
    }

    @Test("what could hide or turn other text shows as a replacement character")
    func hiddenCharacters() throws {
        #expect(try page(try report([], named: "a\u{202E}b\u{0}")).contains("<bdi>a\u{FFFD}b\u{FFFD}</bdi>"))
    }

    @Test(
        "it needs nothing from elsewhere, runs nothing, and its policy allows its own style and nothing else")
    func policy() throws {
        let page = try page(try report(lots(5)))
        let policy = WebReport.contentSecurityPolicy
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(page.contains("content=\"\(policy.replacing("'", with: "&#39;"))\""))
        for forbidden in ["<script", " src=", "href=", "@import", " style=", "url(http", " onload"] {
            #expect(!page.contains(forbidden), "\(forbidden)")
        }
    }

    @Test("types beyond the marks that differ share one and are counted in the legend")
    func manyTypes() throws {
        let all = (0..<30).map { Lot(id: "L\($0)", type: "T\($0)", vials: Vials(Int64(100_000 - $0))) }
        let page = try page(try report(all))
        #expect(page.contains("6 more types"))
        #expect(Set(page.matches(of: /<pattern id="(m[^"]*)"/).map(\.output.1)).count == 25)
    }

    @Test("a schedule without lots is a report too, and the same schedule makes the same file")
    func edges() throws {
        #expect(try page(try report([])).hasSuffix("</html>\n"))
        let report = try report(lots(20))
        #expect(try page(report) == page(report))
    }
}
