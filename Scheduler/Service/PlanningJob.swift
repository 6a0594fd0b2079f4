import Dispatch
import Foundation
import SchedulerStore
import SchedulingCore
import SchedulingStrategies
import Synchronization

/// Says to a strategy on another thread that nobody wants its answer any more.
final class StopSign: Sendable {
    /// Why the work is to stop.
    enum Reason: Int, AtomicRepresentable {
        case none
        /// The schedule was cancelled, deleted or taken over: whatever comes out goes nowhere.
        case abandoned
        /// The service stops: the schedule goes back into the queue.
        case stopping
        /// It took longer than any schedule may.
        case overdue
    }

    private let state = Atomic(Reason.none)

    var reason: Reason { state.load(ordering: .relaxed) }

    /// The first reason stays.
    func raise(_ reason: Reason) {
        _ = state.compareExchange(expected: .none, desired: reason, ordering: .relaxed)
    }
}

/// How far the planning of one claimed schedule is, told on the planning thread and asked on others.
final class ProgressMeter: Sendable {
    private let state = Mutex<ScheduleProgress?>(nil)
    private let onChange: @Sendable () -> Void

    /// - Parameter onChange: Called after each change that can be seen, on the planning thread.
    init(onChange: @escaping @Sendable () -> Void) { self.onChange = onChange }

    /// Nil before the strategy said anything.
    var value: ScheduleProgress? { state.withLock { $0 } }

    func advance(to next: ScheduleProgress) {
        let isNews = state.withLock { progress in
            var advanced = progress ?? ScheduleProgress(fraction: 0, message: "")
            advanced.advance(to: next)
            defer { progress = advanced }
            return advanced != progress
        }
        if isNews { onChange() }
    }
}

/// How planning ended.
enum PlanningOutcome {
    case planned(StoredResult, ResultQuality)
    case stopped
    case failed(ScheduleFailure, diagnostic: String)
}

/// Plans one claimed schedule. Everything here runs on a planning thread and touches no store.
struct PlanningJob {
    let schedule: Schedule
    let input: Data
    /// After this long the strategy returns the best that it has.
    let time: Duration
    let meter: ProgressMeter

    func run(until sign: StopSign) -> PlanningOutcome {
        let planning: PlanningInput
        let strategy: any Strategy
        do {
            planning = try JSONDecoder().decode(PlanningInput.self, from: input)
            strategy = try Catalogue.strategy(named: schedule.strategy)
        } catch {
            return .failed(
                ScheduleFailure(code: "input-unreadable", message: "The stored input can no longer be read."),
                diagnostic: "\(error)")
        }
        let end = ContinuousClock.now + time
        let watch = PlanningWatch(
            isCancelled: { sign.reason != .none }, isOutOfTime: { ContinuousClock.now >= end },
            secondsLeft: { (end - ContinuousClock.now) / .seconds(1) },
            progress: { [meter] in meter.advance(to: $0) })
        do throws(PlanningFault) {
            let plan = try Planner.plan(
                PlanningTask(lots: planning.lots, config: planning.config), with: strategy,
                startingAt: schedule.startTime, watch: watch)
            return Self.stored(plan)
        } catch {
            switch error {
            case .cancelled: return .stopped
            case .failedAudit(let violations):
                return .failed(.planningError, diagnostic: "audit: \(violations)")
            }
        }
    }

    private static func stored(_ plan: Planner.Plan) -> PlanningOutcome {
        let quality = ResultQuality(
            makespan: plan.result.makespan, bound: plan.bound, isProven: plan.isProven)
        do {
            return .planned(StoredResult(document: try ScheduleExport.json(plan.result)), quality)
        } catch {
            return .failed(.planningError, diagnostic: "encoding: \(error)")
        }
    }
}

extension ScheduleFailure {
    static let planningError = ScheduleFailure(
        code: "planning-error",
        message: "The planner made a mistake with this input; an operator can see which.")
    static let planningTimeout = ScheduleFailure(
        code: "planning-timeout", message: "Planning took longer than it may.")
}

/// One thread that plans, apart from those that serve requests: a strategy may keep it busy for as long as it
/// likes. There are as many as there are workers, so the pool is bounded.
struct PlanningThread: Sendable {
    private let queue: DispatchQueue

    init(number: Int) { queue = DispatchQueue(label: "planning.\(number)", qos: .utility) }

    func run(_ job: PlanningJob, until sign: StopSign) async -> PlanningOutcome {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: job.run(until: sign)) }
        }
    }
}
