import Foundation
import GRDB
import SchedulingCore
import Synchronization
import TestSupport
import Testing

@testable import SchedulerStore

@Suite("The schema")
struct SchemaTests {
    private static let tables = ["schedules", "results", "templates", "comparisons", "idempotency"]

    private let folder: TemporaryFolder
    private var path: String { folder.file("schedules.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "a commit is on the disk before it is acknowledged: write-ahead log, synchronous FULL, foreign keys on"
    )
    func pragmas() async throws {
        let store = try ScheduleStore(path: path)
        let settings = try await store.pool.write { db in
            try ["synchronous", "journal_mode", "foreign_keys"].map {
                try String.fetchOne(db, sql: "PRAGMA \($0)")
            }
        }
        #expect(settings == ["2", "wal", "1"])
    }

    @Test("the database and its log are readable by their owner alone")
    func permissions() async throws {
        let store = try ScheduleStore(path: path)
        try await store.ping()
        for file in [path, path + "-wal", path + "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o077 } == 0, "\(file)")
        }
    }

    @Test("opening twice changes nothing, a newer version's database is refused")
    func migrations() throws {
        try ScheduleStore(path: path).close()
        try ScheduleStore(path: path).close()
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999 from the future')")
        }
        try queue.close()
        #expect(throws: StoreFault.self) { try ScheduleStore(path: path) }
    }

    @Test("a path that cannot be opened is a fault that names it")
    func unopenable() {
        do {
            _ = try ScheduleStore(path: "/nowhere/at/all.sqlite")
            Issue.record("opened")
        } catch {
            #expect("\(error)".contains("/nowhere/at/all.sqlite"))
        }
    }

    @Test("a file that is no database is refused and left as it is")
    func notADatabase() throws {
        try folder.write(Data("Lot ID,Type,Vials\nA,B,1\n".utf8), to: "schedules.sqlite")
        #expect(throws: StoreFault.self) { try ScheduleStore(path: path) }
        #expect(FileManager.default.contents(atPath: path) == Data("Lot ID,Type,Vials\nA,B,1\n".utf8))
    }

    @Test("seed bug 20: every statement of every verb is served by an index, without sorting")
    func queryPlans() async throws {
        let log = StatementLog()
        // What migrations run is of another schema.
        try ScheduleStore(path: path).close()
        let store = try ScheduleStore(path: path, trace: { log.note($0) })
        try await useEveryVerb(of: store)
        let statements = log.statements.filter { statement in
            ["SELECT", "UPDATE", "DELETE", "INSERT"].contains { statement.hasPrefix($0) }
                && !statement.contains("sqlite_") && !statement.contains("grdb_migrations")
        }
        #expect(statements.count > 20)
        let queue = try DatabaseQueue(path: path)
        for statement in statements {
            let steps = try await queue.read { db -> [String] in
                // Planned as it is prepared; the values do not matter.
                let prepared = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + statement)
                prepared.arguments = StatementArguments(
                    Array(repeating: nil as Int?, count: prepared.placeholders))
                return try Row.fetchAll(prepared).map { $0["detail"] }
            }
            for step in steps {
                #expect(!step.contains("TEMP B-TREE"), "\(step) in \(statement)")
                if step.hasPrefix("SCAN"), Self.tables.contains(where: step.contains) {
                    #expect(step.contains("INDEX"), "\(step) in \(statement)")
                }
            }
        }
    }

    @Test("a list is counted in an index alone, whatever it is filtered by")
    func countsAreCovered() async throws {
        try ScheduleStore(path: path).close()
        let queue = try DatabaseQueue(path: path)
        for viewer in [Visibility.owner("anna"), .everybody] {
            for status in [nil, ScheduleStatus.completed] {
                for strategy in [nil, "lpt-pack"] {
                    for search in [nil, "lots"] {
                        let filter = ListFilter(
                            viewer: viewer, status: status, strategy: strategy, search: search)
                        let steps = try await queue.read { db in
                            try Row.fetchAll(
                                db, sql: "EXPLAIN QUERY PLAN " + filter.total, arguments: filter.arguments
                            ).map { $0["detail"] as String }
                        }
                        #expect(steps.count == 1 && steps[0].contains("COVERING INDEX"), "\(steps)")
                    }
                }
            }
        }
    }

    private func useEveryVerb(of store: ScheduleStore) async throws {
        let (now, lease) = (StoreFixture.start, StoreFixture.lease)
        for id in ["a", "b", "c", "d", "e"] {
            let key = Idempotency(key: id, digest: Data([1]))
            _ = try await store.submit(
                StoreFixture.new(id), idempotency: key, queueLimit: 10, ownerLimit: 10, now: now)
            _ = try await store.submit(StoreFixture.new(id), idempotency: key, queueLimit: 10, now: now)
        }
        let first = try #require(try await store.claim(worker: "w", lease: lease, now: now))
        let progress = ScheduleProgress(fraction: 0.5, message: "Searching")
        _ = try await store.renew(first, lease: lease, progress: progress, now: now)
        _ = try await store.scheduleAndProgress("a", for: .everybody)
        _ = try await store.complete(first, with: StoreFixture.result, progress: progress, now: now)
        let second = try #require(try await store.claim(worker: "w", lease: lease, now: now))
        _ = try await store.release(second)
        let third = try #require(try await store.claim(worker: "w", lease: lease, now: now))
        _ = try await store.fail(third, with: .workerCrashed, diagnostic: "", now: now)
        for number in 1...5 {
            _ = try await store.claim(worker: "w", lease: lease, now: now + .seconds(20 * number))
        }
        _ = try await store.cancel("d", for: .everybody, user: "anna", now: now)
        _ = try await store.delete("e", for: .everybody, user: "anna")
        _ = try await store.deleteEnded(by: UTCTime(microseconds: now.microseconds - 1), atMost: 1)
        _ = try await store.scheduleAndResult("a", for: .everybody)
        _ = try await store.schedule("a", for: .everybody)
        _ = try await store.diagnostics(requestID: "request-a")
        try await store.ping()
        try await useTemplates(of: store, now: now)
        try await useComparisons(of: store, now: now)
        for viewer in [Visibility.owner("anna"), .everybody] {
            _ = try await store.statistics(for: viewer)
            for status in [nil, ScheduleStatus.completed] {
                for strategy in [nil, "lpt-pack"] {
                    for search in [nil, "lots"] {
                        _ = try await store.schedules(
                            for: viewer, status: status, strategy: strategy, search: search, page: 1,
                            pageSize: 10)
                    }
                }
            }
        }
    }
}

extension SchemaTests {
    private func useComparisons(of store: ScheduleStore, now: UTCTime) async throws {
        for id in ["c", "d"] {
            let new = NewComparison(
                id: id, schedules: [StoreFixture.new("\(id)-1"), StoreFixture.new("\(id)-2")])
            let key = Idempotency(key: "compare \(id)", digest: Data([1]))
            for _ in 1...2 {
                _ = try await store.submit(new, idempotency: key, queueLimit: 99, ownerLimit: 99, now: now)
            }
        }
        for viewer in [Visibility.owner("anna"), .everybody] {
            _ = try await store.comparisonAndResults("c", for: viewer)
            _ = try await store.comparisonAndProgress("c", for: viewer)
            _ = try await store.comparisons(for: viewer, page: 1, pageSize: 10)
            for status in [nil, ScheduleStatus.completed] {
                _ = try await store.schedules(
                    for: viewer, status: status, strategy: "lpt-pack", comparison: "c", page: 1, pageSize: 10)
            }
        }
        _ = try await store.cancelComparison("c", for: .everybody, user: "anna", now: now)
        _ = try await store.deleteComparison("d", for: .everybody, user: "anna")
        _ = try await store.deleteEndedComparisons(by: now, atMost: 10)
    }

    private func useTemplates(of store: ScheduleStore, now: UTCTime) async throws {
        let content = TemplateContent(name: "T", isPublic: true, config: Data("{}".utf8))
        _ = try await store.createTemplate(content, id: "t", owner: "anna", limit: 9, now: now)
        for visibility in [Visibility.owner("anna"), .everybody] {
            let reader = TemplateReader(user: "anna", visibility: visibility)
            _ = try await store.template("t", for: reader)
            for scope in TemplateScope.allCases {
                _ = try await store.templates(for: reader, scope: scope, page: 1, pageSize: 10)
            }
            _ = try await store.setDefaultTemplate("t", of: reader)
        }
        _ = try await store.defaultTemplate(of: "anna")
        _ = try await store.clearDefaultTemplate(of: "anna")
        let owner = TemplateReader(user: "anna", visibility: .owner("anna"))
        let hidden = TemplateContent(name: "T", isPublic: false, config: Data("{}".utf8))
        _ = try await store.updateTemplate("t", to: hidden, expecting: 1, by: owner, now: now)
        _ = try await store.deleteTemplate("t", by: owner)
    }
}

/// The statements that a store ran, each once.
private final class StatementLog: Sendable {
    private let seen = Mutex<Set<String>>([])

    var statements: [String] { seen.withLock { $0.sorted() } }

    func note(_ statement: String) {
        seen.withLock { _ = $0.insert(statement.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}

extension Statement {
    /// How many values it takes.
    fileprivate var placeholders: Int { sql.count { $0 == "?" } }
}
