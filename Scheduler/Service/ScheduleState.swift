import SchedulerStore
import SchedulingCore

/// What an event tells of a schedule: where it is, and how far its planning.
struct ScheduleState: Sendable, Hashable {
    var schedule: Schedule
    var progress: ScheduleProgress

    /// - Parameters:
    ///   - stored: What the database holds of the attempt.
    ///   - live: What a worker of this process knows, which is newer.
    init(_ schedule: Schedule, stored: ScheduleProgress?, live: ScheduleProgress?) {
        self.schedule = schedule
        let known = live ?? stored
        progress = known ?? ScheduleProgress(fraction: 0, message: "Planning")
        switch schedule.status {
        case .pending: progress = ScheduleProgress(fraction: 0, message: "Waiting")
        case .running: break
        case .completed:
            progress.fraction = 1
            progress.message = "Done"
        case .failed: progress.message = schedule.failure?.message ?? "Failed"
        case .cancelled: progress.message = "Cancelled"
        }
    }

    /// This state, with the progress that was `told` where that was further.
    func advanced(from told: ScheduleState) -> ScheduleState {
        guard told.schedule.version == schedule.version else { return self }
        var state = self
        var progress = told.progress
        progress.advance(to: state.progress)
        state.progress = progress
        return state
    }
}

/// The data of `status` and `progress` events; every key is there, with null for what is not known.
struct ScheduleEventDocument: Encodable {
    let state: ScheduleState

    private enum CodingKeys: String, CodingKey {
        case id, status, version, attempts, progress, message, bound, error
        case bestMakespan = "best_makespan"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(state.schedule.id, forKey: .id)
        try container.encode(state.schedule.status.rawValue, forKey: .status)
        try container.encode(state.schedule.version, forKey: .version)
        try container.encode(state.schedule.attempts, forKey: .attempts)
        try container.encode(state.progress.fraction, forKey: .progress)
        try container.encode(state.progress.message, forKey: .message)
        try container.encode(state.progress.bestMakespan, forKey: .bestMakespan)
        try container.encode(state.progress.bound, forKey: .bound)
        try container.encode(
            state.schedule.failure.map { ["code": $0.code, "message": $0.message] }, forKey: .error)
    }
}

/// The same of a comparison: what all strategies are together, and each for itself.
struct ComparisonEventDocument: Encodable {
    let state: ComparisonState

    private enum CodingKeys: String, CodingKey {
        case id, status, version, progress, message, bound, strategies
        case bestMakespan = "best_makespan"
        case bestStrategy = "best_strategy"
    }

    /// A strategy's part.
    private struct Member: Encodable {
        let state: ScheduleState

        private enum CodingKeys: String, CodingKey { case strategy }

        func encode(to encoder: any Encoder) throws {
            try ScheduleEventDocument(state: state).encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(state.schedule.strategy, forKey: .strategy)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(state.comparison.id, forKey: .id)
        try container.encode(state.comparison.status.rawValue, forKey: .status)
        try container.encode(state.comparison.version, forKey: .version)
        try container.encode(state.fraction, forKey: .progress)
        try container.encode(state.message, forKey: .message)
        try container.encode(state.bestMakespan, forKey: .bestMakespan)
        try container.encode(state.bound, forKey: .bound)
        try container.encode(state.comparison.best?.strategy, forKey: .bestStrategy)
        try container.encode(state.members.map(Member.init), forKey: .strategies)
    }
}
