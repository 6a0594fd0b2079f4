import Foundation
import GRDB
package import SchedulingCore

/// The workers' side of the store. A claim is a row whose status, worker and version say who works on it;
/// every word of a worker names all three, so one that lost its lease changes nothing.
extension ScheduleStore {
    /// Takes one whose worker let its lease run out, or the next that waits: the owner with the fewest
    /// running schedules, of those who was served least lately, has their turn with their oldest. So a long
    /// queue of one owner makes others wait for no more than one schedule of each.
    ///
    /// One that has been begun `attemptsAllowed` times and was never finished fails here with
    /// `worker-crashed`, so that an input that kills its worker cannot do so for ever.
    ///
    /// - Returns: nil if nothing waits.
    package func claim(worker: String, lease: Duration, now: UTCTime) async throws(StoreFault) -> Claim? {
        // Asked without the write lock first: idle workers of many processes must not make writers queue.
        guard try await hasWork(now: now) else { return nil }
        return try await write { db in
            while let row = try Self.nextExpired(now: now, in: db) {
                let id: String = row["id"]
                if row["attempts"] < Self.attemptsAllowed {
                    return try Self.take(
                        id, version: row["version"], worker: worker, lease: lease, now: now, in: db)
                }
                try Self.fail(
                    id, version: row["version"], failure: .workerCrashed,
                    diagnostic:
                        "the lease ran out \(Self.attemptsAllowed) times; last worker: \(row["worker"] ?? "")",
                    now: now, in: db)
            }
            let next = try db.cachedStatement(
                sql: """
                    SELECT id, version, owner FROM schedules INDEXED BY schedules_owner_pending
                    WHERE status = 'pending' AND owner = (
                        SELECT owner FROM turns WHERE waiting > 0
                        ORDER BY running, served_at, owner LIMIT 1)
                    ORDER BY id LIMIT 1
                    """)
            guard let row = try Row.fetchOne(next) else { return nil }
            try db.cachedStatement(sql: "UPDATE turns SET served_at = ? WHERE owner = ?")
                .execute(arguments: [now.microseconds, row["owner"] as String])
            return try Self.take(
                row["id"], version: row["version"], worker: worker, lease: lease, now: now, in: db)
        }
    }

    /// Extends a claim. False if it is lost: the schedule was cancelled, deleted or taken over.
    ///
    /// - Parameter progress: How far the work is; nil if that is stored already.
    package func renew(
        _ claim: Claim, lease: Duration, progress: ScheduleProgress? = nil, now: UTCTime
    ) async throws(StoreFault) -> Bool {
        try await write { db in
            try db.cachedStatement(
                sql: "UPDATE schedules SET leased_until = ? WHERE \(Self.held)"
            ).execute(arguments: [(now + lease).microseconds] + Self.arguments(claim))
            guard db.changesCount == 1 else { return false }
            if let progress {
                try Self.note(progress, of: claim.schedule.id, version: claim.schedule.version, in: db)
            }
            return true
        }
    }

    /// Stores the result and the status in one commit. False if the claim is lost; nothing is stored then.
    ///
    /// - Parameters:
    ///   - quality: What lists and comparisons tell of the result.
    ///   - progress: The last that the strategy said; nil if that was nothing.
    package func complete(
        _ claim: Claim, with result: StoredResult, quality: ResultQuality? = nil,
        progress: ScheduleProgress? = nil, now: UTCTime
    ) async throws(StoreFault) -> Bool {
        let isHeld = try await write { db in
            try db.cachedStatement(
                sql: """
                    UPDATE schedules
                    SET status = 'completed', finished_at = ?, worker = NULL, leased_until = NULL,
                        makespan = ?, bound = ?, is_proven = ?, version = version + 1
                    WHERE \(Self.held)
                    """
            ).execute(
                arguments: [now.microseconds, quality?.makespan, quality?.bound, quality?.isProven]
                    + Self.arguments(claim))
            guard db.changesCount == 1 else { return false }
            FaultPoint.completionStatus.reached()
            try db.cachedStatement(
                sql: "INSERT INTO results (schedule_id, digest, document) VALUES (?, ?, ?)"
            )
            .execute(arguments: [claim.schedule.id, result.digest, result.document])
            FaultPoint.completionResult.reached()
            if let progress {
                try Self.note(progress, of: claim.schedule.id, version: claim.schedule.version, in: db)
            }
            FaultPoint.completionWritten.reached()
            return true
        }
        FaultPoint.completionCommitted.reached()
        return isHeld
    }

    /// Ends a claim with a failure. False if the claim is lost.
    package func fail(
        _ claim: Claim, with failure: ScheduleFailure, diagnostic: String, now: UTCTime
    ) async throws(StoreFault) -> Bool {
        try await write { db in
            guard try Self.isHeld(claim, in: db) else { return false }
            try Self.fail(
                claim.schedule.id, version: claim.schedule.version, failure: failure, diagnostic: diagnostic,
                now: now, in: db)
            return true
        }
    }

    /// Puts a claimed schedule back into the queue, as a worker does that stops in good order. The attempt
    /// does not count: only crashes do. False if the claim is lost.
    package func release(_ claim: Claim) async throws(StoreFault) -> Bool {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    UPDATE schedules
                    SET status = 'pending', worker = NULL, leased_until = NULL, started_at = NULL,
                        attempts = attempts - 1, version = version + 1
                    WHERE \(Self.held)
                    """
            ).execute(arguments: Self.arguments(claim))
            return db.changesCount == 1
        }
    }

    private static let held = "id = ? AND version = ? AND status = 'running' AND worker = ?"

    private static func arguments(_ claim: Claim) -> StatementArguments {
        [claim.schedule.id, claim.schedule.version, claim.worker]
    }

    private static func isHeld(_ claim: Claim, in db: Database) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT 1 FROM schedules WHERE \(held)")
        return try Int.fetchOne(statement, arguments: arguments(claim)) != nil
    }

    private func hasWork(now: UTCTime) async throws(StoreFault) -> Bool {
        try await read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM schedules WHERE status = 'pending')
                        OR EXISTS (
                            SELECT 1 FROM schedules INDEXED BY schedules_leased
                            WHERE status = 'running' AND leased_until <= ?)
                    """)
            return try Bool.fetchOne(statement, arguments: [now.microseconds]) ?? false
        }
    }

    private static func nextExpired(now: UTCTime, in db: Database) throws -> Row? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT id, version, attempts, worker FROM schedules INDEXED BY schedules_leased
                WHERE status = 'running' AND leased_until <= ? ORDER BY leased_until LIMIT 1
                """)
        return try Row.fetchOne(statement, arguments: [now.microseconds])
    }

    private static func take(
        _ id: String, version: Int, worker: String, lease: Duration, now: UTCTime, in db: Database
    ) throws -> Claim? {
        let until = now + lease
        try db.cachedStatement(
            sql: """
                UPDATE schedules
                SET status = 'running', worker = ?, leased_until = ?, started_at = ?,
                    attempts = attempts + 1, version = version + 1
                WHERE id = ? AND version = ?
                """
        ).execute(arguments: [worker, until.microseconds, now.microseconds, id, version])
        let input = try db.cachedStatement(sql: "SELECT input FROM schedules WHERE id = ?")
        guard let schedule = try schedule(id, in: db), let input = try Data.fetchOne(input, arguments: [id])
        else {
            return nil
        }
        return Claim(schedule: schedule, input: input, worker: worker, leasedUntil: until)
    }

    private static func fail(
        _ id: String, version: Int, failure: ScheduleFailure, diagnostic: String, now: UTCTime,
        in db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                UPDATE schedules
                SET status = 'failed', finished_at = ?, worker = NULL, leased_until = NULL,
                    failure_code = ?, failure_message = ?, failure_diagnostic = ?, version = version + 1
                WHERE id = ? AND version = ?
                """
        ).execute(arguments: [now.microseconds, failure.code, failure.message, diagnostic, id, version])
    }
}
