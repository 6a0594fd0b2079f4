import Foundation
import GRDB
import SchedulerStore
import SchedulingCore
import TestSupport
import Testing

@Suite("Comparisons in the store")
struct ComparisonTests {
    private let fixture: StoreFixture
    private var store: ScheduleStore { fixture.store }
    private let now = StoreFixture.start

    init() throws { fixture = try StoreFixture() }

    private func new(_ id: String, owner: String = "anna", strategies: [String]) -> NewComparison {
        NewComparison(
            id: id,
            // Claimed in the order of their IDs, which is that of the strategies.
            schedules: strategies.enumerated().map { position, strategy in
                StoreFixture.new("\(id)-\(position)", owner: owner, strategy: strategy)
            })
    }

    @discardableResult
    private func submit(
        _ id: String, owner: String = "anna", _ strategies: [String] = ["lpt-pack", "spt-pack"],
        key: String? = nil, ownerLimit: Int? = nil, queueLimit: Int = 100
    ) async throws -> SubmissionOutcome<Comparison> {
        try await store.submit(
            new(id, owner: owner, strategies: strategies),
            idempotency: key.map { Idempotency(key: $0, digest: Data([1])) }, queueLimit: queueLimit,
            ownerLimit: ownerLimit, now: now)
    }

    private func comparison(_ id: String, for viewer: Visibility = .everybody) async throws -> Comparison? {
        try await store.comparisonAndResults(id, for: viewer)?.comparison
    }

    /// Claims the next schedule and completes it with this makespan, or fails it without one.
    private func plan(makespan: Double?, bound: Double? = nil, at moment: UTCTime? = nil) async throws {
        let moment = moment ?? now
        let claim = try #require(try await fixture.claim(at: moment))
        if let makespan {
            let quality = ResultQuality(makespan: makespan, bound: bound, isProven: bound == makespan)
            #expect(try await store.complete(claim, with: StoreFixture.result, quality: quality, now: moment))
        } else {
            let failure = ScheduleFailure(code: "x", message: "y")
            #expect(try await store.fail(claim, with: failure, diagnostic: "z", now: moment))
        }
    }

    private func counts() async throws -> [Int?] {
        let queue = try DatabaseQueue(path: fixture.path)
        defer { try? queue.close() }
        return try await queue.read { db in
            try ["comparisons", "schedules", "results", "idempotency"].map {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)")
            }
        }
    }

    @Test("its state is that of its strategies: waiting, running from the first to the last, then ended")
    func status() async throws {
        try await submit("c", ["lpt-pack", "spt-pack", "cfs-pack"])
        #expect(try await comparison("c")?.status == .pending)
        let claim = try #require(try await fixture.claim())
        #expect(try await comparison("c")?.status == .running)
        #expect(try await store.release(claim))
        #expect(try await comparison("c")?.status == .pending)
        try await plan(makespan: 20, at: now + .seconds(1))
        let early = try #require(try await comparison("c"))
        #expect(early.status == .running && early.best == nil && early.finishedAt == nil)
        try await plan(makespan: nil, at: now + .seconds(3))
        try await plan(makespan: 10, bound: 9, at: now + .seconds(2))
        let ended = try #require(try await comparison("c"))
        #expect(ended.status == .completed)
        #expect(ended.finishedAt == now + .seconds(3))
        #expect(ended.best?.strategy == "cfs-pack")
        #expect(ended.bound == 9)
        #expect(ended.schedules.map(\.status) == [.completed, .failed, .completed])
    }

    @Test("of equal makespans the strategy that was asked for first is the best")
    func ties() async throws {
        try await submit("c", ["spt-pack", "lpt-pack", "cfs-pack"])
        for makespan in [11.0, 10, 10] { try await plan(makespan: makespan) }
        #expect(try await comparison("c")?.best?.strategy == "lpt-pack")
    }

    @Test("without any result it has failed if a strategy failed, else it was cancelled; neither has a best")
    func withoutResult() async throws {
        try await submit("f")
        try await plan(makespan: nil)
        _ = try await store.cancel("f-1", for: .everybody, user: "anna", now: now)
        try await submit("c")
        _ = try await store.cancelComparison("c", for: .owner("anna"), user: "anna", now: now)
        #expect(try await comparison("f")?.status == .failed)
        #expect(try await comparison("c")?.status == .cancelled)
        for id in ["f", "c"] { #expect(try await comparison(id)?.best == nil) }
    }

    @Test("cancelling ends what has not ended and keeps what has a result; a worker learns of it")
    func cancellation() async throws {
        try await submit("c", ["lpt-pack", "spt-pack", "cfs-pack"])
        try await plan(makespan: 20)
        let claim = try #require(try await fixture.claim())
        guard
            case .done(let cancelled) = try await store.cancelComparison(
                "c", for: .owner("anna"), user: "anna", now: now)
        else {
            Issue.record("not cancelled")
            return
        }
        #expect(cancelled.schedules.map(\.status) == [.completed, .cancelled, .cancelled])
        #expect(cancelled.status == .completed && cancelled.best?.strategy == "lpt-pack")
        #expect(try await !store.complete(claim, with: StoreFixture.result, now: now))
        let again = try await store.cancelComparison("c", for: .owner("anna"), user: "anna", now: now)
        #expect(again == .alreadyFinal(cancelled))
    }

    @Test("it is deleted with its schedules, results and key, running ones too, and only as a whole")
    func deletion() async throws {
        try await submit("c", key: "k")
        try await plan(makespan: 20)
        let claim = try #require(try await fixture.claim())
        #expect(try await counts() == [1, 2, 1, 1])
        let part = try await store.delete("c-0", for: .owner("anna"), user: "anna")
        #expect(part == .partOfComparison(id: "c"))
        let others = try await store.deleteComparison("c", for: .owner("ben"), user: "ben")
        #expect(others == .notFound)
        let administrators = try await store.deleteComparison("c", for: .everybody, user: "root")
        #expect(administrators == .notOwner)
        guard case .done = try await store.deleteComparison("c", for: .owner("anna"), user: "anna") else {
            Issue.record("not deleted")
            return
        }
        #expect(try await counts() == [0, 0, 0, 0])
        #expect(try await !store.complete(claim, with: StoreFixture.result, now: now))
    }

    @Test("a deletion that fails half way removes nothing")
    func failedDeletion() async throws {
        try await submit("c", key: "k")
        try await plan(makespan: 20)
        let queue = try DatabaseQueue(path: fixture.path)
        try await queue.write {
            try $0.execute(
                sql: "CREATE TRIGGER refuse BEFORE DELETE ON results BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        try queue.close()
        await #expect(throws: StoreFault.self) {
            try await store.deleteComparison("c", for: .owner("anna"), user: "anna")
        }
        #expect(try await counts() == [1, 2, 1, 1])
    }

    @Test("all strategies find room in the queue or none does")
    func room() async throws {
        try await fixture.submit("a")
        #expect(try await submit("c", ownerLimit: 2) == .ownerQueueFull)
        #expect(try await submit("c", queueLimit: 2) == .queueFull)
        #expect(try await counts() == [0, 1, 0, 0])
        guard case .created = try await submit("c", ownerLimit: 3, queueLimit: 3) else {
            Issue.record("refused")
            return
        }
        #expect(try await submit("d", owner: "ben", ownerLimit: 2, queueLimit: 4) == .queueFull)
        guard case .created = try await submit("d", owner: "ben", ownerLimit: 2, queueLimit: 5) else {
            Issue.record("refused")
            return
        }
        let single = try await store.submit(
            StoreFixture.new("b"), idempotency: nil, queueLimit: 9, ownerLimit: 3, now: now)
        #expect(single == .ownerQueueFull)
    }

    @Test("a key stands for a comparison or a schedule, and not for the other")
    func idempotency() async throws {
        try await submit("c", key: "k")
        guard case .replayed(let again) = try await submit("d", key: "k") else {
            Issue.record("not replayed")
            return
        }
        #expect(again.id == "c")
        let schedule = try await store.submit(
            StoreFixture.new("a"), idempotency: Idempotency(key: "k", digest: Data([1])), queueLimit: 9,
            now: now)
        #expect(schedule == .keyConflict)
        _ = try await store.submit(
            StoreFixture.new("a"), idempotency: Idempotency(key: "l", digest: Data([1])), queueLimit: 9,
            now: now)
        #expect(try await submit("e", key: "l") == .keyConflict)
    }

    @Test("lists and statistics of schedules leave out those of comparisons, unless it is asked for")
    func lists() async throws {
        try await fixture.submit("a")
        for id in ["c", "d", "e"] { try await submit(id) }
        try await submit("f", owner: "ben")
        for viewer in [Visibility.owner("anna"), .everybody] {
            let all = try await store.schedules(for: viewer, status: nil, strategy: nil, page: 1, pageSize: 9)
            #expect(all.schedules.map(\.id) == ["a"] && all.total == 1)
            #expect(try await store.statistics(for: viewer).total == 1)
            let part = try await store.schedules(
                for: viewer, status: .pending, strategy: nil, comparison: "c", page: 1, pageSize: 9)
            #expect(part.schedules.map(\.id) == ["c-0", "c-1"] && part.total == 2)
            #expect(part.schedules.allSatisfy { $0.comparisonID == "c" })
        }
        let others = try await store.schedules(
            for: .owner("ben"), status: nil, strategy: nil, comparison: "c", page: 1, pageSize: 9)
        #expect(others.total == 0)
        let page = try await store.comparisons(for: .owner("anna"), page: 1, pageSize: 2)
        #expect(page.comparisons.map(\.id) == ["e", "d"] && page.total == 3)
        #expect(page.comparisons.allSatisfy { $0.schedules.count == 2 })
        let second = try await store.comparisons(for: .owner("anna"), page: 2, pageSize: 2)
        #expect(second.comparisons.map(\.id) == ["c"])
        #expect(try await store.comparisons(for: .everybody, page: 1, pageSize: 9).total == 4)
        #expect(try await comparison("c", for: .owner("ben")) == nil)
    }

    @Test("what ended long ago is deleted as a whole, when its last strategy ended long ago")
    func retention() async throws {
        for id in ["c", "d"] { try await submit(id) }
        for makespan in [1.0, 2, 3] { try await plan(makespan: makespan) }
        try await plan(makespan: 4, at: now + .seconds(1))
        try await submit("w")
        #expect(try await store.deleteEnded(by: now, atMost: 9) == 0)
        #expect(try await store.deleteEndedComparisons(by: now, atMost: 9) == 1)
        #expect(try await comparison("c") == nil)
        #expect(try await store.deleteEndedComparisons(by: now + .seconds(1), atMost: 9) == 1)
        #expect(try await counts() == [1, 2, 0, 0])
    }
}
