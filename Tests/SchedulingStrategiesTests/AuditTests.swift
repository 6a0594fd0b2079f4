import Foundation
import SchedulingCore
import SchedulingStrategies
import Testing

/// The audit, over random lots under random settings. `AUDIT_INSTANCES=100000` has it look at more than 2,000.
@Suite("Every strategy under every setting")
struct AuditTests {
    private static let parts = 16
    private static let instances =
        ProcessInfo.processInfo.environment["AUDIT_INSTANCES"].flatMap(UInt64.init) ?? 2_000

    @Test(
        "every schedule passes the audit; milp-opt is no longer than any and no bound is above one",
        arguments: 0..<parts)
    func audit(part: Int) throws {
        for seed in stride(from: UInt64(part), to: Self.instances, by: Self.parts) {
            let task = try Sample.anything(seed: seed, most: seed % 16 == 0 ? 14 : 6)
            var makespans: [String: Int64] = [:]
            var bound = Ticks.zero
            for entry in Catalogue.entries {
                let decision = try Catalogue.strategy(named: entry.name).decide(task, watch: PlanningWatch())
                let timeline = Timeline(decision.sequence, of: task.lots, under: task.config.rules)
                let violations = ScheduleAudit.violations(
                    in: timeline, of: task.lots, under: task.config.rules)
                #expect(violations.isEmpty, "\(entry.name), seed \(seed)")
                makespans[entry.name] = timeline.makespan.count
                if let known = decision.bound { bound = max(bound, known) }
            }
            let least = try #require(makespans.values.min())
            #expect(makespans["milp-opt"] == least, "seed \(seed)")
            #expect(bound > .zero && bound.count <= least, "seed \(seed)")
            let defined = try #require(Sample.definitions.compactMap { makespans[$0] }.min())
            for name in ["smart-pack", "hybrid-pack"] {
                #expect(makespans[name].map { $0 <= defined } == true, "\(name), seed \(seed)")
            }
        }
    }

    @Test(
        "milp-opt finds and proves the least makespan of 300 small tasks, as trying every schedule does",
        arguments: 0..<6)
    func everySchedule(part: Int) throws {
        for seed in UInt64(part * 50)..<UInt64(part * 50 + 50) {
            let task = try Sample.anything(seed: 1_000_000 + seed, most: 5)
            let decision = try MilpOpt().decide(task, watch: PlanningWatch())
            let makespan = Timeline(decision.sequence, of: task.lots, under: task.config.rules).makespan
            #expect(makespan == EverySchedule.leastMakespan(of: task), "seed \(seed)")
            #expect(decision.bound == makespan, "seed \(seed)")
        }
    }
}
