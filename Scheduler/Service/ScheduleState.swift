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

    /// The event named `name` with this state (WHATWG HTML, Server-sent events).
    func event(_ name: EventFeed.Name) -> String {
        // Only a new state has an ID: by it a client that comes back says which it has seen.
        let id = name == .status ? "id: \(schedule.version)\n" : ""
        return "\(id)event: \(name.rawValue)\ndata: \(WireJSON.text(ScheduleEventDocument(state: self)))\n\n"
    }
}

/// The data of `status` and `progress` events; every key is there, with null for what is not known.
private struct ScheduleEventDocument: Encodable {
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
