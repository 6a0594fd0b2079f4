import Foundation
import SchedulingCore
import SchedulingStrategies
import TestSupport
import Testing

/// The faults of the planner that this one follows, by the number that its review gave them: each test fails
/// if the fault comes back. Those of jobs, results and requests are tested with the store and the service.
@Suite("Faults of the seed in input, strategies and exports")
struct SeedFaultTests {
    @Test("seed bug 4: the offset of a start decides when the line starts, and nothing starts now by mistake")
    func startTime() throws {
        let task = try Sample.task("lots.csv")
        func firstStart(_ text: String) throws -> String? {
            let start = try StartTime(parsing: text).time
            let plan = try Planner.plan(task, with: LPTPack(), startingAt: start)
            return plan.result.activities.first?.start.description
        }
        #expect(try firstStart("2025-10-13T10:00:00-05:00") == "2025-10-13T15:00:00Z")
        #expect(try firstStart("2025-10-13T10:00:00+00:00") == "2025-10-13T10:00:00Z")
        #expect(try StartTime(parsing: "2025-10-13T10:00:00").warning != nil)
        for text in ["", "now", "2025-10-13", "13.10.2025 10:00", "2025-13-01T00:00:00Z", "1760349600"] {
            #expect(throws: InputFaults.self) { try StartTime(parsing: text) }
        }
    }

    @Test("seed bug 5: duplicate IDs are errors, one for each later use, however many lots there are")
    func duplicates() throws {
        let limits = try #require(InputLimits(lots: InputLimits.mostLots))
        let rows = (0..<10_000).map { "L\($0 / 2),X,1\n" }.joined()
        let csv = LotsCSV.read(("Lot ID,Type,Vials\n" + rows).utf8, rules: .standard, limits: limits)
        #expect(csv.faults.count == 5_000 && csv.warnings.isEmpty && !csv.isValid)
        #expect(csv.faults.allSatisfy { $0.field == "Lot ID" })
        let entries = (0..<10_000).map { #"{"lot_id":"L\#($0 / 2)","lot_type":"X","vials":1}"# }
        let value = try JSONValue(parsing: "[\(entries.joined(separator: ","))]".utf8)
        let json = LotsJSON.read(value, rules: .standard, limits: limits)
        #expect(json.faults.count == 5_000 && json.warnings.isEmpty)
        #expect(json.faults.first?.field == "lots_data[1].lot_id")
    }

    @Test("seed bug 6: what goes wrong keeps its kind: cancelled is not failed, and a failure says why")
    func kinds() throws {
        let task = try Sample.hourly([("X", 60), ("X", 60)])
        func plan(_ strategy: any Strategy, cancelled: Bool) throws {
            _ = try Planner.plan(
                task, with: strategy, startingAt: UTCTime(microseconds: 0),
                watch: PlanningWatch(isCancelled: { cancelled }))
        }
        #expect(throws: PlanningFault.cancelled) { try plan(LPTPack(), cancelled: true) }
        #expect(throws: PlanningFault.failedAudit([.windowExceeded(block: 0)])) {
            try plan(Overfull(), cancelled: false)
        }
    }

    private struct Overfull: Strategy {
        func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
            Decision(sequence: LotSequence(blocks: [Array(task.lots.indices)]))
        }
    }

    @Test("seed bug 7: input with one fault gives no lots to plan, not those before the fault")
    func allOrNothing() {
        let reading = LotsCSV.read("Lot ID,Type,Vials\nA,X,1\nB,X,0\n".utf8, rules: .standard)
        #expect(throws: InputFaults.self) { try reading.valid() }
        #expect(reading.count == 2 && reading.faults.map(\.line) == [3])
    }

    @Test("seed bug 11: a strategy is known by name, alias and either dash, and everything else is refused")
    func strategies() throws {
        for entry in Catalogue.entries {
            let underscored = entry.name.replacing("-", with: "_")
            for name in [entry.name, underscored, entry.name.uppercased()] + entry.aliases {
                #expect(try Catalogue.entry(named: name).name == entry.name)
            }
        }
        for name in ["", "best", "smart-pack2", "smart pack", "__import__"] {
            let refusal = try #require(throws: StrategyRefusal.self) { try Catalogue.entry(named: name) }
            #expect(Catalogue.entries.allSatisfy { refusal.description.contains($0.name) })
        }
    }

    @Test("seed bug 14: whatever a lot is called, a reader of CSV gets it back, in its own cell")
    func csvExport() throws {
        let names = ["a,b", "say \"x\"", "two\nlines", " space ", "semi;colon", "tab\there", "Größe"]
        let lots = names.map { Lot(id: $0, type: $0, vials: Vials(10)) }
        let start = UTCTime(microseconds: 0)
        let plan = try Planner.plan(PlanningTask(lots: lots), with: LPTPack(), startingAt: start)
        let text = ScheduleExport.csv(plan.result)
        #expect(text.hasPrefix("\u{FEFF}"))
        let records = Self.records(String(text.dropFirst()))
        #expect(records.count == 1 + plan.result.activities.count)
        for (record, activity) in zip(records.dropFirst(), plan.result.activities) {
            #expect(record.count == 7 && record[2] == activity.kind.rawValue)
            #expect(record[3] == activity.lotID ?? "" && record[4] == activity.lotType ?? "")
        }
    }

    /// RFC 4180, as short as it can be.
    private static func records(_ text: String) -> [[String]] {
        var records: [[String]] = [[""]]
        var isQuoted = false
        var wasClosed = false
        for scalar in text.unicodeScalars {
            let record = records.count - 1
            let cell = records[record].count - 1
            switch scalar {
            case "\"":
                // A quote that opens right after one closed stands for itself.
                if wasClosed { records[record][cell].unicodeScalars.append(scalar) }
                wasClosed = isQuoted
                isQuoted.toggle()
                continue
            case "," where !isQuoted: records[record].append("")
            case "\r" where !isQuoted: break
            case "\n" where !isQuoted: records.append([""])
            default: records[record][cell].unicodeScalars.append(scalar)
            }
            wasClosed = false
        }
        return records.last == [""] ? records.dropLast() : records
    }

    @Test("seed bug 16: a name has 255 characters at most and no control characters; markup is only text")
    func names() throws {
        let longest = String(repeating: "n", count: 255)
        #expect(try ScheduleName.read(longest) == longest)
        #expect(throws: InputFaults.self) { try ScheduleName.read(longest + "n") }
        for bad in ["a\u{0}b", "a\nb", "a\u{1B}[2Jb", "a\u{202E}b"] {
            #expect(throws: InputFaults.self) { try ScheduleName.read(bad) }
        }
        for text in ["<script>alert(1)</script>", "'; DROP TABLE schedules; --"] {
            #expect(try ScheduleName.read(text) == text)
        }
    }

    @Test("seed bug 17: lots are counted before any is looked at, whichever way they come")
    func sizes() throws {
        let limits = try #require(InputLimits(lots: 3))
        func csv(_ count: Int) -> LotsReading {
            let rows = (0..<count).map { "L\($0),X,1\n" }.joined()
            return LotsCSV.read(("Lot ID,Type,Vials\n" + rows).utf8, rules: .standard, limits: limits)
        }
        func json(_ count: Int) -> LotsReading {
            let entries: [JSONValue] = (0..<count).map { index in
                .object([
                    .init(key: "lot_id", value: .string("L\(index)")),
                    .init(key: "lot_type", value: .string("X")),
                    .init(key: "vials", value: .number(DecimalLiteral("1"))),
                ])
            }
            return LotsJSON.read(.array(entries), rules: .standard, limits: limits)
        }
        #expect(csv(3).isValid && json(3).isValid)
        for over in [csv(4), json(4)] { #expect(over.lots.isEmpty && over.faults.count == 1) }
    }

    @Test("seed bug 18: JSON that breaks off anywhere, or nests too deep, is a fault and no crash")
    func brokenJSON() throws {
        let text = Array(#"{"name": "é\u00e9", "lots_data": [{"vials": 1.5e3}, null], "config": {}}"#.utf8)
        _ = try JSONValue(parsing: text)
        for length in 0..<text.count {
            #expect(throws: InputFaults.self) { try JSONValue(parsing: text[..<length]) }
        }
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue(parsing: nested(JSONValue.depthLimit + 1).utf8)
        for depth in [JSONValue.depthLimit + 2, 1_000_000] {
            #expect(throws: InputFaults.self) { try JSONValue(parsing: nested(depth).utf8) }
        }
    }

    @Test("seed bug 19: every strategy gives its thread back when nobody wants its answer any more")
    func stops() throws {
        let task = try Sample.task("lots_large.csv")
        for name in Sample.strategies {
            let strategy = try Catalogue.strategy(named: name)
            #expect(throws: PlanningCancelled.self) {
                try strategy.decide(task, watch: PlanningWatch(isCancelled: { true }))
            }
        }
    }
}
