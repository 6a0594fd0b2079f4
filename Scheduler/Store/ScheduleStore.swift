import Foundation
import GRDB
import SchedulingCore
import Glibc

/// Schedules, their results and the queue of those that wait, on SQLite.
///
/// Every verb is made whole or not at all. Several processes may share one file: writers take turns, each
/// waiting at most `busyTimeout`, and readers see the last commit. A commit is on the disk before its verb
/// returns, so what a caller was told survives `kill -9` and a power cut.
package final class ScheduleStore: Sendable {
    /// How often a schedule is begun before it fails with `worker-crashed`.
    package static let attemptsAllowed = 3
    /// How long an idempotency key is remembered.
    package static let keyLifetime: Duration = .seconds(24 * 3600)
    /// How long a writer waits for those of other processes, in seconds.
    static let busyTimeout: TimeInterval = 10

    let pool: DatabasePool
    private let commits: CommitQueue

    /// Opens or creates the database at `path` and brings its tables up to date.
    ///
    /// A new file is readable by its owner alone.
    package convenience init(path: String) throws(StoreFault) {
        try self.init(path: path, trace: nil)
    }

    /// - Parameter trace: Told every statement, without its values.
    init(path: String, trace: (@Sendable (String) -> Void)?) throws(StoreFault) {
        var configuration = Configuration()
        if let trace {
            configuration.prepareDatabase { db in db.trace { trace("\($0)") } }
        }
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Self.busyTimeout)
        configuration.label = "schedules"
        configuration.maximumReaderCount = 4
        do {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw StoreFault.unavailable(
                    reason: "cannot open \(path): \(String(cString: strerror(errno)))")
            }
            Glibc.close(descriptor)
            pool = try DatabasePool(path: path, configuration: configuration)
            commits = CommitQueue(pool)
            // The pool chooses NORMAL, under which a power cut may undo the last commits of a write-ahead
            // log.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Schema.migrator.migrate(pool)
            if try pool.read(Schema.migrator.hasBeenSuperseded) {
                throw StoreFault.unavailable(reason: "\(path) was written by a newer version of this program")
            }
        } catch { throw StoreFault(error) }
    }

    /// Ends all connections. Verbs fail afterwards.
    package func close() { try? pool.close() }

    /// Succeeds if the database can be read.
    package func ping() async throws(StoreFault) {
        _ = try await read { try Int.fetchOne($0, sql: "SELECT count(*) FROM schedules WHERE id = ''") }
    }

    // MARK: - Reading

    /// The schedule `id`, if the caller may see it.
    package func schedule(_ id: String, for viewer: Visibility) async throws(StoreFault) -> Schedule? {
        try await read { db in
            try Self.schedule(id, in: db).flatMap { viewer.includes($0.owner) ? $0 : nil }
        }
    }

    /// The schedule `id` with its result, which a completed one has and no other; both of one moment.
    ///
    /// - Throws: `StoreFault.damaged` if a completed schedule lacks its result or the result's digest differs.
    package func scheduleAndResult(
        _ id: String, for viewer: Visibility
    ) async throws(StoreFault) -> (schedule: Schedule, result: StoredResult?)? {
        try await read { db -> (schedule: Schedule, result: StoredResult?)? in
            guard let schedule = try Self.schedule(id, in: db), viewer.includes(schedule.owner) else {
                return nil
            }
            return (schedule, try Self.result(of: schedule, in: db))
        }
    }

    /// The result of a completed schedule; nil for any other.
    static func result(of schedule: Schedule, in db: Database) throws -> StoredResult? {
        guard schedule.status == .completed else { return nil }
        let statement = try db.cachedStatement(
            sql: "SELECT digest, document FROM results WHERE schedule_id = ?")
        guard let row = try Row.fetchOne(statement, arguments: [schedule.id]) else {
            throw StoreFault.damaged(what: "schedule \(schedule.id) is completed but has no result")
        }
        let result = StoredResult(document: row["document"], digest: row["digest"])
        guard result.isWhole else {
            throw StoreFault.damaged(what: "the result of schedule \(schedule.id) does not match its digest")
        }
        return result
    }

    /// One page of what `viewer` sees, newest first.
    ///
    /// - Parameters:
    ///   - comparison: The comparison whose schedules are meant; nil for those of none.
    ///   - search: What is part of the name, in letters of either case (ASCII); nil for any name.
    ///   - page: Counted from 1.
    package func schedules(
        for viewer: Visibility, status: ScheduleStatus?, strategy: String?, comparison: String? = nil,
        search: String? = nil, page: Int, pageSize: Int
    ) async throws(StoreFault) -> SchedulePage {
        let filter = ListFilter(
            viewer: viewer, status: status, strategy: strategy, comparison: comparison, search: search)
        return try await read { db in
            let count = try db.cachedStatement(sql: filter.total)
            let total = try Int.fetchOne(count, arguments: filter.arguments) ?? 0
            let rows = try db.cachedStatement(sql: filter.pageQuery)
            let schedules = try Row.fetchAll(
                rows, arguments: filter.arguments + [pageSize, (page - 1) * pageSize])
            return try SchedulePage(schedules: schedules.map(Schedule.init(row:)), total: total)
        }
    }

    /// Counts of what `viewer` sees, all of one moment.
    package func statistics(for viewer: Visibility) async throws(StoreFault) -> ScheduleStatistics {
        let filter = ListFilter(viewer: viewer)
        return try await read { db in
            var statistics = ScheduleStatistics(total: 0, byStatus: [:], byStrategy: [:])
            for row in try Row.fetchAll(db, sql: filter.counts(by: "status"), arguments: filter.arguments) {
                let count: Int = row["count"]
                statistics.total += count
                if let status = ScheduleStatus(rawValue: row["status"]) {
                    statistics.byStatus[status] = count
                }
            }
            for row in try Row.fetchAll(db, sql: filter.counts(by: "strategy"), arguments: filter.arguments) {
                statistics.byStrategy[row["strategy"]] = row["count"]
            }
            return statistics
        }
    }

    /// The diagnostics of failed schedules that the request `requestID` submitted; for operators.
    package func diagnostics(requestID: String) async throws(StoreFault) -> [String] {
        try await read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT failure_diagnostic FROM schedules
                    WHERE request_id = ? AND failure_diagnostic IS NOT NULL
                    """, arguments: [requestID])
        }
    }

    static func schedule(_ id: String, in db: Database) throws -> Schedule? {
        let statement = try db.cachedStatement(
            sql: "SELECT \(Schedule.allColumns) FROM schedules WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map(Schedule.init(row:))
    }

    // MARK: - Transactions

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFault) -> Value {
        do { return try await pool.read(body) } catch { throw StoreFault(error) }
    }

    /// All or nothing of `body`, on the disk when this returns. Writes that wait at the same time share a
    /// commit.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFault) -> Value {
        do { return try await commits.write(body).get() } catch { throw StoreFault(error) }
    }
}

extension StoreFault {
    init(_ error: any Error) {
        switch error {
        case let fault as StoreFault: self = fault
        case let error as DatabaseError:
            let code = error.extendedResultCode
            self = .unavailable(reason: "SQLite \(code.rawValue): \(error.message ?? code.description)")
        case is CancellationError: self = .unavailable(reason: "the caller went away")
        default: self = .unavailable(reason: String(describing: error))
        }
    }
}
