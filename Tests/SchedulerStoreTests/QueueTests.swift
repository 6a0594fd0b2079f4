import Foundation
import SchedulerStore
import SchedulingCore
import TestSupport
import Testing

@Suite("The queue")
struct QueueTests {
    private let fixture: StoreFixture
    private var store: ScheduleStore { fixture.store }
    private let now = StoreFixture.start

    init() throws { fixture = try StoreFixture() }

    private func status(_ id: String) async throws -> ScheduleStatus? {
        try await store.schedule(id, for: .everybody)?.status
    }

    @Test("seed bug 1: what was accepted is there for a worker at once, in the order of submission")
    func order() async throws {
        for id in ["a", "b", "c"] { try await fixture.submit(id) }
        var claimed: [String] = []
        while let claim = try await fixture.claim() { claimed.append(claim.schedule.id) }
        #expect(claimed == ["a", "b", "c"])
    }

    @Test("a claim carries the input, counts an attempt and changes the version")
    func claim() async throws {
        let submission = try await store.submit(
            StoreFixture.new("a", input: #"{"lots":[]}"#), idempotency: nil, queueLimit: 1, now: now)
        guard case .created(let schedule) = submission else {
            Issue.record("\(submission)")
            return
        }
        #expect(schedule.status == .pending)
        #expect(schedule.version == 1)
        let claim = try #require(try await fixture.claim())
        #expect(claim.input == Data(#"{"lots":[]}"#.utf8))
        #expect(claim.schedule.status == .running)
        #expect(claim.schedule.attempts == 1)
        #expect(claim.schedule.version == 2)
        #expect(claim.schedule.startedAt == now)
        #expect(claim.leasedUntil == now + .seconds(15))
    }

    @Test("workers of several processes on one database never claim the same schedule")
    func exclusion() async throws {
        let count = 120
        for number in 0..<count { try await fixture.submit("s-\(number)") }
        let path = fixture.path
        let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
            for process in 0..<3 {
                // A store of its own is what another process has.
                let store = try ScheduleStore(path: path)
                for worker in 0..<2 {
                    group.addTask {
                        var ids: [String] = []
                        while let claim = try await store.claim(
                            worker: "\(process)-\(worker)", lease: StoreFixture.lease, now: StoreFixture.start
                        ) {
                            ids.append(claim.schedule.id)
                            #expect(
                                try await store.complete(
                                    claim, with: StoreFixture.result, now: StoreFixture.start))
                        }
                        return ids
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == count)
        #expect(Set(claimed).count == count)
        #expect(try await store.statistics(for: .everybody).byStatus == [.completed: count])
    }

    @Test("a lease holds to its last microsecond and not one longer")
    func leaseEnd() async throws {
        try await fixture.submit("a")
        let claim = try #require(try await fixture.claim())
        let end = claim.leasedUntil
        #expect(try await fixture.claim("worker-2", at: UTCTime(microseconds: end.microseconds - 1)) == nil)
        let second = try #require(try await fixture.claim("worker-2", at: end))
        #expect(second.schedule.attempts == 2)
    }

    @Test("a lease that is renewed is not taken over")
    func renewal() async throws {
        try await fixture.submit("a")
        let claim = try #require(try await fixture.claim())
        #expect(try await store.renew(claim, lease: StoreFixture.lease, now: now + .seconds(10)))
        #expect(try await fixture.claim("worker-2", at: now + .seconds(24)) == nil)
        #expect(try await fixture.claim("worker-2", at: now + .seconds(25)) != nil)
    }

    @Test("seed bug 10: a worker that lost its lease changes nothing, whatever it says")
    func staleWorker() async throws {
        try await fixture.submit("a")
        let first = try #require(try await fixture.claim("worker-1"))
        let second = try #require(try await fixture.claim("worker-2", at: now + .seconds(15)))
        let failure = ScheduleFailure(code: "x", message: "y")
        #expect(try await !store.renew(first, lease: StoreFixture.lease, now: now))
        #expect(try await !store.complete(first, with: StoreFixture.result, now: now))
        #expect(try await !store.fail(first, with: failure, diagnostic: "z", now: now))
        #expect(try await !store.release(first))
        #expect(try await status("a") == .running)
        #expect(try await store.complete(second, with: StoreFixture.result, now: now))
        #expect(try await !store.complete(second, with: StoreFixture.result, now: now))
        #expect(try await status("a") == .completed)
    }

    @Test("a schedule whose worker crashed three times fails with worker-crashed, not before")
    func crashes() async throws {
        try await fixture.submit("a")
        try await fixture.submit("b")
        var time = now
        var crashed: [Claim] = []
        while crashed.count < 3 {
            crashed.append(try #require(try await fixture.claim("worker-\(crashed.count)", at: time)))
            time = time + StoreFixture.lease
        }
        #expect(crashed.map(\.schedule.id) == ["a", "a", "a"])
        #expect(try await status("a") == .running)
        // The fourth worker finds it, fails it and goes on to the next.
        let next = try #require(try await fixture.claim("worker-4", at: time))
        #expect(next.schedule.id == "b")
        let failed = try #require(try await store.schedule("a", for: .everybody))
        #expect(failed.status == .failed)
        #expect(failed.attempts == 3)
        #expect(failed.failure == .workerCrashed)
        #expect(failed.failure?.code == "worker-crashed")
        #expect(failed.finishedAt == time)
        #expect(try await store.diagnostics(requestID: "request-a").count == 1)
    }

    @Test("a clean stop puts a schedule back and does not count as a crash")
    func release() async throws {
        try await fixture.submit("a")
        for _ in 0..<5 {
            let claim = try #require(try await fixture.claim())
            #expect(claim.schedule.attempts == 1)
            #expect(try await store.release(claim))
            #expect(try await status("a") == .pending)
        }
    }

    @Test("seed bug 6: a failure keeps its code and message for the owner and its diagnostic for operators")
    func failure() async throws {
        try await fixture.submit("a")
        let claim = try #require(try await fixture.claim())
        let failure = ScheduleFailure(code: "planning-error", message: "The planner made a mistake.")
        #expect(try await store.fail(claim, with: failure, diagnostic: "index 7 out of range", now: now))
        let failed = try #require(try await store.schedule("a", for: .owner("anna")))
        #expect(failed.status == .failed)
        #expect(failed.failure == failure)
        #expect(!"\(failed)".contains("index 7"))
        #expect(try await store.diagnostics(requestID: "request-a") == ["index 7 out of range"])
    }

    @Test("cancelling ends a pending and a running schedule, and a worker learns of it at its next word")
    func cancel() async throws {
        try await fixture.submit("a")
        try await fixture.submit("b")
        let claim = try #require(try await fixture.claim())
        for id in ["a", "b"] {
            let removal = try await store.cancel(id, for: .owner("anna"), user: "anna", now: now)
            guard case .done(let schedule) = removal else {
                Issue.record("\(removal)")
                continue
            }
            #expect(schedule.status == .cancelled)
            #expect(schedule.finishedAt == now)
        }
        #expect(try await !store.renew(claim, lease: StoreFixture.lease, now: now))
        #expect(try await !store.complete(claim, with: StoreFixture.result, now: now))
        #expect(try await fixture.claim() == nil)
        let again = try await store.cancel("a", for: .owner("anna"), user: "anna", now: now)
        guard case .alreadyFinal(let schedule) = again else {
            Issue.record("\(again)")
            return
        }
        #expect(schedule.status == .cancelled)
    }

    @Test("deleting a running schedule leaves its worker with nothing to store")
    func deleteRunning() async throws {
        try await fixture.submit("a")
        let claim = try #require(try await fixture.claim())
        guard case .done = try await store.delete("a", for: .owner("anna"), user: "anna") else {
            Issue.record("not deleted")
            return
        }
        #expect(try await !store.complete(claim, with: StoreFixture.result, now: now))
        #expect(try await store.schedule("a", for: .everybody) == nil)
    }

    @Test("what was committed is there after the database is opened again, and a claim made before it too")
    func reopening() async throws {
        try await fixture.submit("a")
        try await fixture.submit("b")
        let claim = try #require(try await fixture.claim())
        #expect(try await store.complete(claim, with: StoreFixture.result, now: now))
        _ = try await fixture.claim()
        store.close()
        let again = try ScheduleStore(path: fixture.path)
        let found = try #require(try await again.scheduleAndResult("a", for: .owner("anna")))
        #expect(found.result == StoreFixture.result)
        let reclaimed = try await again.claim(
            worker: "other", lease: StoreFixture.lease, now: now + .seconds(15))
        #expect(reclaimed?.schedule.id == "b")
        #expect(reclaimed?.schedule.attempts == 2)
    }
}
