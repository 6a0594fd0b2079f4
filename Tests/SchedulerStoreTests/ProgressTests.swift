import Foundation
import SchedulerStore
import SchedulingCore
import TestSupport
import Testing

@Suite("Progress")
struct ProgressTests {
    private let fixture: StoreFixture
    private var store: ScheduleStore { fixture.store }
    private let now = StoreFixture.start
    private let half = ScheduleProgress(fraction: 0.5, message: "Searching", bestMakespan: 20, bound: 10)
    private let done = ScheduleProgress(fraction: 1, message: "Done", bestMakespan: 15, bound: 15)

    init() throws { fixture = try StoreFixture() }

    private func progress(_ id: String = "a") async throws -> ScheduleProgress? {
        try await store.scheduleAndProgress(id, for: .everybody)?.progress
    }

    @Test("what a worker says with its renewals and its result is there for other processes, at once")
    func stored() async throws {
        try await fixture.submit("a")
        #expect(try await progress() == nil)
        let claim = try #require(try await fixture.claim())
        #expect(try await progress() == nil)
        #expect(try await store.renew(claim, lease: StoreFixture.lease, progress: half, now: now))
        #expect(try await progress() == half)
        // A renewal that says nothing new leaves it.
        #expect(try await store.renew(claim, lease: StoreFixture.lease, now: now))
        let other = try ScheduleStore(path: fixture.path)
        #expect(try await other.scheduleAndProgress("a", for: .owner("anna"))?.progress == half)
        #expect(
            try await store.complete(claim, with: StoreFixture.result, progress: done, now: now))
        #expect(try await progress() == done)
    }

    @Test("a stranger is told nothing, and nothing is left of a deleted schedule")
    func visibility() async throws {
        try await fixture.submit("a")
        let claim = try #require(try await fixture.claim())
        #expect(try await store.renew(claim, lease: StoreFixture.lease, progress: half, now: now))
        #expect(try await store.scheduleAndProgress("a", for: .owner("ben")) == nil)
        _ = try await store.delete("a", for: .owner("anna"), user: "anna")
        #expect(try await store.scheduleAndProgress("a", for: .owner("anna")) == nil)
    }

    @Test("progress belongs to its attempt: the next begins without, after a release and after a crash")
    func attempts() async throws {
        try await fixture.submit("a")
        let first = try #require(try await fixture.claim())
        #expect(try await store.renew(first, lease: StoreFixture.lease, progress: half, now: now))
        #expect(try await store.release(first))
        #expect(try await progress() == nil)
        let second = try #require(try await fixture.claim())
        #expect(try await progress() == nil)
        #expect(try await store.renew(second, lease: StoreFixture.lease, progress: half, now: now))
        let third = try #require(try await fixture.claim("worker-2", at: now + StoreFixture.lease))
        #expect(try await progress() == nil)
        // One that lost its lease says nothing any more.
        #expect(try await !store.renew(second, lease: StoreFixture.lease, progress: done, now: now))
        #expect(try await progress() == nil)
        #expect(try await store.renew(third, lease: StoreFixture.lease, progress: half, now: now))
        #expect(try await progress() == half)
    }

    @Test("one that is cancelled keeps what was known")
    func cancelled() async throws {
        try await fixture.submit("a")
        let claim = try #require(try await fixture.claim())
        #expect(try await store.renew(claim, lease: StoreFixture.lease, progress: half, now: now))
        _ = try await store.cancel("a", for: .owner("anna"), user: "anna", now: now)
        #expect(try await progress() == half)
    }

    @Test("advancing never goes back: the part done and the bound grow, the best makespan shrinks")
    func advance() {
        var progress = half
        progress.advance(to: ScheduleProgress(fraction: 0.4, message: "Later", bestMakespan: 25, bound: 9))
        #expect(
            progress == ScheduleProgress(fraction: 0.5, message: "Later", bestMakespan: 20, bound: 10))
        progress.advance(to: ScheduleProgress(fraction: 7, message: "Last"))
        #expect(progress == ScheduleProgress(fraction: 1, message: "Last", bestMakespan: 20, bound: 10))
        var empty = ScheduleProgress(fraction: 0, message: "")
        empty.advance(to: half)
        #expect(empty == half)
    }
}
