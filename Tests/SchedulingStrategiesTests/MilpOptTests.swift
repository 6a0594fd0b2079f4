import SchedulingCore
import SchedulingStrategies
import Synchronization
import TestSupport
import Testing

@Suite("milp-opt")
struct MilpOptTests {
    @Test("the small file is proven optimal at 497.16 h")
    func small() throws {
        let plan = try Sample.plan(try Sample.task("lots.csv"), "milp-opt")
        #expect(HoursText.rounded(plan.result.makespan) == "497.16")
        #expect(plan.isProven && plan.gap == 0)
    }

    @Test("it is never worse than another strategy, and no bound is above another's makespan")
    func neverWorse() throws {
        for seed in 100..<120 as Range<UInt64> {
            let task = try Sample.random(seed: seed)
            let best = try Sample.plan(task, "milp-opt")
            let bound = try #require(best.bound)
            #expect(bound <= best.result.makespan)
            for other in Sample.available {
                let makespan = try Sample.plan(task, other).result.makespan
                #expect(best.result.makespan <= makespan && bound <= makespan, "\(other), seed \(seed)")
            }
        }
    }

    @Test(
        "the best order is found by trying every schedule, whatever the rules",
        arguments: 0..<60 as Range<UInt64>)
    func everyRule(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let task = try Sample.hourly(
            (0..<Int.random(in: 1...5, using: &random)).map { _ in
                (["X", "Y", "Z"].randomElement(using: &random) ?? "X", .random(in: 1...20, using: &random))
            },
            clean: .random(in: 0...12, using: &random), window: .random(in: 20...40, using: &random),
            same: .random(in: 0...8, using: &random), other: .random(in: 0...8, using: &random))
        let least = Self.leastMakespan(of: task)
        let plan = try Sample.plan(task, "milp-opt")
        let bound = try #require(plan.bound)
        #expect(bound <= least && plan.result.makespan >= least)
        let rules = task.config.rules
        if rules.sameTypeChangeover <= rules.otherTypeChangeover {
            #expect(plan.result.makespan == least && plan.isProven)
        }
    }

    /// The least makespan of all orders and cleans, in hours.
    private static func leastMakespan(of task: PlanningTask) -> Double {
        let rules = task.config.rules
        var best = Int64.max
        func go(_ left: [Int], _ last: Int?, _ spent: Int64, _ inBlock: Int64) {
            if left.isEmpty { best = min(best, spent) }
            for (place, lot) in left.enumerated() {
                var rest = left
                rest.remove(at: place)
                let fill = rules.fillTime(of: task.lots[lot].vials).count
                go(rest, lot, spent + rules.ticks(rules.clean).count + fill, fill)
                guard let last else { continue }
                let change = rules.changeover(from: task.lots[last].type, to: task.lots[lot].type).count
                if inBlock + change + fill <= rules.ticks(rules.window).count {
                    go(rest, lot, spent + change + fill, inBlock + change + fill)
                }
            }
        }
        go(Array(task.lots.indices), nil, 0, 0)
        return rules.hours(Ticks(best))
    }

    @Test("it ends when its time is used up, with a bound")
    func outOfTime() throws {
        let task = try Sample.task("lots_large.csv")
        let clock = ContinuousClock()
        let end = clock.now + .seconds(4)
        let watch = PlanningWatch(
            isOutOfTime: { clock.now >= end }, secondsLeft: { (end - clock.now) / .seconds(1) })
        let plan = try Planner.plan(
            task, with: MilpOpt(), startingAt: UTCTime(microseconds: 0), watch: watch)
        #expect(clock.now - end < .seconds(3))
        #expect(plan.result.makespan <= 36_380)
        let bound = try #require(plan.bound)
        #expect(bound > 36_000 && bound <= 36_357.44)
    }

    @Test("it can be cancelled while it searches")
    func cancelled() throws {
        let task = try Sample.task("lots_large.csv")
        let isCancelled = Atomic(false)
        #expect(throws: PlanningCancelled.self) {
            try MilpOpt().decide(
                task,
                watch: PlanningWatch(
                    isCancelled: { isCancelled.load(ordering: .relaxed) },
                    progress: { step in if step.bound != nil { isCancelled.store(true, ordering: .relaxed) } }
                ))
        }
    }
}
