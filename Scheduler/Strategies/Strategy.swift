package import SchedulingCore

/// A way to decide which lots share a block and in which order.
///
/// A strategy is deterministic: the same task gets the same decision, whatever machine it runs on.
package protocol Strategy: Sendable {
    /// Decides a sequence that fills every lot of `task` once and keeps every block within the window.
    /// - Throws: `PlanningCancelled` soon after `watch` says so.
    func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision
}

/// What there is to decide: lots that have passed the checks of `LotsReading`, and the caller's settings.
package struct PlanningTask: Sendable, Hashable {
    package var lots: [Lot]
    package var config: PlanningConfig

    package init(lots: [Lot], config: PlanningConfig = .standard) {
        self.lots = lots
        self.config = config
    }
}

/// What a strategy came to.
package struct Decision: Sendable, Hashable {
    package var sequence: LotSequence
    /// A makespan that no schedule can go below; nil from a heuristic that knows none.
    package var bound: Ticks?

    package init(sequence: LotSequence, bound: Ticks? = nil) {
        self.sequence = sequence
        self.bound = bound
    }
}

/// How a strategy hears that it should stop, and tells how far it is. Both closures are called often, from
/// the thread that plans, and must return at once.
package struct PlanningWatch: Sendable {
    /// Whether the caller no longer wants the answer: the strategy throws `PlanningCancelled`.
    package var isCancelled: @Sendable () -> Bool
    /// Whether the time given is used up: the strategy returns the best that it has.
    package var isOutOfTime: @Sendable () -> Bool
    /// The seconds that are left, for a strategy that has to share them out; nil where there is no limit.
    package var secondsLeft: @Sendable () -> Double?
    package var progress: @Sendable (ScheduleProgress) -> Void

    package init(
        isCancelled: @escaping @Sendable () -> Bool = { false },
        isOutOfTime: @escaping @Sendable () -> Bool = { false },
        secondsLeft: @escaping @Sendable () -> Double? = { nil },
        progress: @escaping @Sendable (ScheduleProgress) -> Void = { _ in }
    ) {
        self.isCancelled = isCancelled
        self.isOutOfTime = isOutOfTime
        self.secondsLeft = secondsLeft
        self.progress = progress
    }

    /// Throws if the caller no longer wants the answer.
    func check() throws(PlanningCancelled) {
        if isCancelled() { throw PlanningCancelled() }
    }
}

/// The caller no longer wanted the answer.
package struct PlanningCancelled: Error, Hashable {
    package init() {}
}
