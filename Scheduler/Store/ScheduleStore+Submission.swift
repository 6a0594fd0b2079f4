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
        try await write { db in
            if let idempotency,
                let earlier = try Self.earlier(idempotency, owner: new.owner, now: now, in: db)
            {
                return earlier
            }
            if let refusal = try Self.refusal(
                for: new.owner, queueLimit: queueLimit, ownerLimit: ownerLimit, in: db)
            {
                return refusal
            }

            let insert = try db.cachedStatement(
                sql: """
                    INSERT INTO schedules (
                        id, owner, name, strategy, status, template_id, lots_count, start_time,
                        created_at, version, attempts, request_id, config, input)
                    VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?, 1, 0, ?, ?, ?)
                    """)
            try insert.execute(arguments: [
                new.id, new.owner, new.name, new.strategy, new.templateID, new.lotsCount,
                new.startTime.microseconds, now.microseconds, new.requestID, new.config, new.input,
            ])
            if let idempotency {
                try db.cachedStatement(
                    sql: """
                        INSERT INTO idempotency (owner, key, digest, schedule_id, created_at)
                        VALUES (?, ?, ?, ?, ?)
                        """
                ).execute(arguments: [
                    new.owner, idempotency.key, idempotency.digest, new.id, now.microseconds,
                ])
            }
            guard let stored = try Self.schedule(new.id, in: db) else {
                throw StoreFault.damaged(what: "schedule \(new.id) was inserted and is not there")
            }
            return .created(stored)
        }
    }

    /// Why nothing more may wait; nil if it may. Counts no further than the limits.
    private static func refusal(
        for owner: String, queueLimit: Int, ownerLimit: Int?, in db: Database
    ) throws -> Submission? {
        // The owner's first: it is theirs to mend.
        if let ownerLimit {
            let own = try db.cachedStatement(
                sql: """
                    SELECT count(*) FROM (
                        SELECT 1 FROM schedules INDEXED BY schedules_owner_pending
                        WHERE owner = ? AND status = 'pending' LIMIT ?)
                    """)
            guard try Int.fetchOne(own, arguments: [owner, ownerLimit]) ?? 0 < ownerLimit else {
                return .ownerQueueFull
            }
        }
        let waiting = try db.cachedStatement(
            sql: "SELECT count(*) FROM (SELECT 1 FROM schedules WHERE status = 'pending' LIMIT ?)")
        return try Int.fetchOne(waiting, arguments: [queueLimit]) ?? 0 < queueLimit ? nil : .queueFull
    }

    /// What the key stands for, if it was used within its lifetime. Older keys are forgotten here, a bounded
    /// number at a time, so that the table never needs a sweep.
    private static func earlier(
        _ idempotency: Idempotency, owner: String, now: UTCTime, in db: Database
    ) throws -> Submission? {
        let oldest = now + (.zero - keyLifetime)
        try db.cachedStatement(
            sql: """
                DELETE FROM idempotency WHERE (owner, key) IN (
                    SELECT owner, key FROM idempotency WHERE created_at <= ? ORDER BY created_at LIMIT 100)
                """
        ).execute(arguments: [oldest.microseconds])
        let query = try db.cachedStatement(
            sql: "SELECT digest, schedule_id, created_at FROM idempotency WHERE owner = ? AND key = ?")
        guard let row = try Row.fetchOne(query, arguments: [owner, idempotency.key]) else { return nil }
        guard row["created_at"] > oldest.microseconds else {
            try db.cachedStatement(sql: "DELETE FROM idempotency WHERE owner = ? AND key = ?")
                .execute(arguments: [owner, idempotency.key])
            return nil
        }
        guard row["digest"] == idempotency.digest else { return .keyConflict }
        return try schedule(row["schedule_id"], in: db).map(Submission.replayed)
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
            try db.cachedStatement(
                sql: """
                    UPDATE schedules
                    SET status = 'cancelled', finished_at = ?, worker = NULL, leased_until = NULL,
                        version = version + 1
                    WHERE id = ? AND version = ?
                    """
            ).execute(arguments: [now.microseconds, id, schedule.version])
            guard let cancelled = try Self.schedule(id, in: db) else { return .notFound }
            return .done(cancelled)
        }
    }
}
