import GRDB

/// How far the planning of a schedule is.
package struct ScheduleProgress: Sendable, Hashable {
    /// 0 to 1, never less than before in one attempt.
    package var fraction: Double
    /// A few words for people.
    package var message: String
    /// The best makespan so far, in hours; nil before there is one.
    package var bestMakespan: Double?
    /// A proven lower bound of the makespan, in hours; nil if none is known.
    package var bound: Double?

    package init(fraction: Double, message: String, bestMakespan: Double? = nil, bound: Double? = nil) {
        self.fraction = fraction
        self.message = message
        self.bestMakespan = bestMakespan
        self.bound = bound
    }

    /// Takes over what `next` says, and stays at what was known before where that was better.
    package mutating func advance(to next: ScheduleProgress) {
        fraction = max(fraction, min(1, next.fraction))
        message = next.message
        bestMakespan = [bestMakespan, next.bestMakespan].compactMap(\.self).min()
        bound = [bound, next.bound].compactMap(\.self).max()
    }
}

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

    private static func progress(of schedule: Schedule, in db: Database) throws -> ScheduleProgress? {
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
