import GRDB
package import SchedulingCore

extension ScheduleStore {
    /// Deletes schedules that reached a final state at `moment` or before, with their results and keys, in
    /// one commit, but for those of comparisons; those that ended first go first. What waits or is planned has no end and stays, however old.
    ///
    /// - Parameter count: The most that are deleted, so that other writers wait for no more than that.
    /// - Returns: How many there were; fewer than `count` if none is left.
    package func deleteEnded(by moment: UTCTime, atMost count: Int) async throws(StoreFault) -> Int {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    DELETE FROM schedules WHERE id IN (
                        SELECT id FROM schedules INDEXED BY schedules_finished
                        WHERE finished_at <= ? AND comparison_id IS NULL ORDER BY finished_at LIMIT ?)
                    """
            ).execute(arguments: [moment.microseconds, count])
            return db.changesCount
        }
    }

    /// Deletes comparisons whose last strategy reached a final state at `moment` or before, each as a whole,
    /// in one commit.
    ///
    /// - Parameter count: The most that are deleted.
    /// - Returns: How many there were; fewer than `count` if none is left.
    package func deleteEndedComparisons(
        by moment: UTCTime, atMost count: Int
    ) async throws(StoreFault) -> Int {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    DELETE FROM comparisons WHERE id IN (
                        SELECT id FROM comparisons
                        WHERE created_at <= ? AND NOT EXISTS (
                            SELECT 1 FROM schedules
                            WHERE comparison_id = comparisons.id
                                AND (finished_at IS NULL OR finished_at > ?))
                        ORDER BY created_at LIMIT ?)
                    """
            ).execute(arguments: [moment.microseconds, moment.microseconds, count])
            return db.changesCount
        }
    }
}
