import Foundation
import GRDB
import NIOHTTP1
import SchedulerStore
import SchedulingCore
import Synchronization
import TestSupport
import Testing

/// The seed's faults 10, 12 and 13: states that were never committed, results without their status, and the
/// reverse. The real program dies at each step of a commit; see `FaultPoint`.
@Suite("Faults of the seed in commits")
struct SeedFaultCommitTests {
    /// What the database holds of one schedule.
    private struct Stored: Equatable {
        var status: String?
        var attempts: Int?
        var results: Int
        var keys: Int
    }

    private func stored(_ id: String?, in fixture: SchedulerFixture) throws -> Stored {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: fixture.database, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read { db in
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
            let row = try Row.fetchOne(db, sql: "SELECT status, attempts FROM schedules")
            return Stored(
                status: row?["status"], attempts: row?["attempts"],
                results: try Int.fetchOne(db, sql: "SELECT count(*) FROM results") ?? 0,
                keys: try Int.fetchOne(db, sql: "SELECT count(*) FROM idempotency") ?? 0)
        }
    }

    @Test(
        "seed bugs 12 and 13: whichever step of a completion is the last, result and status are both there or neither; it completes once",
        arguments: ["completion-status", "completion-result", "completion-written", "completion-committed"])
    func completion(step: String) async throws {
        let fixture = try SchedulerFixture(["--lease", "1", "--workers", "1"])
        let dying = try await fixture.start(dyingAt: step)
        let id = try await dying.submit()
        #expect(try await dying.process.waitForExit() == .signal(SIGKILL))
        let isCommitted = step == "completion-committed"
        let left = try stored(id, in: fixture)
        #expect(left.status == (isCommitted ? "completed" : "running"))
        #expect(left.results == (isCommitted ? 1 : 0))

        let living = try await fixture.start()
        let finished = try await living.finished(id)
        #expect(finished.json["status"] as? String == "completed")
        #expect(finished.json["attempts"] as? Int == (isCommitted ? 1 : 2))
        #expect(try await living.ask(.GET, "/api/v1/schedule/\(id)/export?format=csv").status == 200)
        #expect(try stored(id, in: fixture).results == 1)
    }

    @Test(
        "seed bugs 1 and 7: whichever step of a submission is the last, row and key are both there or neither",
        arguments: ["submission-row", "submission-written", "submission-committed"])
    func submission(step: String) async throws {
        let fixture = try SchedulerFixture(["--lease", "1", "--workers", "1"])
        let dying = try await fixture.start(dyingAt: step)
        let headers: HTTPHeaders = ["Idempotency-Key": "k"]
        func submit(to scheduler: RunningScheduler) async throws -> RunningScheduler.Answer {
            try await scheduler.ask(
                .POST, "/api/v1/schedule", headers: headers, json: SchedulerFixture.submission())
        }
        await #expect(throws: (any Error).self) { try await submit(to: dying) }
        #expect(try await dying.process.waitForExit() == .signal(SIGKILL))
        let left = try stored(nil, in: fixture)
        let isCommitted = step == "submission-committed"
        #expect((left.status != nil) == isCommitted)
        #expect(left.keys == (isCommitted ? 1 : 0))

        // The caller, who knows nothing, asks again, and there is one schedule.
        let living = try await fixture.start()
        let answer = try await submit(to: living)
        #expect(answer.status == 202)
        #expect(try await living.finished(answer.id).json["status"] as? String == "completed")
        #expect(try await living.ask(.GET, "/api/v1/schedules").json["total"] as? Int == 1)
    }

    @Test(
        "seed bug 10: readers of other connections see only what was committed, and a version and a status go forward alone"
    )
    func readers() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("schedules.sqlite")
        let writer = try ScheduleStore(path: path)
        let now = UTCTime(microseconds: 1_763_755_200_000_000)
        let ids = (100..<160).map { "s-\($0)" }
        for id in ids {
            let new = NewSchedule(
                id: id, owner: "anna", name: id, strategy: "lpt-pack", lotsCount: 1, startTime: now,
                requestID: "r-\(id)", input: Data("{}".utf8))
            _ = try await writer.submit(new, idempotency: nil, queueLimit: 999, now: now)
        }
        let isDone = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                let reader = try ScheduleStore(path: path)
                group.addTask {
                    var seen: [String: Schedule] = [:]
                    var looks = 0
                    while !isDone.isUp || looks < ids.count {
                        let id = ids[looks % ids.count]
                        looks += 1
                        let found = try #require(try await reader.scheduleAndResult(id, for: .everybody))
                        let (new, old) = (found.schedule, seen[id])
                        #expect((new.status == .completed) == (found.result != nil))
                        #expect((new.status == .failed) == (new.failure != nil))
                        #expect(new.status.isFinal == (new.finishedAt != nil))
                        if let old {
                            #expect(new.version >= old.version)
                            if new.version == old.version { #expect(new == old) }
                            if old.status.isFinal { #expect(new == old) }
                        }
                        seen[id] = new
                    }
                }
            }
            group.addTask {
                try await withThrowingTaskGroup(of: Void.self) { workers in
                    for number in 0..<3 {
                        workers.addTask { try await Self.work(number, on: writer, now: now) }
                    }
                    try await workers.waitForAll()
                }
                isDone.raise()
            }
            try await group.waitForAll()
        }
        let statistics = try await writer.statistics(for: .everybody)
        #expect(statistics.byStatus.keys.allSatisfy { $0.isFinal })
    }

    /// Says to others that something is done.
    private final class Flag: Sendable {
        private let state = Atomic(false)

        var isUp: Bool { state.load(ordering: .relaxed) }

        func raise() { state.store(true, ordering: .relaxed) }
    }

    /// Claims until nothing is left, and ends what it has in each way in turn.
    private static func work(_ number: Int, on store: ScheduleStore, now: UTCTime) async throws {
        var turn = number
        while let claim = try await store.claim(worker: "w-\(number)", lease: .seconds(60), now: now) {
            _ = try await store.renew(claim, lease: .seconds(60), now: now)
            turn += 1
            switch turn % 4 {
            case 0: _ = try await store.release(claim)
            case 1:
                let failure = ScheduleFailure(code: "x", message: "y")
                #expect(try await store.fail(claim, with: failure, diagnostic: "", now: now))
            case 2:
                _ = try await store.cancel(claim.schedule.id, for: .everybody, user: "anna", now: now)
                #expect(try await !store.complete(claim, with: Self.result, now: now))
            default: #expect(try await store.complete(claim, with: Self.result, now: now))
            }
        }
    }

    private static let result = StoredResult(document: Data(#"{"makespan":1}"#.utf8))

    @Test(
        "seed bug 10: whoever asks while a schedule is planned sees it wait, run and be done, in this order")
    func polling() async throws {
        let scheduler = try await SchedulerFixture(["--max-lots", "10000", "--workers", "1"]).start()
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<4 {
                group.addTask { try await scheduler.submit(SchedulerFixture.submission(lots: 500)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let order = ["pending", "running", "completed"]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in ids {
                group.addTask {
                    var place = 0
                    var version = 0
                    try await scheduler.process.wait(until: "\(id) is completed") {
                        let answer = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)")
                        let now = order.firstIndex(of: answer.json["status"] as? String ?? "") ?? -1
                        #expect(now >= place)
                        #expect(answer.json["version"] as? Int ?? 0 >= version)
                        #expect((answer.json["result"] != nil) == (now == 2))
                        (place, version) = (now, answer.json["version"] as? Int ?? 0)
                        return place == 2
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
