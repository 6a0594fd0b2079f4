import SchedulerStore

/// What an event tells of a comparison: where it is, and where each of its strategies.
struct ComparisonState: Sendable, Hashable {
    var comparison: Comparison
    /// In the order of the comparison's schedules.
    var members: [ScheduleState]

    /// How far all strategies are together: 0 to 1, one that has ended counting as done.
    var fraction: Double {
        let sum = members.reduce(0) { $0 + ($1.schedule.status.isFinal ? 1 : $1.progress.fraction) }
        return members.isEmpty ? 0 : sum / Double(members.count)
    }

    /// A few words for people.
    var message: String {
        switch comparison.status {
        case .pending: "Waiting"
        case .running:
            "\(members.count { $0.schedule.status.isFinal }) of \(members.count) strategies have ended"
        case .completed: "Done"
        case .failed: "No strategy has a result"
        case .cancelled: "Cancelled"
        }
    }

    /// The best makespan of any strategy so far, in hours.
    var bestMakespan: Double? { members.compactMap(\.progress.bestMakespan).min() }
    /// What is proven of the makespan of any schedule of these lots, in hours.
    var bound: Double? { members.compactMap(\.progress.bound).max() }
}

/// What the events of one stream are about.
enum ListenedState: Sendable, Hashable {
    case schedule(ScheduleState)
    case comparison(ComparisonState)

    /// Counts its changes of state.
    var version: Int {
        switch self {
        case .schedule(let state): state.schedule.version
        case .comparison(let state): state.comparison.version
        }
    }

    /// Whether nothing changes any more.
    var isFinal: Bool {
        switch self {
        case .schedule(let state): state.schedule.status.isFinal
        case .comparison(let state): state.comparison.status.isFinal
        }
    }

    /// Whether only the progress may be another.
    func hasSameStatus(as other: ListenedState) -> Bool {
        switch (self, other) {
        case (.schedule(let one), .schedule(let other)): one.schedule == other.schedule
        case (.comparison(let one), .comparison(let other)): one.comparison == other.comparison
        default: false
        }
    }

    /// This state, with what was told before where that was further: what is told never goes back within an
    /// attempt, although the database knows less than the worker.
    func advanced(from told: ListenedState?) -> ListenedState {
        switch (self, told) {
        case (.schedule(let state), .schedule(let told)): return .schedule(state.advanced(from: told))
        case (.comparison(var state), .comparison(let told)) where state.members.count == told.members.count:
            state.members = zip(state.members, told.members).map { $0.advanced(from: $1) }
            return .comparison(state)
        default: return self
        }
    }

    /// The event named `name` with this state (WHATWG HTML, Server-sent events).
    func event(_ name: EventFeed.Name) -> String {
        // Only a new state has an ID: by it a client that comes back says which it has seen.
        let id = name == .status ? "id: \(version)\n" : ""
        let data =
            switch self {
            case .schedule(let state): WireJSON.text(ScheduleEventDocument(state: state))
            case .comparison(let state): WireJSON.text(ComparisonEventDocument(state: state))
            }
        return "\(id)event: \(name.rawValue)\ndata: \(data)\n\n"
    }
}
