import GRDB
package import SchedulingCore

/// Comparisons. Their schedules are claimed, renewed and completed like all others.
extension ScheduleStore {
    /// Stores a comparison and its schedules as pending, together with its idempotency key, in one commit.
    ///
    /// - Parameters:
    ///   - queueLimit: How many schedules may wait, those of comparisons included.
    ///   - ownerLimit: How many of them may be of one owner; nil if as many as of all together.
    package func submit(
        _ new: NewComparison, idempotency: Idempotency?, queueLimit: Int, ownerLimit: Int? = nil,
        now: UTCTime
    ) async throws(StoreFault) -> SubmissionOutcome<Comparison> {
        try await write { db in
            guard let first = new.schedules.first else {
                throw StoreFault.unavailable(reason: "a comparison without strategies")
            }
            if let idempotency,
                let known = try Self.remembered(idempotency, owner: first.owner, now: now, in: db)
            {
                guard case .comparison(let id) = known, let earlier = try Self.comparison(id, in: db) else {
                    return .keyConflict
                }
                return .replayed(earlier)
            }
            switch try Self.room(
                for: new.schedules.count, of: first.owner, queueLimit: queueLimit, ownerLimit: ownerLimit,
                in: db)
            {
            case .enough: break
            case .queueFull: return .queueFull
            case .ownerQueueFull: return .ownerQueueFull
            }
            try db.cachedStatement(
                sql: """
                    INSERT INTO comparisons (
                        id, owner, name, lots_count, template_id, start_time, created_at, request_id, config)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                new.id, first.owner, first.name, first.lotsCount, first.templateID,
                first.startTime.microseconds, now.microseconds, first.requestID, first.config,
            ])
            for (position, schedule) in new.schedules.enumerated() {
                try Self.insert(schedule, as: position, of: new.id, now: now, in: db)
            }
            if let idempotency {
                try Self.remember(idempotency, owner: first.owner, for: .comparison(new.id), now: now, in: db)
            }
            guard let stored = try Self.comparison(new.id, in: db) else {
                throw StoreFault.damaged(what: "comparison \(new.id) was inserted and is not there")
            }
            return .created(stored)
        }
    }

    /// The comparison `id` with the result of each strategy that has one, all of one moment.
    ///
    /// - Throws: `StoreFault.damaged` if a completed schedule lacks its result or the result's digest differs.
    package func comparisonAndResults(
        _ id: String, for viewer: Visibility
    ) async throws(StoreFault) -> (comparison: Comparison, results: [StoredResult?])? {
        try await read { db -> (comparison: Comparison, results: [StoredResult?])? in
            guard let comparison = try Self.comparison(id, in: db), viewer.includes(comparison.owner) else {
                return nil
            }
            return (comparison, try comparison.schedules.map { try Self.result(of: $0, in: db) })
        }
    }

    /// The comparison `id` and how far each strategy was when a worker last said so, all of one moment.
    package func comparisonAndProgress(
        _ id: String, for viewer: Visibility
    ) async throws(StoreFault) -> (comparison: Comparison, progress: [ScheduleProgress?])? {
        try await read { db -> (comparison: Comparison, progress: [ScheduleProgress?])? in
            guard let comparison = try Self.comparison(id, in: db), viewer.includes(comparison.owner) else {
                return nil
            }
            return (comparison, try comparison.schedules.map { try Self.progress(of: $0, in: db) })
        }
    }

    /// One page of what `viewer` sees, newest first.
    ///
    /// - Parameter page: Counted from 1.
    package func comparisons(
        for viewer: Visibility, page: Int, pageSize: Int
    ) async throws(StoreFault) -> ComparisonPage {
        var condition = ""
        var arguments: StatementArguments = []
        if case .owner(let owner) = viewer {
            condition = " WHERE owner = ?"
            arguments = [owner]
        }
        return try await read { [condition, arguments] db in
            let count = try db.cachedStatement(sql: "SELECT count(*) FROM comparisons\(condition)")
            let total = try Int.fetchOne(count, arguments: arguments) ?? 0
            let query = try db.cachedStatement(
                sql: """
                    SELECT \(Comparison.columns) FROM comparisons\(condition)
                    ORDER BY id DESC LIMIT ? OFFSET ?
                    """)
            let rows = try Row.fetchAll(query, arguments: arguments + [pageSize, (page - 1) * pageSize])
            return ComparisonPage(comparisons: try rows.map { try Comparison(row: $0, in: db) }, total: total)
        }
    }

    /// Removes a comparison with its schedules, results and key in one commit. Workers that plan one of them
    /// find out at their next word to the store.
    package func deleteComparison(
        _ id: String, for viewer: Visibility, user: String
    ) async throws(StoreFault) -> RemovalOutcome<Comparison> {
        try await write { db in
            guard let comparison = try Self.comparison(id, in: db), viewer.includes(comparison.owner) else {
                return .notFound
            }
            guard comparison.owner == user else { return .notOwner }
            try db.cachedStatement(sql: "DELETE FROM comparisons WHERE id = ?").execute(arguments: [id])
            return .done(comparison)
        }
    }

    /// Ends all strategies of a comparison that have not ended yet, in one commit. What has a result keeps it.
    package func cancelComparison(
        _ id: String, for viewer: Visibility, user: String, now: UTCTime
    ) async throws(StoreFault) -> RemovalOutcome<Comparison> {
        try await write { db in
            guard let comparison = try Self.comparison(id, in: db), viewer.includes(comparison.owner) else {
                return .notFound
            }
            guard comparison.owner == user else { return .notOwner }
            guard !comparison.status.isFinal else { return .alreadyFinal(comparison) }
            for schedule in comparison.schedules where !schedule.status.isFinal {
                try Self.cancel(schedule, now: now, in: db)
            }
            guard let cancelled = try Self.comparison(id, in: db) else { return .notFound }
            return .done(cancelled)
        }
    }

    private static func comparison(_ id: String, in db: Database) throws -> Comparison? {
        let statement = try db.cachedStatement(
            sql: "SELECT \(Comparison.allColumns) FROM comparisons WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map { try Comparison(row: $0, in: db) }
    }
}

extension Comparison {
    /// A comparison with its schedules as they are at this moment.
    fileprivate init(row: Row, in db: Database) throws {
        let id: String = row["id"]
        let query = try db.cachedStatement(
            sql: """
                SELECT \(Schedule.columns) FROM schedules WHERE comparison_id = ? ORDER BY position
                """)
        self.init(
            id: id, owner: row["owner"], name: row["name"], lotsCount: row["lots_count"],
            templateID: row["template_id"], startTime: UTCTime(microseconds: row["start_time"]),
            createdAt: UTCTime(microseconds: row["created_at"]), requestID: row["request_id"],
            config: row["config"],
            schedules: try Row.fetchAll(query, arguments: [id]).map(Schedule.init(row:)))
    }
}
