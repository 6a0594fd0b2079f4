import Foundation
import SchedulerStore
import SchedulingCore
import Synchronization
import TestSupport
import Testing

@testable import SchedulerService

@Suite("The feed of events")
struct EventFeedTests {
    private let folder: TemporaryFolder
    private let store: ScheduleStore
    private let audience = Audience()
    private let written = Written()
    private let now = WallClock.now()

    init() throws {
        folder = try TemporaryFolder()
        store = try ScheduleStore(path: folder.file("schedules.sqlite"))
    }

    /// What was written, piece by piece.
    private final class Written: Sendable {
        private let pieces = Mutex<[String]>([])

        var all: [String] { pieces.withLock { $0 } }

        func add(_ piece: String) { pieces.withLock { $0.append(piece) } }

        func contains(_ text: String) -> Bool { all.contains { $0.contains(text) } }
    }

    private func submit() async throws {
        let new = NewSchedule(
            id: "a", owner: "anna", name: "a", strategy: "lpt-pack", lotsCount: 0, startTime: now,
            requestID: "request", input: Data("{}".utf8))
        _ = try await store.submit(new, idempotency: nil, queueLimit: 9, now: now)
    }

    private func feed(_ timing: EventFeed.Timing) throws -> EventFeed {
        guard case .seated(let seat) = audience.enter(user: "anna", schedule: "a") else {
            throw DeadlineExceeded("no seat")
        }
        return EventFeed(seat: seat, timing: timing) { [store] () async throws(StoreFault) in
            try await store.scheduleAndProgress("a", for: .owner("anna")).map {
                .schedule(ScheduleState($0.schedule, stored: $0.progress, live: nil))
            }
        }
    }

    /// Looks often; nothing else comes about by itself.
    private static let quick = EventFeed.Timing(
        poll: .milliseconds(5), gap: .milliseconds(1), heartbeat: .seconds(3_600), lifetime: .seconds(3_600))

    /// Runs `feed` to its end while `change` does something to the schedule.
    private func run(_ feed: EventFeed, while change: @escaping @Sendable () async throws -> Void)
        async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [written] in try await feed.run { written.add($0) } }
            group.addTask { try await change() }
            try await group.waitForAll()
        }
    }

    @Test("each state and each progress is one event, in order, and the last says that it is finished")
    func wholeLife() async throws {
        try await submit()
        let progress = ScheduleProgress(fraction: 0.5, message: "Searching", bestMakespan: 20, bound: 10)
        try await run(feed(Self.quick)) { [store, now, written] in
            try await eventually("waits") { written.contains("\"pending\"") }
            let claimed = try await store.claim(worker: "w", lease: .seconds(60), now: now)
            let claim = try #require(claimed)
            try await eventually("runs") { written.contains("\"running\"") }
            #expect(try await store.renew(claim, lease: .seconds(60), progress: progress, now: now))
            try await eventually("progress") { written.contains("event: progress") }
            let result = StoredResult(document: Data("{}".utf8))
            #expect(try await store.complete(claim, with: result, progress: progress, now: now))
        }
        let all = written.all
        try #require(all.count == 5, "\(all)")
        #expect(all[0].hasPrefix("retry: 2000\nid: 1\nevent: status\ndata: {"))
        #expect(all[1].hasPrefix("id: 2\nevent: status\ndata: {"))
        #expect(all[1].contains("\"best_makespan\":null"))
        #expect(
            all[2] == """
                event: progress
                data: {"attempts":1,"best_makespan":20,"bound":10,"error":null,"id":"a",\
                "message":"Searching","progress":0.5,"status":"running","version":2}\n\n
                """)
        #expect(all[3].hasPrefix("id: 3\nevent: status\n"))
        #expect(all[3].contains("\"message\":\"Done\",\"progress\":1,"))
        #expect(all[4] == "event: end\ndata: {\"reason\":\"finished\"}\n\n")
        #expect(all.allSatisfy { $0.hasSuffix("\n\n") })
    }

    @Test("one that is deleted meanwhile ends with that")
    func deleted() async throws {
        try await submit()
        try await run(feed(Self.quick)) { [store, written] in
            try await eventually("waits") { written.contains("\"pending\"") }
            _ = try await store.delete("a", for: .owner("anna"), user: "anna")
        }
        #expect(written.all.last == "event: end\ndata: {\"reason\":\"deleted\"}\n\n")
    }

    @Test("a database that does not answer ends it with that")
    func unavailable() async throws {
        try await submit()
        try await run(feed(Self.quick)) { [store, written] in
            try await eventually("waits") { written.contains("\"pending\"") }
            store.close()
        }
        #expect(written.all.last == "event: end\ndata: {\"reason\":\"unavailable\"}\n\n")
    }

    @Test("it ends when the audience is sent away, without waiting for its next look")
    func draining() async throws {
        try await submit()
        var timing = Self.quick
        timing.poll = .seconds(3_600)
        try await run(feed(timing)) { [audience, written] in
            try await eventually("waits") { written.contains("\"pending\"") }
            audience.close()
        }
        #expect(written.all.last == "event: end\ndata: {\"reason\":\"draining\"}\n\n")
    }

    @Test("a ring brings the news without waiting for the next look")
    func ring() async throws {
        try await submit()
        var timing = Self.quick
        timing.poll = .seconds(3_600)
        try await run(feed(timing)) { [audience, store, now, written] in
            try await eventually("waits") { written.contains("\"pending\"") }
            _ = try await store.cancel("a", for: .owner("anna"), user: "anna", now: now)
            audience.ring("a")
        }
        #expect(written.contains("\"cancelled\""))
    }

    @Test("where nothing happens a comment is sent, and after its lifetime it ends as expired")
    func silence() async throws {
        try await submit()
        var timing = Self.quick
        timing.heartbeat = .milliseconds(20)
        timing.lifetime = .seconds(2)
        try await feed(timing).run { [written] in written.add($0) }
        let all = written.all
        #expect(all.count >= 3)
        #expect(all.dropFirst().dropLast().allSatisfy { $0 == ": still there\n\n" })
        #expect(all.last == "event: end\ndata: {\"reason\":\"expired\"}\n\n")
    }

    @Test("a listener who is gone ends it")
    func gone() async throws {
        try await submit()
        struct Gone: Error {}
        let feed = try feed(Self.quick)
        await #expect(throws: Gone.self) { try await feed.run { _ in throw Gone() } }
    }
}
