import Foundation
import SchedulingCore
import Testing

@Suite("Configuration of a schedule")
struct PlanningConfigTests {
    private func parse(_ text: String) throws -> PlanningConfig { try PlanningConfig(parsing: text.utf8) }

    @Test("what is left out has its default, and null is all defaults")
    func defaults() throws {
        #expect(try parse("{}") == .standard)
        #expect(try parse("null") == .standard)
        let rules = PlanningConfig.standard.rules
        #expect(rules.fillRate == VialsPerHour(19_920))
        #expect([rules.clean, rules.window] == [Hours(24), Hours(120)])
        #expect([rules.sameTypeChangeover, rules.otherTypeChangeover] == [Hours(4), Hours(8)])
    }

    @Test("every setting is read exactly")
    func settings() throws {
        let config = try parse(
            """
            {"fill_rate_vph": 12000, "clean_hours": 0, "window_hours": 96.125, "chg_same_hours": 0.1,
             "chg_diff_hours": 7.5e0, "cfs_cluster_order": "hours", "cfs_within": "SPT"}
            """)
        #expect(config.rules.fillRate == VialsPerHour(12_000))
        #expect(config.rules.clean == Hours(0))
        #expect(config.rules.window == Hours(tenThousandths: 961_250))
        #expect(config.rules.sameTypeChangeover == Hours(tenThousandths: 1_000))
        #expect(config.rules.otherTypeChangeover == Hours(tenThousandths: 75_000))
        #expect(config.clusterOrder == .hours && config.withinCluster == .shortestFirst)
        let stored = try JSONEncoder().encode(config)
        #expect(try JSONDecoder().decode(PlanningConfig.self, from: stored) == config)
        #expect(try PlanningConfig(parsing: stored) == config)
    }

    @Test(
        "each bound holds on both sides",
        arguments: [
            ("fill_rate_vph", "1", "1000000", "0", "1000001"),
            ("clean_hours", "0", "1000", "-0.0001", "1000.0001"),
            ("window_hours", "0.0001", "1000", "0", "1000.0001"),
            ("chg_same_hours", "0", "1000", "-1", "1001"), ("chg_diff_hours", "0", "1000", "-1", "1001"),
        ])
    func bounds(key: String, lowest: String, highest: String, below: String, above: String) throws {
        for value in [lowest, highest] { _ = try parse(#"{"\#(key)": \#(value)}"#) }
        for value in [below, above, "\"1\"", "null", "true", "1e999"] {
            let faults = try #require(throws: InputFaults.self) { try parse(#"{"\#(key)": \#(value)}"#) }
            #expect(faults.fields == ["config.\(key)"])
        }
    }

    @Test("all faults are reported at once, with the settings that are known")
    func faults() throws {
        let faults = try #require(throws: InputFaults.self) {
            try parse(#"{"speed": 1, "changeover_matrix": 4, "clean_hours": 0.00001, "cfs_within": "x"}"#)
        }
        #expect(
            faults.fields == [
                "config.speed", "config.clean_hours", "config.changeover_matrix", "config.cfs_within",
            ])
        #expect(faults.faults[0].message.contains("window_hours"))
        #expect(faults.faults[3].message == "one of lpt, spt is expected")
        #expect(throws: InputFaults(field: "config", "an object is expected, not an array")) {
            try parse("[]")
        }
        #expect(throws: InputFaults.self) { try parse("{") }
    }

    @Test("however many settings there are not, as many faults as there are settings are enough")
    func manyUnknown() throws {
        let members = (0..<1_000).map { "\"s\($0)\": 1" }.joined(separator: ",")
        let faults = try #require(throws: InputFaults.self) { try parse("{\(members)}") }
        #expect(faults.faults.count == PlanningConfig.Key.allCases.count)
    }

    @Test("a stored configuration out of bounds is not believed")
    func storedOutOfBounds() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(PlanningConfig.self, from: Data(#"{"window_hours": 5000}"#.utf8))
        }
    }
}
