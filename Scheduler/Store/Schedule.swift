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

/// A schedule as everybody who may see it sees it: all but the lots and the result.
package struct Schedule: Sendable, Hashable {
    /// A UUIDv7, so that IDs sort by submission.
    package var id: String
    /// The ID of the user who submitted it.
    package var owner: String
    package var name: String
    /// The canonical name of its strategy.
    package var strategy: String
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
}
