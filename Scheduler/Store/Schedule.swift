package import Foundation
package import SchedulingCore

/// Where a schedule is between its submission and its end.
///
/// `pending → running → completed | failed | cancelled`; a pending one can be cancelled too, and a running
/// one goes back to pending when its worker stops or crashes. The last three never change again.
package enum ScheduleStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case pending, running, completed, failed, cancelled

    /// Whether a schedule in this state never changes again.
    package var isFinal: Bool {
        switch self {
        case .pending, .running: false
        case .completed, .failed, .cancelled: true
        }
    }
}

/// Why a schedule failed, as its owner is told. The diagnostic for operators is stored beside it and read
/// apart.
package struct ScheduleFailure: Sendable, Hashable {
    /// A stable kebab-case word.
    package var code: String
    /// A sentence for the caller.
    package var message: String

    /// The worker died as often as `ScheduleStore.attemptsAllowed` while it planned this one.
    package static let workerCrashed = ScheduleFailure(
        code: "worker-crashed",
        message: "The planner stopped three times while it worked on this schedule; it is not tried again.")

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// What is known of how good a completed schedule is.
package struct ResultQuality: Sendable, Hashable {
    /// In hours.
    package var makespan: Double
    /// The proven lower bound of the makespan, in hours; nil if the strategy has none.
    package var bound: Double?
    /// Whether no shorter schedule is possible.
    package var isProven: Bool

    package init(makespan: Double, bound: Double? = nil, isProven: Bool = false) {
        self.makespan = makespan
        self.bound = bound
        self.isProven = isProven
    }

    /// How far the makespan may be above the best one, as a part of the makespan; nil without a bound.
    package var gap: Double? {
        bound.map { makespan > 0 && !isProven ? (makespan - $0) / makespan : 0 }
    }
}

/// A schedule as everybody who may see it sees it: all but the lots and the result.
package struct Schedule: Sendable, Hashable {
    /// A UUIDv7, so that IDs sort by submission.
    package var id: String
    /// The ID of the user who submitted it.
    package var owner: String
    package var name: String
    /// The canonical name of its strategy.
    package var strategy: String
    /// The comparison that it is a part of; nil for one that stands alone.
    package var comparisonID: String?
    /// The template that its settings were taken from when it was submitted; it may be gone by now.
    package var templateID: String?
    package var status: ScheduleStatus
    package var lotsCount: Int
    /// When the first clean begins.
    package var startTime: UTCTime
    package var createdAt: UTCTime
    /// When the current or last attempt began.
    package var startedAt: UTCTime?
    /// When it reached a final state.
    package var finishedAt: UTCTime?
    /// Counts the changes of state. A writer that saw another version changes nothing.
    package var version: Int
    /// How often a worker has begun it.
    package var attempts: Int
    /// Set if it failed.
    package var failure: ScheduleFailure?
    /// The request that submitted it; operators find its diagnostic by this.
    package var requestID: String
    /// Set if it is completed; nil for what was completed before this was kept.
    package var quality: ResultQuality?
    /// The settings that it is planned with, JSON that the service writes and reads; nil in lists, and where
    /// they are damaged.
    package var config: Data?
}
