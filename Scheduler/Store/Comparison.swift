package import Foundation
package import SchedulingCore

/// Several strategies over the same lots. Each is a schedule of its own, in the queue like any other; the
/// comparison's state is that of its schedules and is stored nowhere else.
package struct Comparison: Sendable, Hashable {
    /// A UUIDv7, so that IDs sort by submission.
    package var id: String
    /// The ID of the user who submitted it.
    package var owner: String
    package var name: String
    package var lotsCount: Int
    /// The template that its settings were taken from when it was submitted; it may be gone by now.
    package var templateID: String?
    /// When the first clean begins.
    package var startTime: UTCTime
    package var createdAt: UTCTime
    /// The request that submitted it.
    package var requestID: String
    /// The settings that it is planned with, JSON that the service writes and reads; nil in lists.
    package var config: Data?
    /// One for each strategy, in the order in which they were asked for.
    package var schedules: [Schedule]

    /// `pending` until the first strategy begins, `running` until the last has ended; then `completed` if any
    /// strategy has a result, else `failed` if any failed, else `cancelled`.
    package var status: ScheduleStatus {
        let statuses = schedules.map(\.status)
        if statuses.allSatisfy({ $0 == .pending }) { return .pending }
        guard statuses.allSatisfy(\.isFinal) else { return .running }
        return [.completed, .failed].first(where: statuses.contains) ?? .cancelled
    }

    /// When the last strategy ended; nil before.
    package var finishedAt: UTCTime? {
        status.isFinal
            ? schedules.compactMap(\.finishedAt).max(by: { $0.microseconds < $1.microseconds }) : nil
    }

    /// Counts the changes of state of all strategies together.
    package var version: Int { schedules.reduce(0) { $0 + $1.version } }

    /// The schedule with the shortest makespan, of equal ones the first asked for; nil until all strategies
    /// have ended, and if none has a result.
    package var best: Schedule? {
        guard status == .completed else { return nil }
        return schedules.reduce(nil) { best, schedule in
            guard let makespan = schedule.quality?.makespan else { return best }
            return makespan < best?.quality?.makespan ?? .infinity ? schedule : best
        }
    }

    /// What is proven of the makespan of any schedule of these lots, in hours: the highest bound of the
    /// strategies.
    package var bound: Double? { schedules.compactMap(\.quality?.bound).max() }
}

/// A comparison that is about to be stored.
package struct NewComparison: Sendable {
    package var id: String
    /// One for each strategy, 2 to 6; all but ID and strategy are the same in each.
    package var schedules: [NewSchedule]

    package init(id: String, schedules: [NewSchedule]) {
        self.id = id
        self.schedules = schedules
    }
}

/// One page of comparisons, newest first.
package struct ComparisonPage: Sendable, Hashable {
    package var comparisons: [Comparison]
    /// How many there are on all pages.
    package var total: Int
}

extension Comparison {
    /// What `init(row:schedules:)` reads for lists.
    static let columns = """
        id, owner, name, lots_count, template_id, start_time, created_at, request_id
        """
    /// The same for one comparison, with its settings.
    static let allColumns = columns + ", config"
}
