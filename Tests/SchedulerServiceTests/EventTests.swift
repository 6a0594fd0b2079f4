import Foundation
import TestSupport
import Testing

@Suite("Events of a schedule")
struct EventTests {

    /// Submits the 500 lots of the fixture for a strategy that searches until its time is over.
    /// Checks the events of a search from its start to its end, and returns them.
    private func follow(_ listener: EventListener) async throws -> [EventListener.Event] {
        #expect(listener.status == 200)
        #expect(listener.headers.first(name: "Content-Type") == "text/event-stream")
        #expect(listener.headers.first(name: "Cache-Control") == "no-store")
        #expect(listener.headers.first(name: "Content-Length") == nil)
        let events = try await listener.rest()
        let told = events.dropLast()
        #expect(events.last?.name == "end")
        #expect(events.last?.data["reason"] as? String == "finished")
        #expect(events.first?.name == "status")
        #expect(told.last?.status == "completed")
        #expect(told.last?.progress == 1)
        for (one, next) in zip(told, told.dropFirst()) where one.status != "pending" {
            #expect(try #require(next.progress) >= #require(one.progress))
            if let best = one.best { #expect(try #require(next.best) <= best) }
            if let bound = one.bound { #expect(try #require(next.bound) >= bound) }
        }
        // Something was known before the end, and what was known last is of the result.
        #expect(told.contains { $0.name == "progress" && $0.status == "running" && $0.best != nil })
        let (best, bound) = (try #require(told.last?.best), try #require(told.last?.bound))
        #expect(best >= bound)
        return events
    }

    @Test("a search tells its progress, the best makespan so far and its bound while it runs, then its end")
    func search() async throws {
        let scheduler = try await SchedulerFixture(["--time-limit", "3"]).start()
        let id = try await scheduler.submit(SchedulerFixture.search)
        let events = try await follow(scheduler.listen(to: id))
        let finished = try await scheduler.finished(id)
        let makespan = (finished.json["result"] as? [String: Any])?["makespan"] as? Double
        #expect(events.dropLast().last?.best == makespan)
    }

    @Test("a process that does not plan the schedule itself tells the same of it")
    func otherProcess() async throws {
        let fixture = try SchedulerFixture(["--time-limit", "10", "--lease", "1", "--workers", "1"])
        let planning = try await fixture.start()
        let id = try await planning.submit(SchedulerFixture.search)
        _ = try await planning.reaches(id, ["running"])
        let other = try await fixture.start()
        _ = try await follow(other.listen(to: id))
        #expect(!other.process.output.contains("\"message\":\"planning\""))
    }

    @Test("events come as they come about: waiting and planning are told while they last")
    func flushed() async throws {
        let scheduler = try await SchedulerFixture(SchedulerFixture.patient + ["--workers", "1"]).start()
        // They last until they are cancelled.
        let first = try await scheduler.submit(SchedulerFixture.search)
        _ = try await scheduler.reaches(first, ["running"])
        let second = try await scheduler.submit(SchedulerFixture.search)
        let listener = try await scheduler.listen(to: second)
        let waiting = try #require(try await listener.next())
        #expect(waiting.status == "pending")
        #expect(waiting.id == "1")
        #expect(waiting.progress == 0)
        // The worker gets free, and takes it up.
        #expect(try await scheduler.ask(.POST, "/api/v1/schedule/\(first)/cancel").status == 200)
        let running = try #require(try await listener.next())
        #expect(running.name == "status")
        #expect(running.status == "running")
        #expect(try await scheduler.ask(.POST, "/api/v1/schedule/\(second)/cancel").status == 200)
        let rest = try await listener.rest().filter { $0.name != "progress" }
        #expect(rest.map(\.name) == ["status", "end"])
        #expect(rest.first?.status == "cancelled")
    }

    @Test("a schedule that is deleted while somebody listens ends the stream with that")
    func deleted() async throws {
        let scheduler = try await SchedulerFixture(SchedulerFixture.patient + ["--workers", "1"]).start()
        let id = try await scheduler.submit(SchedulerFixture.search)
        let listener = try await scheduler.listen(to: id)
        _ = try #require(try await listener.next())
        #expect(try await scheduler.ask(.DELETE, "/api/v1/schedule/\(id)").status == 204)
        let rest = try await listener.rest()
        #expect(rest.last?.data["reason"] as? String == "deleted")
    }

    @Test("SIGTERM ends the streams properly, and the process with 0 long before its patience does")
    func draining() async throws {
        let scheduler = try await SchedulerFixture(SchedulerFixture.patient + ["--workers", "1"]).start()
        let id = try await scheduler.submit(SchedulerFixture.search)
        let listener = try await scheduler.listen(to: id)
        _ = try #require(try await listener.next())
        scheduler.process.signal(SIGTERM)
        let rest = try await listener.rest()
        #expect(rest.last?.name == "end")
        #expect(rest.last?.data["reason"] as? String == "draining")
        #expect(try await scheduler.process.waitForExit(within: .seconds(15)) == .code(0))
    }

    @Test("of a schedule that has ended the state is told once; who has seen it gets 204 and stays away")
    func afterwards() async throws {
        let scheduler = try await SchedulerFixture().start()
        let id = try await scheduler.submit()
        _ = try await scheduler.finished(id)
        let listener = try await scheduler.listen(to: id)
        let events = try await listener.rest()
        #expect(events.map(\.name) == ["status", "end"])
        #expect(events.first?.status == "completed")
        #expect(events.first?.best != nil)
        let seen = try #require(events.first?.id)
        #expect(try await scheduler.listen(to: id, lastEventID: seen).status == 204)
        #expect(try await scheduler.listen(to: id, lastEventID: "1").status == 200)
        let head = try await scheduler.ask(.HEAD, "/api/v1/schedule/\(id)/events")
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
    }

    @Test("a stranger is told that there is no such schedule, nobody is told anything without a statement")
    func strangers() async throws {
        let scheduler = try await SchedulerFixture().start()
        let id = try await scheduler.submit()
        let path = "/api/v1/schedule/\(id)/events"
        let stranger = try await scheduler.ask(.GET, path, as: "ben")
        #expect(stranger.status == 404)
        #expect(stranger.code == "schedule-not-found")
        #expect(try await scheduler.ask(.GET, path, as: nil).status == 401)
        #expect(try await scheduler.ask(.GET, path + "?x=1").status == 400)
        _ = try await scheduler.finished(id)
        #expect(try await scheduler.ask(.GET, path, as: "ben", roles: ["admin"]).status == 200)
    }

    @Test("a user may have 16 streams open; one more is 429 with Retry-After until one has ended")
    func limit() async throws {
        let scheduler = try await SchedulerFixture(SchedulerFixture.patient + ["--workers", "1"]).start()
        let id = try await scheduler.submit(SchedulerFixture.search)
        var listeners: [EventListener] = []
        for _ in 0..<16 {
            listeners.append(try await scheduler.listen(to: id))
            #expect(listeners.last?.status == 200)
        }
        let refused = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/events")
        #expect(refused.status == 429)
        #expect(refused.code == "too-many-streams")
        #expect(refused.headers.first(name: "Retry-After") == "5")
        let other = try await scheduler.submit(as: "ben")
        #expect(try await scheduler.listen(to: other, as: "ben").status == 200)
        #expect(try await scheduler.ask(.POST, "/api/v1/schedule/\(id)/cancel").status == 200)
        for listener in listeners {
            #expect(try await listener.rest().last?.data["reason"] as? String == "finished")
        }
        try await scheduler.process.wait(until: "a seat is free") {
            try await scheduler.listen(to: id).status == 200
        }
    }
}
