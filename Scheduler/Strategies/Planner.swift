package import SchedulingCore

/// From lots to a finished schedule: the strategy decides, the timeline gives times, the audit checks.
package enum Planner {
    /// A schedule with what is known of its quality.
    package struct Plan: Sendable, Hashable {
        package var result: ScheduleResult
        /// The proven lower bound of the makespan, in hours; nil if the strategy has none.
        package var bound: Double?
        /// How far the makespan may be above the best one, as a part of the makespan; nil without a bound.
        package var gap: Double?
        /// Whether the schedule is proven to be the best.
        package var isProven: Bool
    }

    /// Plans `task` with `strategy`.
    /// - Parameter start: the start of the first clean.
    /// - Throws: `PlanningFault.cancelled` soon after `watch` says so, `.failedAudit` if the strategy decided
    ///   what the rules forbid, which is a mistake in the strategy and not in the input.
    package static func plan(
        _ task: PlanningTask, with strategy: any Strategy, startingAt start: UTCTime,
        watch: PlanningWatch = PlanningWatch()
    ) throws(PlanningFault) -> Plan {
        let decision: Decision
        do throws(PlanningCancelled) {
            decision = try strategy.decide(task, watch: watch)
        } catch {
            throw .cancelled
        }
        let rules = task.config.rules
        if let stray = decision.sequence.blocks.joined().first(where: { !task.lots.indices.contains($0) }) {
            throw .failedAudit([.noSuchLot(place: stray)])
        }
        let timeline = Timeline(decision.sequence, of: task.lots, under: rules)
        let violations = ScheduleAudit.violations(in: timeline, of: task.lots, under: rules)
        guard violations.isEmpty else { throw .failedAudit(violations) }
        let result = ScheduleResult(timeline, of: task.lots, startingAt: start)
        let bound = decision.bound.map { min($0, timeline.makespan) }
        let plan = Plan(
            result: result, bound: bound.map(rules.hours),
            gap: bound.map { relativeGap(to: $0, from: timeline.makespan) },
            isProven: bound == timeline.makespan)
        watch.progress(
            ScheduleProgress(
                fraction: 1, message: "Done", bestMakespan: result.makespan, bound: plan.bound))
        return plan
    }

    private static func relativeGap(to bound: Ticks, from makespan: Ticks) -> Double {
        makespan.count > 0 ? Double((makespan - bound).count) / Double(makespan.count) : 0
    }
}

/// Why there is no plan.
package enum PlanningFault: Error, Hashable {
    case cancelled
    case failedAudit([ScheduleAudit.Violation])
}
