package import Foundation
package import SchedulingCore

/// A schedule that is about to be stored.
package struct NewSchedule: Sendable {
    package var id: String
    package var owner: String
    package var name: String
    package var strategy: String
    package var lotsCount: Int
    package var startTime: UTCTime
    package var requestID: String
    /// The template that the settings were taken from, for its readers; nil if none was.
    package var templateID: String?
    /// The settings that it is planned with: JSON that the service writes and reads.
    package var config: Data?
    /// What the planner needs: JSON that the service writes and reads.
    package var input: Data

    package init(
        id: String, owner: String, name: String, strategy: String, lotsCount: Int, startTime: UTCTime,
        requestID: String, templateID: String? = nil, config: Data? = nil, input: Data
    ) {
        self.id = id
        self.owner = owner
        self.name = name
        self.strategy = strategy
        self.lotsCount = lotsCount
        self.startTime = startTime
        self.requestID = requestID
        self.templateID = templateID
        self.config = config
        self.input = input
    }
}

/// The caller's promise that a request with the same key is the same request, sent again.
package struct Idempotency: Sendable, Hashable {
    /// 1 to 255 characters that the caller chose; unique within its owner.
    package var key: String
    /// SHA-256 of what was asked for.
    package var digest: Data

    package init(key: String, digest: Data) {
        self.key = key
        self.digest = digest
    }
}

/// What became of a submission.
package enum SubmissionOutcome<Stored: Sendable & Hashable>: Sendable, Hashable {
    /// The rows are durable.
    case created(Stored)
    /// The same key and content were submitted before: this is what they made.
    case replayed(Stored)
    /// The key was used with other content. Nothing was stored.
    case keyConflict
    /// As many schedules wait as may. Nothing was stored.
    case queueFull
    /// As many schedules of this owner wait as may. Nothing was stored.
    case ownerQueueFull
}

/// What became of the submission of one schedule.
package typealias Submission = SubmissionOutcome<Schedule>

/// Whose schedules a caller sees.
package enum Visibility: Sendable, Hashable {
    case owner(String)
    /// Administrators read everybody's.
    case everybody

    package func includes(_ owner: String) -> Bool {
        switch self {
        case .owner(let user): user == owner
        case .everybody: true
        }
    }
}

/// One page of a list, newest first.
package struct SchedulePage: Sendable, Hashable {
    package var schedules: [Schedule]
    /// How many there are on all pages.
    package var total: Int
}

/// Counts of what a caller sees.
package struct ScheduleStatistics: Sendable, Hashable {
    package var total: Int
    package var byStatus: [ScheduleStatus: Int]
    package var byStrategy: [String: Int]
}

/// A result as it was stored: JSON, never changed after the commit that completed its schedule.
package struct StoredResult: Sendable, Hashable {
    package var document: Data
    /// SHA-256 of `document` in base64url: the strong part of its entity tag, and the proof that it is whole.
    package var digest: String
}

/// One worker's hold on one schedule, until `leasedUntil`.
package struct Claim: Sendable, Hashable {
    package var schedule: Schedule
    package var input: Data
    /// The worker that holds it; the version is that of `schedule`.
    package var worker: String
    package var leasedUntil: UTCTime
}

/// What became of a request to cancel or to delete.
package enum RemovalOutcome<Stored: Sendable & Hashable>: Sendable, Hashable {
    case done(Stored)
    /// It is in a final state and can no longer be cancelled.
    case alreadyFinal(Stored)
    /// It is one of a comparison's, which is deleted as a whole.
    case partOfComparison(id: String)
    /// There is none that the caller may see.
    case notFound
    /// The caller may see it but is not its owner.
    case notOwner
}

/// What became of a request to cancel or to delete one schedule.
package typealias Removal = RemovalOutcome<Schedule>

/// Why the store could not answer.
package enum StoreFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// SQLite refused or failed; nothing was changed.
    case unavailable(reason: String)
    /// What was read is not what was written.
    case damaged(what: String)

    package var description: String {
        switch self {
        case .unavailable(let reason): "the database does not answer: \(reason)"
        case .damaged(let what): "the database holds damaged data: \(what)"
        }
    }
}
