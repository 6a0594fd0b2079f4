import Foundation
import SchedulingCore
import TestSupport
import Testing

@Suite("fillscheduler plan, validate and their faults")
struct PlanCommandTests {
    private let lots = Fixtures.url("lots.csv").path

    /// What `plan --format json` prints.
    private struct Report: Decodable {
        var strategy: String
        var makespan: Double
        var utilization: Double
        var changeovers: Int
        var blocks: Int
        var lotsScheduled: Int
        var bound: Double?
        var gap: Double?
        var proven: Bool
        var seconds: Double
        var kpis: KPIs
        var activities: [Activity]

        enum CodingKeys: String, CodingKey {
            case strategy, makespan, utilization, changeovers, blocks, bound, gap, proven, seconds, kpis,
                activities
            case lotsScheduled = "lots_scheduled"
        }
    }

    @Test(
        "every strategy plans the small file with the makespan that it must have",
        arguments: [
            ("smart", "497.16"), ("spt_pack", "501.16"), ("lpt-pack", "497.16"), ("cfs", "497.16"),
            ("hybrid", "497.16"), ("milp", "497.16"),
        ])
    func makespans(strategy: String, hours: String) throws {
        let run = try CommandRun(
            "plan", lots, "--strategy", strategy, "--start", "2026-01-05T08:00:00+02:00", "--format", "json")
        #expect(run.exitCode == 0 && run.errors.isEmpty)
        let report: Report = try run.json()
        #expect(HoursText.rounded(report.makespan) == hours)
        #expect(report.lotsScheduled == 15 && report.blocks == 4 && report.changeovers == 11)
        #expect(report.activities.count == 15 + 11 + 4)
        #expect(report.activities.first?.start.description == "2026-01-05T06:00:00Z")
    }

    @Test("the JSON names every figure of the contract, with null where a heuristic knows no bound")
    func shape() throws {
        let run = try CommandRun("plan", lots, "--format", "json")
        guard case .object(let members) = try JSONValue(parsing: run.output.utf8) else {
            Issue.record("not an object: \(run.output)")
            return
        }
        #expect(
            Set(members.map(\.key)) == [
                "strategy", "makespan", "utilization", "changeovers", "blocks", "lots_scheduled", "bound",
                "gap",
                "proven", "seconds", "kpis", "activities",
            ])
        let values = Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) })
        #expect(values["strategy"] == .string("smart-pack"))
        #expect(values["bound"] == .null && values["gap"] == .null && values["proven"] == .bool(false))
    }

    @Test("a table ends with the figures, CSV starts with a byte order mark and the header")
    func tableAndCSV() throws {
        let table = try CommandRun("plan", lots)
        #expect(table.exitCode == 0 && table.output.contains("smart-pack: 497.16 h for 15 lots in 4 blocks"))
        let csv = try CommandRun("plan", lots, "--format", "csv")
        #expect(csv.output.hasPrefix("\u{FEFF}Start,End,Kind,Lot ID,Lot Type,Note,Duration (h)\r\n"))
        #expect(csv.output.split(separator: "\r\n").count == 1 + 30)
    }

    @Test("a report goes to the file that is named, and one that cannot be written is refused")
    func reports() throws {
        let folder = try TemporaryFolder()
        for (format, start) in [("xlsx", "PK"), ("pdf", "%PDF-"), ("html", "<!DOCTYPE html>")] {
            let path = folder.file("plan.\(format)")
            let run = try CommandRun("plan", lots, "--format", format, "--output", path)
            #expect(run.exitCode == 0 && run.output.isEmpty && run.errors.isEmpty)
            #expect(try Data(contentsOf: URL(filePath: path)).starts(with: start.utf8))
        }
        let page = try CommandRun("plan", lots, "--format", "html")
        #expect(page.exitCode == 0 && page.output.contains("<h1><bdi>lots</bdi></h1>"))
        let nowhere = try CommandRun("plan", lots, "--format", "pdf", "-o", folder.file("no/plan.pdf"))
        #expect(nowhere.exitCode == 1 && nowhere.errors.contains("no/plan.pdf: "))
    }

    @Test("lots are read from standard input, and settings from a file")
    func inputAndConfig() throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(
            Data(#"{"clean_hours": 10, "fill_rate_vph": 100}"#.utf8), to: "line.json")
        let run = try CommandRun(
            "plan", "-", "--config", config, "--format", "json", input: "Lot ID;Type;Vials\nA;X;500\n")
        let report: Report = try run.json()
        #expect(report.makespan == 15)
        let wrong = try folder.write(Data("{\"clean_hours\": -1,\n\"x\": 2}".utf8), to: "wrong.json")
        let refused = try CommandRun("validate", lots, "--config", wrong)
        #expect(refused.exitCode == 1 && refused.errorLines.count == 2)
        #expect(refused.errorLines.allSatisfy { $0.hasPrefix(wrong + ": ") })
    }

    @Test("a lot of high priority goes before its equals, and the result says when lots are due")
    func dueAndPriority() throws {
        let file = "Lot ID,Type,Vials,Due,Priority\nA,X,100,2026-02-01,\nB,X,100,,9\n"
        let run = try CommandRun("plan", "-", "--format", "json", input: file)
        let report: Report = try run.json()
        let fills = report.activities.filter { $0.kind == .fill }
        #expect(fills.map(\.lotID) == ["B", "A"] && fills.map(\.priority) == [9, nil])
        #expect(fills.last?.due?.description == "2026-02-01T23:59:59Z" && run.errors.isEmpty)
        let bad = try CommandRun("validate", "-", input: "Lot ID,Type,Vials,Priority\nA,X,1,101\n")
        #expect(bad.exitCode == 1)
        #expect(bad.errorLines == ["standard input:2: Priority: the priority 101 is not from 0 to 100"])
    }

    @Test("faults go to standard error, one a line with file and line, and nothing is planned")
    func faults() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            Data("Lot ID,Type,Vials\nA,X,10\nB,X,ten\nA,X,3000000\n".utf8), to: "bad.csv")
        for command in ["plan", "compare", "validate"] {
            let run = try CommandRun(command, file)
            #expect(run.exitCode == 1 && run.output.isEmpty)
            #expect(
                run.errorLines == [
                    "\(file):3: Vials: \"ten\" is not a whole number from 1 to 100000000",
                    "\(file):4: Vials: 3000000 vials do not fit the window of 120.0 h, which holds at most 2390400",
                    "\(file):4: Lot ID: the lot ID A is already used in line 2",
                ])
        }
        let missing = try CommandRun("plan", folder.file("none.csv"))
        #expect(missing.exitCode == 1 && missing.errors.contains("cannot be read: No such file"))
        let directory = try CommandRun("plan", folder.path)
        #expect(directory.exitCode == 1 && directory.output.isEmpty)
    }

    /// What `validate --json` prints.
    private struct Validation: Decodable {
        struct Fault: Decodable, Hashable {
            var field: String?
            var line: Int?
            var message: String
        }
        var valid: Bool
        var errors: [Fault]
        var warnings: [Fault]
        var lotsCount: Int

        enum CodingKeys: String, CodingKey {
            case valid, errors, warnings
            case lotsCount = "lots_count"
        }
    }

    @Test("validate tells every fault with line and column as a table or as JSON, with exit code 1")
    func validationListings() throws {
        let bad = "Lot ID,Type,Vials,Line\nA,X,10,\nA,,ten,\n"
        let json = try CommandRun("validate", "-", "--json", input: bad)
        let report: Validation = try json.json()
        #expect(json.exitCode == 1 && json.errors.isEmpty && !report.valid && report.lotsCount == 2)
        #expect(report.errors.map(\.line) == [3, 3, 3])
        #expect(report.errors.map(\.field) == ["Vials", "Type", "Lot ID"])
        #expect(report.warnings.map(\.field) == ["Line"])
        let table = try CommandRun("validate", "-", "--table", input: bad)
        let rows = table.output.split(separator: "\n")
        #expect(table.exitCode == 1 && table.errors.isEmpty && rows.count == 2 + 4)
        #expect(rows[0].hasPrefix("Line  Column  Kind     Message"))
        #expect(rows[3] == "   3  Type    error    the lot type is empty")
        #expect(rows[5] == "   1  Line    warning  the column is not used")
        let missing = try CommandRun("validate", "/nowhere/at/all", "--json")
        let gone: Validation = try missing.json()
        #expect(missing.exitCode == 1 && gone.errors.first?.message.hasPrefix("cannot be read") == true)
        #expect(try CommandRun("validate", "-", "--json", "--table", input: bad).exitCode == 2)
    }

    @Test("validate of a good file has exit code 0 however it tells so")
    func validListings() throws {
        let good: Validation = try CommandRun("validate", lots, "--json").json()
        #expect(good.valid && good.errors.isEmpty && good.lotsCount == 15)
        for listing in ["--lines", "--table"] {
            let run = try CommandRun("validate", lots, listing)
            #expect(run.exitCode == 0 && run.errors.isEmpty && run.output.hasPrefix("valid: lots 15, types"))
        }
        #expect(try CommandRun("validate", lots, "--json").exitCode == 0)
    }

    @Test("warnings go to standard error and do not stop anything")
    func warnings() throws {
        let run = try CommandRun("validate", "-", input: "Lot ID,Type,Vials,Line\nA,X,19920,1\n")
        #expect(run.exitCode == 0)
        #expect(run.output == "valid: lots 1, types 1, vials 19920, hours of filling 1.00\n")
        #expect(run.errorLines == ["standard input:1: Line: warning: the column is not used"])
    }

    @Test(
        "seed bug 4: a start without an offset is taken as UTC with a warning, one that does not parse is refused"
    )
    func start() throws {
        let run = try CommandRun("plan", lots, "--start", "2026-01-05T06:00:00", "--format", "json")
        let report: Report = try run.json()
        #expect(report.activities.first?.start.description == "2026-01-05T06:00:00Z")
        #expect(run.errors.contains("has no offset and was taken as UTC"))
        let wrong = try CommandRun("plan", lots, "--start", "tomorrow")
        #expect(wrong.exitCode == 2 && wrong.output.isEmpty && wrong.errors.contains("RFC 3339"))
    }

    @Test("wrong usage is exit code 2, help 0")
    func exitCodes() throws {
        let unknown = try CommandRun("plan", lots, "--strategy", "best")
        #expect(unknown.exitCode == 2 && unknown.errors.contains("known are smart-pack, spt-pack"))
        #expect(try CommandRun("plan").exitCode == 2)
        #expect(try CommandRun("paint", lots).exitCode == 2)
        #expect(try CommandRun("plan", lots, "--format", "doc").exitCode == 2)
        for limit in ["0", "-1", "86401", "nan", "soon"] {
            #expect(try CommandRun("plan", lots, "--time-limit=\(limit)").exitCode == 2)
        }
        #expect(try CommandRun("plan", lots, "--time-limit=0.001").exitCode == 0)
        let help = try CommandRun("--help")
        #expect(help.exitCode == 0 && help.output.contains("SUBCOMMANDS") && help.errors.isEmpty)
    }
}
