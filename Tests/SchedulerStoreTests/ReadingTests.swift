import Foundation
import GRDB
import SchedulerStore
import SchedulingCore
import TestSupport
import Testing

@Suite("Reading")
struct ReadingTests {
    private let fixture: StoreFixture
    private var store: ScheduleStore { fixture.store }
    private let now = StoreFixture.start

    init() throws { fixture = try StoreFixture() }

    /// Changes the file behind the store's back.
    private func tamper(_ sql: String) async throws {
        let queue = try DatabaseQueue(path: fixture.path)
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    private func count(_ table: String) async throws -> Int? {
        let queue = try DatabaseQueue(path: fixture.path)
        defer { try? queue.close() }
        return try await queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
    }

    private func completed(_ id: String) async throws {
        try await fixture.submit(id)
        let claim = try #require(try await fixture.claim())
        #expect(try await store.complete(claim, with: StoreFixture.result, now: now))
    }

    @Test("an owner sees their own schedules, an administrator everybody's, nobody else any")
    func visibility() async throws {
        try await fixture.submit("a", owner: "anna")
        try await fixture.submit("b", owner: "ben")
        #expect(try await store.schedule("a", for: .owner("anna"))?.id == "a")
        #expect(try await store.schedule("a", for: .owner("ben")) == nil)
        #expect(try await store.schedule("a", for: .everybody)?.id == "a")
        #expect(try await store.scheduleAndResult("a", for: .owner("ben")) == nil)
        #expect(try await store.statistics(for: .owner("ben")).total == 1)
        #expect(try await store.statistics(for: .everybody).total == 2)
        #expect(try await store.cancel("a", for: .owner("ben"), user: "ben", now: now) == .notFound)
        #expect(try await store.delete("a", for: .owner("ben"), user: "ben") == .notFound)
        #expect(try await store.cancel("a", for: .everybody, user: "root", now: now) == .notOwner)
        #expect(try await store.delete("a", for: .everybody, user: "root") == .notOwner)
        #expect(try await store.schedule("a", for: .owner("anna"))?.status == .pending)
    }

    @Test("pages are newest first, cover every schedule once and count all of them")
    func pages() async throws {
        for number in 10..<35 { try await fixture.submit("s-\(number)") }
        try await fixture.submit("s-99", owner: "ben")
        var seen: [String] = []
        for page in 1...4 {
            let found = try await store.schedules(
                for: .owner("anna"), status: nil, strategy: nil, page: page, pageSize: 10)
            #expect(found.total == 25)
            seen += found.schedules.map(\.id)
        }
        #expect(seen == (10..<35).reversed().map { "s-\($0)" })
    }

    @Test("status and strategy filter alone and together, for owners and administrators")
    func filters() async throws {
        try await fixture.submit("a", strategy: "lpt-pack")
        _ = try await fixture.claim()
        try await fixture.submit("b", strategy: "spt-pack")
        try await fixture.submit("c", owner: "ben", strategy: "spt-pack")
        func ids(_ viewer: Visibility, _ status: ScheduleStatus?, _ strategy: String?) async throws
            -> [String]
        {
            let page = try await store.schedules(
                for: viewer, status: status, strategy: strategy, page: 1, pageSize: 50)
            #expect(page.total == page.schedules.count)
            return page.schedules.map(\.id)
        }
        #expect(try await ids(.owner("anna"), .pending, nil) == ["b"])
        #expect(try await ids(.owner("anna"), nil, "lpt-pack") == ["a"])
        #expect(try await ids(.owner("anna"), .running, "spt-pack") == [])
        #expect(try await ids(.everybody, .pending, "spt-pack") == ["c", "b"])
        #expect(try await ids(.everybody, nil, nil) == ["c", "b", "a"])
        let statistics = try await store.statistics(for: .owner("anna"))
        #expect(statistics.byStatus == [.running: 1, .pending: 1])
        #expect(statistics.byStrategy == ["lpt-pack": 1, "spt-pack": 1])
    }

    @Test(
        "a search finds a part of a name in letters of either case, and its own wildcards stand for themselves"
    )
    func search() async throws {
        try await fixture.submit("a-100%")
        try await fixture.submit("b_100", strategy: "spt-pack")
        try await fixture.submit("c-100", owner: "ben")
        func ids(_ text: String, viewer: Visibility = .owner("anna"), strategy: String? = nil) async throws
            -> [String]
        {
            let page = try await store.schedules(
                for: viewer, status: nil, strategy: strategy, search: text, page: 1, pageSize: 1)
            let more = try await store.schedules(
                for: viewer, status: nil, strategy: strategy, search: text, page: 2, pageSize: 1)
            #expect(page.total >= page.schedules.count + more.schedules.count)
            return (page.schedules + more.schedules).map(\.id)
        }
        #expect(try await ids("SCHEDULE") == ["b_100", "a-100%"])
        #expect(try await ids("100%") == ["a-100%"])
        #expect(try await ids("_1") == ["b_100"])
        #expect(try await ids(#"\"#) == [])
        #expect(try await ids("100", strategy: "spt-pack") == ["b_100"])
        #expect(try await ids("c-1") == [])
        #expect(try await ids("c-1", viewer: .everybody) == ["c-100"])
    }

    @Test("seed bug 2: deleting removes schedule, result and key together, and leaves no orphan")
    func deletion() async throws {
        _ = try await store.submit(
            StoreFixture.new("a"), idempotency: Idempotency(key: "k", digest: Data([1])), queueLimit: 9,
            now: now)
        let claim = try #require(try await fixture.claim())
        #expect(try await store.complete(claim, with: StoreFixture.result, now: now))
        #expect(try await count("results") == 1)
        guard case .done = try await store.delete("a", for: .owner("anna"), user: "anna") else {
            Issue.record("not deleted")
            return
        }
        for table in ["schedules", "results", "idempotency"] { #expect(try await count(table) == 0) }
        #expect(try await store.delete("a", for: .owner("anna"), user: "anna") == .notFound)
    }

    @Test("seed bug 2: a deletion that fails half way removes nothing")
    func failedDeletion() async throws {
        try await completed("a")
        try await tamper(
            "CREATE TRIGGER refuse BEFORE DELETE ON results BEGIN SELECT RAISE(ABORT, 'refused'); END")
        await #expect(throws: StoreFault.self) {
            try await store.delete("a", for: .owner("anna"), user: "anna")
        }
        #expect(try await store.scheduleAndResult("a", for: .owner("anna"))?.result == StoreFixture.result)
    }

    @Test(
        "seed bug 12: result and status are one commit: if the result cannot be stored, neither is the status"
    )
    func completionIsAtomic() async throws {
        try await fixture.submit("a")
        let claim = try #require(try await fixture.claim())
        try await tamper(
            "CREATE TRIGGER refuse BEFORE INSERT ON results BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        await #expect(throws: StoreFault.self) {
            try await store.complete(claim, with: StoreFixture.result, now: now)
        }
        #expect(try await store.schedule("a", for: .everybody)?.status == .running)
        try await tamper("DROP TRIGGER refuse")
        #expect(try await store.complete(claim, with: StoreFixture.result, now: now))
        #expect(try await store.scheduleAndResult("a", for: .everybody)?.result == StoreFixture.result)
    }

    @Test("seed bug 18: a damaged result is found out, and its schedule can still be listed and deleted")
    func damage() async throws {
        try await completed("a")
        try await tamper("UPDATE results SET document = x'7B7D'")
        await #expect(throws: StoreFault.self) { try await store.scheduleAndResult("a", for: .owner("anna")) }
        let page = try await store.schedules(
            for: .owner("anna"), status: nil, strategy: nil, page: 1, pageSize: 10)
        #expect(page.schedules.map(\.id) == ["a"])
        guard case .done = try await store.delete("a", for: .owner("anna"), user: "anna") else {
            Issue.record("not deleted")
            return
        }
    }

    @Test("seed bug 13: a completed schedule without its result is reported as damage, not as missing")
    func missingResult() async throws {
        try await completed("a")
        try await tamper("DELETE FROM results")
        do {
            _ = try await store.scheduleAndResult("a", for: .owner("anna"))
            Issue.record("no fault")
        } catch {
            guard case .damaged = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}
