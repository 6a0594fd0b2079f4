import Foundation
import GRDB
package import SchedulingCore

extension ScheduleStore {
    /// Stores `new` as pending, together with its idempotency key, in one commit.
    ///
    /// - Parameters:
    ///   - queueLimit: How many schedules may wait, of all owners and processes together.
    ///   - ownerLimit: How many of them may be of one owner; nil if as many as of all together.
    package func submit(
        _ new: NewSchedule, idempotency: Idempotency?, queueLimit: Int, ownerLimit: Int? = nil, now: UTCTime
    ) async throws(StoreFault) -> Submission {
        let submission = try await write { db -> Submission in
            if let idempotency,
                let known = try Self.remembered(idempotency, owner: new.owner, now: now, in: db)
            {
                guard case .schedule(let id) = known, let earlier = try Self.schedule(id, in: db) else {
                    return .keyConflict
                }
                return .replayed(earlier)
            }
            switch try Self.room(
                for: 1, of: new.owner, queueLimit: queueLimit, ownerLimit: ownerLimit, in: db)
            {
            case .enough: break
            case .queueFull: return .queueFull
            case .ownerQueueFull: return .ownerQueueFull
            }
            try Self.insert(new, now: now, in: db)
            FaultPoint.submissionRow.reached()
            if let idempotency {
                try Self.remember(idempotency, owner: new.owner, for: .schedule(new.id), now: now, in: db)
            }
            guard let stored = try Self.schedule(new.id, in: db) else {
                throw StoreFault.damaged(what: "schedule \(new.id) was inserted and is not there")
            }
            FaultPoint.submissionWritten.reached()
            return .created(stored)
        }
        FaultPoint.submissionCommitted.reached()
        return submission
    }

    /// - Parameters:
    ///   - position: Its place among the schedules of `comparison`.
    ///   - comparison: nil for a schedule that stands alone.
    static func insert(
        _ new: NewSchedule, as position: Int? = nil, of comparison: String? = nil, now: UTCTime,
        in db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO schedules (
                    id, owner, name, strategy, status, comparison_id, position, template_id, lots_count,
                    start_time, created_at, version, attempts, request_id, config, input)
                VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, 1, 0, ?, ?, ?)
                """
        ).execute(arguments: [
            new.id, new.owner, new.name, new.strategy, comparison, position, new.templateID, new.lotsCount,
            new.startTime.microseconds, now.microseconds, new.requestID, new.config, new.input,
        ])
    }

    /// Whether more may wait.
    enum Room { case enough, queueFull, ownerQueueFull }

    /// Whether `count` more of `owner` may wait. Counts no further than the limits.
    static func room(
        for count: Int, of owner: String, queueLimit: Int, ownerLimit: Int?, in db: Database
    ) throws -> Room {
        // The owner's first: it is theirs to mend.
        if let ownerLimit {
            let own = try db.cachedStatement(
                sql: """
                    SELECT count(*) FROM (
                        SELECT 1 FROM schedules INDEXED BY schedules_owner_pending
                        WHERE owner = ? AND status = 'pending' LIMIT ?)
                    """)
            guard try (Int.fetchOne(own, arguments: [owner, ownerLimit]) ?? 0) + count <= ownerLimit else {
                return .ownerQueueFull
            }
        }
        let waiting = try db.cachedStatement(
            sql: "SELECT count(*) FROM (SELECT 1 FROM schedules WHERE status = 'pending' LIMIT ?)")
        let total = try Int.fetchOne(waiting, arguments: [queueLimit]) ?? 0
        return total + count <= queueLimit ? .enough : .queueFull
    }

    /// Removes a schedule with its result and its key. A worker that plans it finds out at its next word to
    /// the store, and its result goes nowhere.
    package func delete(_ id: String, for viewer: Visibility, user: String) async throws(StoreFault)
        -> Removal
    {
        try await write { db in
            guard let schedule = try Self.schedule(id, in: db), viewer.includes(schedule.owner) else {
                return .notFound
            }
            guard schedule.owner == user else { return .notOwner }
            if let comparison = schedule.comparisonID { return .partOfComparison(id: comparison) }
            try db.cachedStatement(sql: "DELETE FROM schedules WHERE id = ?").execute(arguments: [id])
            return .done(schedule)
        }
    }

    /// Ends a pending or running schedule without a result.
    package func cancel(
        _ id: String, for viewer: Visibility, user: String, now: UTCTime
    ) async throws(StoreFault) -> Removal {
        try await write { db in
            guard let schedule = try Self.schedule(id, in: db), viewer.includes(schedule.owner) else {
                return .notFound
            }
            guard schedule.owner == user else { return .notOwner }
            guard !schedule.status.isFinal else { return .alreadyFinal(schedule) }
            try Self.cancel(schedule, now: now, in: db)
            guard let cancelled = try Self.schedule(id, in: db) else { return .notFound }
            return .done(cancelled)
        }
    }

    /// Ends a schedule that has not ended yet, as it was read in this transaction.
    static func cancel(_ schedule: Schedule, now: UTCTime, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                UPDATE schedules
                SET status = 'cancelled', finished_at = ?, worker = NULL, leased_until = NULL,
                    version = version + 1
                WHERE id = ? AND version = ?
                """
        ).execute(arguments: [now.microseconds, schedule.id, schedule.version])
    }
}
