import Foundation
import GRDB
import SchedulerStore
import SchedulingCore
import TestSupport
import Testing

@Suite("Turns of owners")
struct TurnTests {
    private let fixture: StoreFixture
    private var store: ScheduleStore { fixture.store }
    private let now = StoreFixture.start

    init() throws { fixture = try StoreFixture() }

    /// Claims the next schedule at the given second.
    private func claim(_ second: Int) async throws -> Claim? {
        try await fixture.claim("worker-\(second)", at: now + .seconds(second))
    }

    private func complete(_ claim: Claim) async throws {
        #expect(try await store.complete(claim, with: StoreFixture.result, now: now))
    }

    @Test("a long queue of one owner does not hold up another: they take turns, each with their oldest first")
    func turns() async throws {
        for number in 10..<40 { try await fixture.submit("a-\(number)", owner: "anna") }
        for number in 40..<43 { try await fixture.submit("b-\(number)", owner: "ben", at: now + .seconds(1)) }
        try await fixture.submit("c-50", owner: "clara", at: now + .seconds(2))
        var order: [String] = []
        for second in 3..<11 {
            let claim = try #require(try await claim(second))
            order.append(claim.schedule.id)
            try await complete(claim)
        }
        #expect(order == ["a-10", "b-40", "c-50", "a-11", "b-41", "a-12", "b-42", "a-13"])
    }

    @Test("who has fewer schedules running comes first, so that one owner never holds all workers")
    func fewestRunning() async throws {
        for number in 10..<20 { try await fixture.submit("a-\(number)", owner: "anna") }
        let long = try #require(try await claim(1))
        for number in 20..<23 { try await fixture.submit("b-\(number)", owner: "ben", at: now + .seconds(2)) }
        // Anna's schedule runs and runs; the other worker is Ben's until he has nothing left.
        for (second, id) in zip(3..., ["b-20", "b-21", "b-22"]) {
            let claim = try #require(try await claim(second))
            #expect(claim.schedule.id == id)
            try await complete(claim)
        }
        #expect(try await claim(8)?.schedule.id == "a-11")
        try await complete(long)
    }

    @Test("who comes back after having nothing left waits for those who waited meanwhile")
    func comingBack() async throws {
        try await fixture.submit("a-1", owner: "anna")
        try await complete(try #require(try await claim(1)))
        try await fixture.submit("b-1", owner: "ben", at: now + .seconds(2))
        try await fixture.submit("a-2", owner: "anna", at: now + .seconds(3))
        #expect(try await claim(4)?.schedule.id == "b-1")
        #expect(try await claim(5)?.schedule.id == "a-2")
    }

    @Test("whatever happens to schedules, the counts are those of the schedules, and nobody is left out")
    func counts() async throws {
        var generator = SystemRandomNumberGenerator()
        var claims: [Claim] = []
        for step in 0..<300 {
            let owner = ["anna", "ben", "clara"].randomElement(using: &generator) ?? ""
            let moment = now + .seconds(step)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1: try await fixture.submit("s-\(1_000 + step)", owner: owner, at: moment)
            case 2:
                let parts = ["x", "y"].map { StoreFixture.new("s-\(1_000 + step)-\($0)", owner: owner) }
                _ = try await store.submit(
                    NewComparison(id: "c-\(step)", schedules: parts), idempotency: nil, queueLimit: 999,
                    now: moment)
            case 3:
                if let claim = try await fixture.claim("w-\(step)", at: moment) { claims.append(claim) }
            case 4: if let claim = claims.popLast() { _ = try await store.release(claim) }
            case 5:
                if let claim = claims.popLast() {
                    _ = try await store.complete(claim, with: StoreFixture.result, now: moment)
                }
            case 6:
                let page = try await store.schedules(
                    for: .owner(owner), status: nil, strategy: nil, page: 1, pageSize: 50)
                guard let victim = page.schedules.randomElement(using: &generator) else { break }
                _ = try await store.delete(victim.id, for: .everybody, user: owner)
            default:
                let page = try await store.comparisons(for: .owner(owner), page: 1, pageSize: 50)
                guard let victim = page.comparisons.randomElement(using: &generator) else { break }
                if step.isMultiple(of: 2) {
                    _ = try await store.cancelComparison(
                        victim.id, for: .everybody, user: owner, now: moment)
                } else {
                    _ = try await store.deleteComparison(victim.id, for: .everybody, user: owner)
                }
            }
        }
        let queue = try DatabaseQueue(path: fixture.path)
        let (counted, actual) = try queue.read { db in
            (
                try Row.fetchAll(db, sql: "SELECT owner, waiting, running FROM turns ORDER BY owner"),
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT owner, sum(status = 'pending') AS waiting, sum(status = 'running') AS running
                        FROM schedules WHERE status IN ('pending', 'running') GROUP BY owner ORDER BY owner
                        """)
            )
        }
        #expect(counted == actual)
        try queue.close()
        while let claim = try await fixture.claim("last", at: now + .seconds(100_000)) {
            try await complete(claim)
        }
        #expect(
            try await store.schedules(
                for: .everybody, status: .pending, strategy: nil, page: 1, pageSize: 1
            ).total == 0)
    }
}
