import SchedulingCore
import Testing

@Suite("Export of a schedule")
struct ScheduleExportTests {
    private func csv(id: String, type: String) throws -> String {
        let sample = [Lot(id: id, type: type, vials: Vials(10))]
        let timeline = Timeline(LotSequence(blocks: [[0]]), of: sample, under: try hourlyRules())
        return ScheduleExport.csv(ScheduleResult(timeline, of: sample, startingAt: UTCTime(microseconds: 0)))
    }

    @Test(
        "seed bug 14: CSV starts with a byte order mark, ends its lines with CRLF and quotes as RFC 4180 says"
    )
    func quoting() throws {
        #expect(
            try csv(id: "A,\"1\"", type: "Größe")
                == "\u{FEFF}Start,End,Kind,Lot ID,Lot Type,Note,Duration (h)\r\n"
                + "1970-01-01T00:00:00Z,1970-01-02T00:00:00Z,CLEAN,,,Block 1,24.0\r\n"
                + "1970-01-02T00:00:00Z,1970-01-02T10:00:00Z,FILL,\"A,\"\"1\"\"\",Größe,10 vials,10.0\r\n")
        #expect(Array(try csv(id: "A", type: "X").utf8.prefix(3)) == [0xEF, 0xBB, 0xBF])
        #expect(ScheduleExport.quoted("two\nlines") == "\"two\nlines\"")
        #expect(ScheduleExport.quoted(" a") == "\" a\"")
        #expect(ScheduleExport.quoted("a b") == "a b")
    }

    @Test(
        "seed bug 14: a cell that a spreadsheet would take for a formula is defused",
        arguments: ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1", "\u{A0}@x"])
    func formulas(cell: String) {
        #expect(ScheduleExport.defused(cell) == "'" + cell)
    }

    @Test("seed bug 14: lots with such IDs are defused in the file, and ordinary ones are left alone")
    func defusedInFile() throws {
        #expect(try csv(id: "=HYPERLINK(\"x\")", type: "-X").contains(",\"'=HYPERLINK(\"\"x\"\")\",'-X,"))
        for cell in ["", "A-1", "1=1", "a@b", "'x", "2026-01-05T06:00:00Z"] {
            #expect(ScheduleExport.defused(cell) == cell)
        }
    }
}

@Suite("Names")
struct ScheduleNameTests {
    @Test("seed bug 16: a name has at most 255 characters")
    func length() throws {
        let longest = String(repeating: "n", count: 255)
        #expect(try ScheduleName.read(longest) == longest)
        #expect(try ScheduleName.read("  " + longest + "\n") == longest)
        #expect(throws: InputFaults(field: "name", "the name has 256 characters, at most 255 are allowed")) {
            try ScheduleName.read(longest + "n")
        }
    }

    @Test("seed bug 16: a pile of combining marks does not count as one character")
    func combiningMarks() {
        #expect(throws: InputFaults.self) {
            try ScheduleName.read("e" + String(repeating: "\u{301}", count: 255))
        }
    }

    @Test(
        "seed bug 16: control characters and marks that turn the text are refused",
        arguments: ["a\nb", "a\u{0}b", "a\u{7F}b", "a\u{85}b", "a\u{2028}b", "a\u{202E}b", "a\u{2066}b"])
    func controls(name: String) throws {
        let faults = try #require(throws: InputFaults.self) { try ScheduleName.read(name) }
        #expect(faults.fields == ["name"])
    }

    @Test("a name of nothing is no name, and one of any script, markup too, is kept as it is")
    func kept() throws {
        #expect(try ScheduleName.read(nil) == nil)
        #expect(try ScheduleName.read(" \t ") == nil)
        for name in ["Woche 7", "第七週", "<script>alert('x')</script>", "👩‍🔬"] {
            #expect(try ScheduleName.read(name) == name)
        }
    }
}
