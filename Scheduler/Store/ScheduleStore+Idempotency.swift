import GRDB
import SchedulingCore

extension ScheduleStore {
    /// What an idempotency key stands for.
    enum Remembered {
        case schedule(String)
        case comparison(String)
        /// Something that was asked for in other words.
        case other
    }

    /// What the key stands for, if it was used within its lifetime. Older keys are forgotten here, a bounded
    /// number at a time, so that the table never needs a sweep.
    static func remembered(
        _ idempotency: Idempotency, owner: String, now: UTCTime, in db: Database
    ) throws -> Remembered? {
        let oldest = now + (.zero - keyLifetime)
        try db.cachedStatement(
            sql: """
                DELETE FROM idempotency WHERE (owner, key) IN (
                    SELECT owner, key FROM idempotency WHERE created_at <= ? ORDER BY created_at LIMIT 100)
                """
        ).execute(arguments: [oldest.microseconds])
        let query = try db.cachedStatement(
            sql: """
                SELECT digest, schedule_id, comparison_id, created_at FROM idempotency
                WHERE owner = ? AND key = ?
                """)
        guard let row = try Row.fetchOne(query, arguments: [owner, idempotency.key]) else { return nil }
        guard row["created_at"] > oldest.microseconds else {
            try db.cachedStatement(sql: "DELETE FROM idempotency WHERE owner = ? AND key = ?")
                .execute(arguments: [owner, idempotency.key])
            return nil
        }
        guard row["digest"] == idempotency.digest else { return .other }
        if let schedule = row["schedule_id"] as String? { return .schedule(schedule) }
        return (row["comparison_id"] as String?).map(Remembered.comparison)
    }

    /// Stores what the key stands for from now on.
    static func remember(
        _ idempotency: Idempotency, owner: String, for stored: Remembered, now: UTCTime, in db: Database
    ) throws {
        var schedule: String?
        var comparison: String?
        switch stored {
        case .schedule(let id): schedule = id
        case .comparison(let id): comparison = id
        case .other: break
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO idempotency (owner, key, digest, schedule_id, comparison_id, created_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            owner, idempotency.key, idempotency.digest, schedule, comparison, now.microseconds,
        ])
    }
}
