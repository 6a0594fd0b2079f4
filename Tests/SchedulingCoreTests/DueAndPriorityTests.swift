import Foundation
import SchedulingCore
import Testing

@Suite("Due times and priorities of lots")
struct DueAndPriorityTests {
    private func csv(_ rows: String) -> LotsReading {
        LotsCSV.read(("Lot ID,Type,Vials,Priority,Due date\n" + rows).utf8, rules: .standard)
    }

    private func json(_ more: String) throws -> LotsReading {
        let lot = #"{"lot_id": "A", "lot_type": "X", "vials": 1\#(more)}"#
        return LotsJSON.read(try JSONValue(parsing: "[\(lot)]".utf8), rules: .standard)
    }

    private func time(_ text: String) throws -> UTCTime { try StartTime(parsing: text).time }

    @Test("both columns are read, a day stands for its last second in UTC, and empty cells for nothing")
    func columns() throws {
        let reading = csv(
            """
            A,X,1,7,2026-01-31
            B,X,1,,2026-02-01T08:00:00+02:00
            C,X,1, 0 ,\u{20}
            D,X,1,100,2026-02-01T06:00
            """)
        #expect(reading.isValid)
        #expect(reading.lots.map(\.priority) == [7, nil, 0, 100])
        #expect(
            reading.lots.map(\.due) == [
                try time("2026-01-31T23:59:59Z"), try time("2026-02-01T06:00:00Z"), nil,
                try time("2026-02-01T06:00:00Z"),
            ])
        #expect(reading.warnings.map(\.line) == [5] && reading.warnings.map(\.field) == ["Due"])
        #expect(reading.warnings.first?.message == "2026-02-01T06:00 has no offset and was taken as UTC")
    }

    @Test("every fault is reported at its line and column, and the lot is not taken")
    func faults() {
        let reading = csv(
            """
            A,X,1,101,
            B,X,1,high,
            C,X,1,-1,
            D,X,1,,31.01.2026
            E,X,1,1.5,2026-02-30
            F,X,1,,3000-01-01
            """)
        #expect(reading.count == 6 && reading.lots.isEmpty)
        let day = "is neither a day, such as 2026-01-31, nor a time of RFC 3339, such as 2026-01-31T06:00:00Z"
        #expect(
            reading.faultLines == [
                "2|Priority|the priority 101 is not from 0 to 100",
                "3|Priority|\"high\" is not a whole number from 0 to 100",
                "4|Priority|\"-1\" is not a whole number from 0 to 100",
                "5|Due|\"31.01.2026\" \(day)",
                "6|Priority|\"1.5\" is not a whole number from 0 to 100",
                "6|Due|\"2026-02-30\" \(day)",
                "7|Due|a lot is due between the years 1970 and 2999",
            ])
        let twice = LotsCSV.read("Lot ID,Type,Vials,Due,due date\nA,X,1,,\n".utf8, rules: .standard)
        #expect(twice.faultLines == ["1|Due|the column is there twice"])
    }

    @Test("due times hold from the first second of 1970 to the last of 2999", arguments: ["csv", "json"])
    func years(form: String) throws {
        func isValid(_ due: String) throws -> Bool {
            form == "csv" ? csv("A,X,1,,\(due)\n").isValid : try json(#","due": "\#(due)""#).isValid
        }
        for due in ["1970-01-01", "1970-01-01T00:00:00Z", "2999-12-31", "2999-12-31T23:59:59Z"] {
            #expect(try isValid(due), "\(due)")
        }
        for due in ["1969-12-31", "1969-12-31T23:59:59Z", "3000-01-01", "2999-12-31T23:59:59-00:01"] {
            #expect(try !isValid(due), "\(due)")
        }
    }

    @Test("in JSON they are a string and a whole number, and null is nothing")
    func members() throws {
        let lot = try json(#","due": "2026-01-31", "priority": 5e1"#).valid().first
        #expect(lot?.priority == 50 && lot?.due?.description == "2026-01-31T23:59:59Z")
        let empty = try json(#","due": null, "priority": null"#)
        #expect(empty.isValid && empty.warnings.isEmpty)
        #expect(empty.lots == [Lot(id: "A", type: "X", vials: Vials(1))])
        for priority in ["0", "100"] { #expect(try json(",\"priority\": \(priority)").isValid) }
        for priority in ["-1", "101", "1.5", "\"1\"", "true", "1e999"] {
            let reading = try json(",\"priority\": \(priority)")
            #expect(reading.faults.map(\.field) == ["lots_data[0].priority"] && reading.lots.isEmpty)
        }
        for due in ["7", "\"soon\"", "\"\"", "[]"] {
            #expect(try json(",\"due\": \(due)").faults.map(\.field) == ["lots_data[0].due"])
        }
    }

    @Test("they are kept with the lot: in what is stored, in the result and in its exports")
    func kept() throws {
        let due = try time("2026-01-31T06:00:00Z")
        let sample = [
            Lot(id: "A", type: "X", vials: Vials(10), due: due, priority: 3),
            Lot(id: "B", type: "X", vials: Vials(10)),
        ]
        let stored = try JSONEncoder().encode(sample)
        #expect(try JSONDecoder().decode([Lot].self, from: stored) == sample)
        #expect(!String(decoding: try JSONEncoder().encode(sample[1]), as: UTF8.self).contains("due"))
        let timeline = Timeline(LotSequence(blocks: [[0, 1]]), of: sample, under: try hourlyRules())
        let result = ScheduleResult(timeline, of: sample, startingAt: UTCTime(microseconds: 0))
        #expect(result.activities.map(\.due) == [nil, due, nil, nil])
        #expect(result.activities.map(\.priority) == [nil, 3, nil, nil])
        #expect(
            try JSONDecoder().decode(ScheduleResult.self, from: ScheduleExport.json(result)) == result)
        let lines = ScheduleExport.csv(result).split(separator: "\r\n")
        #expect(lines.first?.hasSuffix(",Duration (h),Due,Priority") == true)
        #expect(lines[2].hasSuffix(",10.0,2026-01-31T06:00:00Z,3") && lines[4].hasSuffix(",10.0,,"))
    }
}
