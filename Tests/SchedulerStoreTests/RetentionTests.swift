import Foundation
import GRDB
import SchedulerStore
import SchedulingCore
import TestSupport
import Testing

@Suite("Deleting what ended long ago")
struct RetentionTests {
    private let fixture: StoreFixture
    private var store: ScheduleStore { fixture.store }
    private let now = StoreFixture.start

    init() throws { fixture = try StoreFixture() }

    private func complete(_ id: String, at moment: UTCTime) async throws {
        try await fixture.submit(id)
        let claim = try #require(try await fixture.claim())
        #expect(claim.schedule.id == id)
        #expect(try await store.complete(claim, with: StoreFixture.result, now: moment))
    }

    private func ids() async throws -> Set<String> {
        let page = try await store.schedules(
            for: .everybody, status: nil, strategy: nil, page: 1, pageSize: 50)
        return Set(page.schedules.map(\.id))
    }

    private func rows(of table: String) throws -> Int? {
        let queue = try DatabaseQueue(path: fixture.path)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
    }

    @Test("what ended at the moment goes with its result, what ended a microsecond later stays")
    func moment() async throws {
        try await complete("a", at: now)
        try await complete("b", at: UTCTime(microseconds: now.microseconds + 1))
        #expect(
            try await store.deleteEnded(by: UTCTime(microseconds: now.microseconds - 1), atMost: 9) == 0)
        #expect(try await store.deleteEnded(by: now, atMost: 9) == 1)
        #expect(try await ids() == ["b"])
        #expect(try rows(of: "results") == 1)
        #expect(try await store.scheduleAndResult("b", for: .everybody)?.result == StoreFixture.result)
    }

    @Test("whatever its end was it goes; what waits or is planned stays, however old")
    func states() async throws {
        try await complete("completed", at: now)
        try await fixture.submit("failed")
        let failing = try #require(try await fixture.claim())
        #expect(
            try await store.fail(
                failing, with: ScheduleFailure(code: "x", message: "y"), diagnostic: "z", now: now))
        try await fixture.submit("cancelled")
        _ = try await store.cancel("cancelled", for: .everybody, user: "anna", now: now)
        try await fixture.submit("running")
        let running = try #require(try await fixture.claim())
        try await fixture.submit("pending")

        let later = now + .seconds(3_650 * 86_400)
        #expect(try await store.deleteEnded(by: later, atMost: 9) == 3)
        #expect(try await ids() == ["running", "pending"])
        // The worker never notices.
        #expect(try await store.complete(running, with: StoreFixture.result, now: later + .seconds(1)))
    }

    @Test("no more than asked for go at a time, those that ended first before the others")
    func steps() async throws {
        for (number, id) in ["c", "a", "b"].enumerated() {
            try await complete(id, at: now + .seconds(number))
        }
        let later = now + .seconds(60)
        #expect(try await store.deleteEnded(by: later, atMost: 2) == 2)
        #expect(try await ids() == ["b"])
        #expect(try await store.deleteEnded(by: later, atMost: 2) == 1)
        #expect(try await store.deleteEnded(by: later, atMost: 2) == 0)
    }

    @Test("the key of a schedule goes with it")
    func keys() async throws {
        _ = try await store.submit(
            StoreFixture.new("a"), idempotency: Idempotency(key: "k", digest: Data([1])), queueLimit: 9,
            now: now)
        _ = try await store.cancel("a", for: .everybody, user: "anna", now: now)
        #expect(try await store.deleteEnded(by: now, atMost: 9) == 1)
        #expect(try rows(of: "idempotency") == 0)
    }
}
