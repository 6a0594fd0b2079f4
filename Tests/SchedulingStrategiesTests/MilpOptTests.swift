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
            for other in Sample.strategies {
                let makespan = try Sample.plan(task, other).result.makespan
                #expect(best.result.makespan <= makespan && bound <= makespan, "\(other), seed \(seed)")
            }
        }
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
