import Foundation
import GRDB
import SchedulingCore
import TestSupport
import Testing

@testable import SchedulerStore

@Suite("Bringing a database up to date")
struct MigrationTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("schedules.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    /// A database as it was before there were templates, with what `sql` makes of it.
    private func older(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: "3 progress")
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test("schedules, results and keys of before templates are kept, with the settings and quality they had")
    func beforeTemplates() async throws {
        try older(
            """
            INSERT INTO schedules VALUES
                ('a', 'anna', 'A', 'milp-opt', 'completed', 3, 1, 2, 3, 4, 5, 1, NULL, NULL, 'r-a', NULL, NULL,
                    NULL, CAST('{"config":{"clean_hours":12},"lots":[]}' AS BLOB)),
                ('b', 'anna', 'B', 'lpt-pack', 'failed', 3, 1, 2, 3, 4, 3, 3, NULL, NULL, 'r-b', 'code', 'why',
                    'deep', x'7B'),
                ('c', 'ben', 'C', 'lpt-pack', 'running', 3, 1, 2, 3, NULL, 2, 1, 'w', 9, 'r-c', NULL, NULL,
                    NULL, CAST('{"config":{},"lots":[]}' AS BLOB)),
                ('d', 'ben', 'D', 'lpt-pack', 'pending', 3, 1, 2, NULL, NULL, 1, 0, NULL, NULL, 'r-d', NULL,
                    NULL, NULL, CAST('{"config":{},"lots":[]}' AS BLOB));
            INSERT INTO results VALUES ('a', 'digest', x'7B7D');
            INSERT INTO progress VALUES ('a', 4, 1, 'Done', 20, 20), ('c', 2, 0.5, 'Searching', 30, NULL);
            INSERT INTO idempotency VALUES ('ben', 'k', x'01', 'd', 2);
            """)
        let store = try ScheduleStore(path: path)
        let found = try #require(try await store.schedule("a", for: .owner("anna")))
        #expect(found.quality == ResultQuality(makespan: 20, bound: 20, isProven: true))
        #expect(found.quality?.gap == 0)
        #expect(found.config == Data(#"{"clean_hours":12}"#.utf8))
        #expect(found.version == 5)
        let failed = try #require(try await store.schedule("b", for: .owner("anna")))
        #expect(failed.failure == ScheduleFailure(code: "code", message: "why"))
        #expect(failed.config == nil && failed.quality == nil)
        #expect(try await store.diagnostics(requestID: "r-b") == ["deep"])
        let running = try #require(try await store.scheduleAndProgress("c", for: .owner("ben")))
        #expect(running.progress?.fraction == 0.5)
        #expect(running.schedule.quality == nil)
        let replayed = try await store.submit(
            StoreFixture.new("e", owner: "ben"), idempotency: Idempotency(key: "k", digest: Data([1])),
            queueLimit: 9, now: UTCTime(microseconds: 3))
        guard case .replayed(let schedule) = replayed else {
            Issue.record("\(replayed)")
            return
        }
        #expect(schedule.id == "d")
        #expect(try await store.statistics(for: .everybody).total == 4)
        _ = try await store.delete("a", for: .owner("anna"), user: "anna")
        let orphans = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM results") }
        #expect(orphans == 0)
    }
}
