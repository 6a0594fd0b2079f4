import SchedulingCore
import SchedulingStrategies
import Synchronization
import Testing

@Suite("Planning")
struct PlannerTests {
    @Test("a cancelled plan is given up by every strategy")
    func cancelled() throws {
        let task = try Sample.task("lots.csv")
        for name in Sample.strategies {
            let strategy = try Catalogue.strategy(named: name)
            #expect(throws: PlanningFault.cancelled) {
                try Planner.plan(
                    task, with: strategy, startingAt: UTCTime(microseconds: 0),
                    watch: PlanningWatch(isCancelled: { true }))
            }
        }
    }

    @Test("a strategy that is cancelled while it works stops at the next question")
    func cancelledLater() throws {
        let task = try Sample.task("lots.csv")
        let questions = Mutex(0)
        let watch = PlanningWatch(isCancelled: {
            questions.withLock { count in
                count += 1
                return count > 20
            }
        })
        #expect(throws: PlanningCancelled.self) { try SmartPack().decide(task, watch: watch) }
        #expect(questions.withLock { $0 } == 21)
    }

    @Test("a strategy whose time is used up still has a schedule no worse than the three definitions")
    func outOfTime() throws {
        let task = try Sample.task("lots.csv")
        let watch = PlanningWatch(isOutOfTime: { true })
        for strategy in [SmartPack(), HybridPack()] as [any Strategy] {
            let plan = try Planner.plan(
                task, with: strategy, startingAt: UTCTime(microseconds: 0), watch: watch)
            #expect(HoursText.rounded(plan.result.makespan) == "497.16")
        }
    }

    @Test("progress grows to 1 while the best makespan falls to that of the result")
    func progress() throws {
        let reports = Mutex<[ScheduleProgress]>([])
        let watch = PlanningWatch(progress: { report in reports.withLock { $0.append(report) } })
        let plan = try Planner.plan(
            try Sample.task("lots.csv"), with: SmartPack(), startingAt: UTCTime(microseconds: 0), watch: watch
        )
        let seen = reports.withLock { $0 }
        #expect(seen.count > 3)
        #expect(seen.map(\.fraction) == seen.map(\.fraction).sorted() && seen.last?.fraction == 1)
        let best = seen.compactMap(\.bestMakespan)
        #expect(best == best.sorted(by: >) && best.last == plan.result.makespan)
    }

    @Test("a strategy that breaks the rules is caught by the audit, whatever it breaks")
    func auditCatches() throws {
        let task = try Sample.hourly([("X", 60), ("X", 60)])
        func fault(_ blocks: [[Int]]) throws -> PlanningFault {
            try #require(throws: PlanningFault.self) {
                try Planner.plan(task, with: Fixed(blocks: blocks), startingAt: UTCTime(microseconds: 0))
            }
        }
        #expect(try fault([[0, 1]]) == .failedAudit([.windowExceeded(block: 0)]))
        #expect(try fault([[0]]) == .failedAudit([.filledTimes(lot: 1, times: 0)]))
        #expect(try fault([[0], [1], [1]]) == .failedAudit([.filledTimes(lot: 1, times: 2)]))
        #expect(try fault([[0], [1, 2]]) == .failedAudit([.noSuchLot(place: 2)]))
        #expect(try fault([[0], [], [1]]) == .failedAudit([.outOfPlace(step: 3)]))
    }

    @Test("a bound gives the gap, and a bound that is reached is a proof")
    func bounds() throws {
        let task = try Sample.hourly([("X", 60), ("X", 60)])
        func plan(_ bound: Int64) throws -> Planner.Plan {
            let strategy = Fixed(blocks: [[0], [1]], bound: Ticks(bound * 10_000))
            return try Planner.plan(task, with: strategy, startingAt: UTCTime(microseconds: 0))
        }
        let open = try plan(126)
        #expect(open.bound == 126 && open.gap == 0.25 && !open.isProven)
        let proven = try plan(168)
        #expect(proven.bound == 168 && proven.gap == 0 && proven.isProven)
    }
}

/// Decides what it was told to.
private struct Fixed: Strategy {
    var blocks: [[Int]]
    var bound: Ticks?

    func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
        Decision(sequence: LotSequence(blocks: blocks), bound: bound)
    }
}
