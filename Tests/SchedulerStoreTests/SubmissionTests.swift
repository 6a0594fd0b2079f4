import Foundation
import SchedulerStore
import SchedulingCore
import TestSupport
import Testing

@Suite("Submissions")
struct SubmissionTests {
    private let fixture: StoreFixture
    private var store: ScheduleStore { fixture.store }
    private let now = StoreFixture.start

    init() throws { fixture = try StoreFixture() }

    private func submit(
        _ id: String, owner: String = "anna", key: String?, content: String = "one", at now: UTCTime
    ) async throws -> Submission {
        try await store.submit(
            StoreFixture.new(id, owner: owner),
            idempotency: key.map { Idempotency(key: $0, digest: Data(content.utf8)) }, queueLimit: 100,
            now: now)
    }

    private func id(of submission: Submission) -> String? {
        switch submission {
        case .created(let schedule), .replayed(let schedule): schedule.id
        case .keyConflict, .queueFull, .ownerQueueFull: nil
        }
    }

    @Test(
        "the same key and content answer with the same schedule, other content is a conflict and stores nothing"
    )
    func replay() async throws {
        #expect(try await id(of: submit("a", key: "k", at: now)) == "a")
        guard case .replayed(let schedule) = try await submit("b", key: "k", at: now) else {
            Issue.record("not replayed")
            return
        }
        #expect(schedule.id == "a")
        #expect(try await submit("c", key: "k", content: "two", at: now) == .keyConflict)
        #expect(try await store.statistics(for: .everybody).total == 1)
    }

    @Test("one key sent twice at the same time makes one schedule")
    func concurrentReplay() async throws {
        let store = store
        let ids = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<20 {
                group.addTask { try await self.id(of: self.submit("s-\(number)", key: "k", at: self.now)) }
            }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try await store.statistics(for: .everybody).total == 1)
    }

    @Test("a key belongs to its owner")
    func keyOwner() async throws {
        #expect(try await id(of: submit("a", owner: "anna", key: "k", at: now)) == "a")
        #expect(try await id(of: submit("b", owner: "ben", key: "k", content: "two", at: now)) == "b")
    }

    @Test("a key is remembered for 24 hours, to the microsecond")
    func keyLifetime() async throws {
        #expect(try await id(of: submit("a", key: "k", at: now)) == "a")
        let end = now + ScheduleStore.keyLifetime
        #expect(
            try await id(of: submit("b", key: "k", at: UTCTime(microseconds: end.microseconds - 1))) == "a")
        #expect(try await id(of: submit("c", key: "k", at: end)) == "c")
    }

    @Test("a key goes with its schedule")
    func keyOfDeleted() async throws {
        #expect(try await id(of: submit("a", key: "k", at: now)) == "a")
        _ = try await store.delete("a", for: .owner("anna"), user: "anna")
        #expect(try await id(of: submit("b", key: "k", content: "two", at: now)) == "b")
    }

    @Test("the last place of the queue is given, one more is refused and stores nothing, a claim makes room")
    func queueLimit() async throws {
        func submit(_ id: String) async throws -> Submission {
            try await store.submit(StoreFixture.new(id), idempotency: nil, queueLimit: 2, now: now)
        }
        #expect(try await id(of: submit("a")) == "a")
        #expect(try await id(of: submit("b")) == "b")
        #expect(try await submit("c") == .queueFull)
        #expect(try await store.statistics(for: .everybody).total == 2)
        _ = try await fixture.claim()
        #expect(try await id(of: submit("c")) == "c")
    }

    @Test(
        "an owner's last place is given, one more is refused and stores nothing; others go on, a claim makes room"
    )
    func ownerLimit() async throws {
        func submit(_ id: String, _ owner: String, key: String? = nil) async throws -> Submission {
            try await store.submit(
                StoreFixture.new(id, owner: owner),
                idempotency: key.map { Idempotency(key: $0, digest: Data([1])) }, queueLimit: 4,
                ownerLimit: 2, now: now)
        }
        #expect(try await id(of: submit("a", "anna", key: "k")) == "a")
        #expect(try await id(of: submit("b", "anna")) == "b")
        #expect(try await submit("c", "anna") == .ownerQueueFull)
        #expect(try await store.statistics(for: .everybody).total == 2)
        // What was accepted before is answered although nothing more is accepted.
        #expect(try await id(of: submit("d", "anna", key: "k")) == "a")
        #expect(try await id(of: submit("e", "ben")) == "e")
        #expect(try await id(of: submit("f", "ben")) == "f")
        // The limit of all together still holds for one who is below their own.
        #expect(try await submit("g", "clara") == .queueFull)
        _ = try await fixture.claim()
        #expect(try await id(of: submit("h", "anna")) == "h")
        #expect(try await submit("i", "anna") == .ownerQueueFull)
    }

    @Test("seed bug 7: a submission that fails half way leaves nothing behind")
    func atomicity() async throws {
        #expect(try await id(of: submit("a", key: "k", at: now)) == "a")
        // The ID is taken, so the row is refused after the key was looked at and before it is written.
        await #expect(throws: StoreFault.self) { try await submit("a", key: "other", at: now) }
        #expect(try await id(of: submit("b", key: "other", content: "two", at: now)) == "b")
        #expect(try await store.statistics(for: .everybody).total == 2)
    }
}
