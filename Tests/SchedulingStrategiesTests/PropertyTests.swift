import SchedulingCore
import SchedulingStrategies
import Testing

@Suite("Every strategy on random lots")
struct PropertyTests {
    @Test(
        "schedules pass the audit, are the same each time, and smart and hybrid beat or equal the definitions"
    )
    func properties() throws {
        var better = 0
        for seed in 0..<50 as Range<UInt64> {
            let task = try Sample.random(seed: seed)
            var makespans: [String: Ticks] = [:]
            for name in Sample.strategies {
                let strategy = try Catalogue.strategy(named: name)
                let first = try strategy.decide(task, watch: PlanningWatch()).sequence
                let second = try strategy.decide(task, watch: PlanningWatch()).sequence
                #expect(first == second, "\(name), seed \(seed)")
                let timeline = Timeline(first, of: task.lots, under: task.config.rules)
                let violations = ScheduleAudit.violations(
                    in: timeline, of: task.lots, under: task.config.rules)
                #expect(violations.isEmpty, "\(name), seed \(seed)")
                makespans[name] = timeline.makespan
            }
            let best = try #require(Sample.definitions.compactMap { makespans[$0] }.min())
            for name in ["smart-pack", "hybrid-pack"] {
                let makespan = try #require(makespans[name])
                #expect(makespan <= best, "\(name), seed \(seed)")
                #expect(makespan >= Self.leastMakespan(of: task), "\(name), seed \(seed)")
                if makespan < best { better += 1 }
            }
        }
        #expect(better > 0)
    }

    /// What filling and the cleans of the fewest blocks that can hold it take.
    private static func leastMakespan(of task: PlanningTask) -> Ticks {
        let rules = task.config.rules
        let fill = task.lots.reduce(Ticks.zero) { $0 + rules.fillTime(of: $1.vials) }
        let window = rules.ticks(rules.window).count
        return fill + Ticks((fill.count + window - 1) / window * rules.ticks(rules.clean).count)
    }

    @Test(
        "one lot, lots that fill a window each, lots without changeovers, and a window of one lot each are planned"
    )
    func extremes() throws {
        let full = try Sample.hourly(Array(repeating: ("X", 120), count: 7))
        let free = try Sample.hourly(Array(repeating: ("X", 1), count: 60), clean: 0, same: 0, other: 0)
        let tiny = try Sample.hourly((0..<40).map { ("T\($0 % 40)", 1) }, window: 1)
        let single = try Sample.hourly([("X", 1)])
        for name in Sample.strategies {
            #expect(try Sample.plan(full, name).result.makespan == 7 * 144)
            #expect(try Sample.plan(free, name).result.makespan == 60)
            #expect(try Sample.plan(tiny, name).result.kpis.blocks == 40)
            #expect(try Sample.plan(single, name).result.makespan == 25)
        }
    }

    @Test("the largest figures that the rules allow do not overflow")
    func largestFigures() throws {
        let rules = try Sample.rules(rate: 1_000_000, clean: 1_000, window: 1_000, same: 1_000, other: 1_000)
        let slack = try Sample.rules(rate: 1_000_000, clean: 1_000, window: 1_000, same: 0, other: 1_000)
        let lots = (0..<50).map { Lot(id: "L\($0)", type: "T\($0 % 3)", vials: Vials(100_000_000)) }
        for rules in [rules, slack] {
            let task = PlanningTask(lots: lots, config: PlanningConfig(rules: rules))
            for name in Sample.strategies {
                #expect(try Sample.plan(task, name).result.kpis.fillHours == 5_000)
            }
        }
    }
}
