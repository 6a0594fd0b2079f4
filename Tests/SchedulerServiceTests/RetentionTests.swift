import Foundation
import Logging
import SchedulerStore
import SchedulingCore
import TestSupport
import Testing

@testable import SchedulerService

@Suite("How long schedules are kept")
struct RetentionTests {
    private static let day: Duration = .seconds(86_400)

    private static func daysAgo(_ days: Int) -> UTCTime { WallClock.now() + (.zero - day * days) }

    /// Stores a schedule of anna's that was submitted and, unless it is to wait, completed at `moment`.
    private static func store(
        _ id: String, at moment: UTCTime, waits: Bool = false, in store: ScheduleStore
    ) async throws {
        let new = NewSchedule(
            id: id, owner: "anna", name: id, strategy: "lpt-pack", lotsCount: 0, startTime: moment,
            requestID: "request-\(id)", input: Data("{}".utf8))
        guard case .created = try await store.submit(new, idempotency: nil, queueLimit: 999, now: moment)
        else { throw DeadlineExceeded("\(id) was not stored") }
        if waits { return }
        let claim = try #require(try await store.claim(worker: "w", lease: .seconds(1), now: moment))
        let result = StoredResult(document: Data(#"{"makespan":1}"#.utf8))
        #expect(try await store.complete(claim, with: result, now: moment))
    }

    /// A database with schedules that ended 89 and 91 days ago and one that waits for 91 days.
    private static func prepare(_ fixture: SchedulerFixture) async throws {
        let store = try ScheduleStore(path: fixture.database)
        defer { store.close() }
        try await Self.store("old", at: daysAgo(91), in: store)
        try await Self.store("young", at: daysAgo(89), in: store)
        try await Self.store("waiting", at: daysAgo(91), waits: true, in: store)
    }

    @Test("with --keep 90d what ended 91 days ago is deleted, what ended 89 days ago or waits is not")
    func kept() async throws {
        let fixture = try SchedulerFixture(["--keep", "90d"])
        try await Self.prepare(fixture)
        let scheduler = try await fixture.start()
        try await scheduler.process.wait(forOutput: "\"message\":\"deleted what is too old\"")
        #expect(scheduler.process.output.contains("\"schedules\":\"1\""))
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/old").status == 404)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/young").status == 200)
        // The one that waited was taken up as if nothing were.
        #expect(try await scheduler.finished("waiting").json["attempts"] as? Int == 1)
        #expect(try await scheduler.process.stop() == .code(0))
    }

    @Test("without --keep nothing is deleted")
    func keptForEver() async throws {
        let fixture = try SchedulerFixture()
        try await Self.prepare(fixture)
        let scheduler = try await fixture.start()
        _ = try await scheduler.finished("waiting")
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules").json["total"] as? Int == 3)
        #expect(try await scheduler.process.stop() == .code(0))
        #expect(!scheduler.process.output.contains("too old"))
    }

    @Test("more than one step's worth is deleted in several, the last of them too")
    func steps() async throws {
        let folder = try TemporaryFolder()
        let store = try ScheduleStore(path: folder.file("schedules.sqlite"))
        let count = Retention.step * 2 + 1
        for number in 0..<count { try await Self.store("s-\(number)", at: Self.daysAgo(2), in: store) }
        try await Self.store("young", at: Self.daysAgo(0), in: store)
        let retention = Retention(keep: Self.day, store: store, logger: Logger(label: "test"))
        await retention.sweep(now: WallClock.now())
        #expect(try await store.statistics(for: .everybody).total == 1)
    }
}
