import GRDB
package import SchedulingCore

extension ScheduleStore {
    /// The schedule `id` and how far its planning was when a worker last said so, both of one moment; the
    /// progress is nil if none did in this attempt.
    package func scheduleAndProgress(
        _ id: String, for viewer: Visibility
    ) async throws(StoreFault) -> (schedule: Schedule, progress: ScheduleProgress?)? {
        try await read { db -> (schedule: Schedule, progress: ScheduleProgress?)? in
            guard let schedule = try Self.schedule(id, in: db), viewer.includes(schedule.owner) else {
                return nil
            }
            return (schedule, try Self.progress(of: schedule, in: db))
        }
    }

    /// Stores how far the attempt that began with `version` is.
    static func note(_ progress: ScheduleProgress, of id: String, version: Int, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO progress (schedule_id, version, fraction, message, best_makespan, bound)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (schedule_id) DO UPDATE SET
                    version = excluded.version, fraction = excluded.fraction, message = excluded.message,
                    best_makespan = excluded.best_makespan, bound = excluded.bound
                """
        ).execute(arguments: [
            id, version, progress.fraction, progress.message, progress.bestMakespan, progress.bound,
        ])
    }

    /// How far the planning of `schedule` was when a worker last said so; nil if none did in this attempt.
    static func progress(of schedule: Schedule, in db: Database) throws -> ScheduleProgress? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT version, fraction, message, best_makespan, bound FROM progress WHERE schedule_id = ?
                """)
        guard let row = try Row.fetchOne(statement, arguments: [schedule.id]) else { return nil }
        // An attempt is known by the version with which it began; its end is the next version.
        let attempt = schedule.status.isFinal ? schedule.version - 1 : schedule.version
        guard row["version"] == attempt else { return nil }
        return ScheduleProgress(
            fraction: row["fraction"], message: row["message"], bestMakespan: row["best_makespan"],
            bound: row["bound"])
    }
}
