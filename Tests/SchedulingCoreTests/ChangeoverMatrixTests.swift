import Foundation
import SchedulingCore
import Testing

@Suite("Changeover matrix")
struct ChangeoverMatrixTests {
    private func parse(_ matrix: String) throws -> PlanningConfig {
        try PlanningConfig(parsing: #"{"changeover_matrix": \#(matrix)}"#.utf8)
    }

    private func fields(_ matrix: String) throws -> [String?] {
        try #require(throws: InputFaults.self) { try parse(matrix) }.fields
    }

    @Test("a pair takes its hours in its direction, and one that is left out takes the constant")
    func pairs() throws {
        let rules = try parse(#"{"A": {"A": 5, "B": 6.5}, "B": {"A": 9}, "C": {}}"#).rules
        func hours(_ first: String, _ second: String) -> Double {
            rules.hours(rules.changeover(from: first, to: second))
        }
        #expect([hours("A", "A"), hours("A", "B"), hours("B", "A")] == [5, 6.5, 9])
        #expect([hours("B", "B"), hours("A", "C"), hours("C", "A"), hours("X", "X")] == [4, 8, 8, 4])
    }

    @Test("it is kept with the configuration and read back as it was; an empty one is none")
    func stored() throws {
        let config = try parse(#"{"A": {"A": 0.0001, "B": 1000}, "B": {"A": 9}, "C": {}}"#)
        let data = try JSONEncoder().encode(config)
        #expect(try JSONDecoder().decode(PlanningConfig.self, from: data) == config)
        #expect(try PlanningConfig(parsing: data) == config)
        #expect(try JSONValue(parsing: data)["changeover_matrix"]?["B"]?["A"] != nil)
        #expect(config != .standard)
        for empty in ["{}", #"{"A": {}}"#] {
            #expect(try parse(empty) == .standard)
            let data = try JSONEncoder().encode(try parse(empty))
            #expect(try JSONValue(parsing: data)["changeover_matrix"] == nil)
        }
    }

    @Test("every fault is told at once, at its pair")
    func faults() throws {
        let matrix = #"""
            {"A": {"A": -1, "B": 1000.0001, "C": "4", "D": null, "E": 0.00001}, "": {"A": 4}, "B": 4,
             " C": {"A": 4}, "D": {"A\u0001": 1, "F ": 2}, "TTTTTTTTTTTTTTTTTTTTT": {}}
            """#
        #expect(
            try fields(matrix) == [
                "config.changeover_matrix.A.A", "config.changeover_matrix.A.B",
                "config.changeover_matrix.A.C",
                "config.changeover_matrix.A.D", "config.changeover_matrix.A.E", "config.changeover_matrix.",
                "config.changeover_matrix.B", "config.changeover_matrix. C", "config.changeover_matrix.D.A",
                "config.changeover_matrix.D.F ", "config.changeover_matrix.TTTTTTTTTTTTTTTTTTTTT",
            ])
        for wrong in ["null", "[]", "4", "true", "\"A\""] {
            #expect(try fields(wrong) == ["config.changeover_matrix"])
        }
        #expect(throws: InputFaults.self) { try parse(#"{"A": {}, "A": {}}"#) }
    }

    @Test("100 types of 20 characters with hours at their bounds are taken; one more of anything is refused")
    func bounds() throws {
        func square(_ count: Int) -> String {
            let row = (0..<count).map { "\"T\($0)\": \($0 % 2 * 1_000)" }.joined(separator: ",")
            return "{" + (0..<count).map { "\"T\($0)\": {\(row)}" }.joined(separator: ",") + "}"
        }
        #expect(try parse(square(100)).rules.changeoverMatrix.types.count == 100)
        #expect(try fields(square(101)) == ["config.changeover_matrix"])
        let column = (0..<100).map { "\"T\($0)\": 1" }.joined(separator: ",")
        #expect(try fields("{\"X\": {\(column)}}") == ["config.changeover_matrix"])
        let name = String(repeating: "T", count: 20)
        _ = try parse("{\"\(name)\": {\"\(name)\": 1}}")
        #expect(try fields("{\"\(name)T\": {\"A\": 1}}") == ["config.changeover_matrix.\(name)T"])
    }

    @Test("a stored matrix out of bounds is not believed")
    func storedOutOfBounds() {
        for matrix in [#"{"A": {"B": 1001}}"#, #"{"A": {" B": 1}}"#, #"{"A": {"": 1}}"#] {
            let data = Data(#"{"changeover_matrix": \#(matrix)}"#.utf8)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(PlanningConfig.self, from: data) }
        }
    }

    @Test("types that the matrix does not name earn one warning; without a matrix there is none")
    func warning() throws {
        let csv = "Lot ID,Type,Vials\nL1,A,10\nL2,Q,10\nL3,P,10\n"
        let rules = try parse(#"{"A": {"B": 6}}"#).rules
        let reading = LotsCSV.read(Array(csv.utf8), rules: rules)
        #expect(reading.isValid)
        #expect(
            reading.warnings.map(\.message) == [
                "the changeover matrix does not name the type P and 1 more: chg_same_hours and chg_diff_hours "
                    + "are used"
            ])
        #expect(LotsCSV.read(Array(csv.utf8), rules: .standard).warnings.isEmpty)
        let named = try parse(#"{"A": {"P": 6, "Q": 6}}"#).rules
        #expect(LotsCSV.read(Array(csv.utf8), rules: named).warnings.isEmpty)
    }

    @Test("the timeline takes the hours of each pair, and the audit finds a changeover of other hours")
    func timelineAndAudit() throws {
        let rules = try #require(
            LineRules(
                fillRate: VialsPerHour(1), clean: Hours(24), window: Hours(120), sameTypeChangeover: Hours(4),
                otherTypeChangeover: Hours(8),
                changeoverMatrix: ChangeoverMatrix([
                    "X": ["X": Hours(5), "Y": Hours(6)], "Y": ["X": Hours(9)],
                ]) ?? .none))
        let sample = lots([("X", 10), ("X", 10), ("Y", 10), ("Y", 10), ("X", 10)])
        let timeline = Timeline(LotSequence(blocks: [[0, 1, 2, 3, 4]]), of: sample, under: rules)
        let changeovers = timeline.steps.filter { $0.kind == .changeover }
        #expect(changeovers.map { rules.hours($0.end - $0.start) } == [5, 6, 4, 9])
        #expect(rules.hours(timeline.makespan) == 24 + 50 + 24)
        #expect(ScheduleAudit.violations(in: timeline, of: sample, under: rules).isEmpty)
        // Steps are: clean, fill, changeover, fill and so on.
        let constants = try hourlyRules()
        #expect(
            ScheduleAudit.violations(in: timeline, of: sample, under: constants) == [
                .wrongDuration(step: 2), .wrongDuration(step: 4), .wrongDuration(step: 8),
            ])
        let flat = Timeline(LotSequence(blocks: [[0, 1, 2, 3, 4]]), of: sample, under: constants)
        #expect(
            ScheduleAudit.violations(in: flat, of: sample, under: rules) == [
                .wrongDuration(step: 2), .wrongDuration(step: 4), .wrongDuration(step: 8),
            ])
    }
}
