import Foundation
import TestSupport
import Testing

@Suite("Jobs")
struct JobTests {
    /// A schedule that takes a while to plan.
    private static let large = SchedulerFixture.submission(lots: 3_000, strategy: "lpt-pack")
    private static let limits = ["--max-lots", "10000", "--lease", "1"]

    @Test(
        "kill -9 in the middle of a job: after a restart every accepted schedule completes exactly once, none is lost"
    )
    func killed() async throws {
        let fixture = try SchedulerFixture(Self.limits)
        let first = try await fixture.start()
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<12 { group.addTask { try await first.submit(Self.large) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(ids.count == 12)
        try await first.process.wait(until: "something runs") {
            let running = try await first.ask(.GET, "/api/v1/schedules?status=running")
            return (running.json["total"] as? Int ?? 0) > 0
        }
        try await first.process.killNow()

        let second = try await fixture.start()
        var interrupted = 0
        for id in ids {
            let finished = try await second.finished(id, within: .seconds(240))
            #expect(finished.json["status"] as? String == "completed")
            #expect((finished.json["result"] as? [String: Any])?["lots_scheduled"] as? Int == 3_000)
            if finished.json["attempts"] as? Int == 2 { interrupted += 1 }
        }
        // What ran when the power went was begun again; nothing else was.
        #expect((1...2).contains(interrupted))
        let statistics = try await second.ask(.GET, "/api/v1/schedules/stats")
        #expect(statistics.json["total"] as? Int == 12)
        #expect((statistics.json["by_status"] as? [String: Int])?["completed"] == 12)
        let completions = first.process.output.components(separatedBy: "\"message\":\"completed\"").count - 1
        let more = second.process.output.components(separatedBy: "\"message\":\"completed\"").count - 1
        #expect((11...12).contains(completions + more))
    }

    @Test("a schedule whose worker is killed three times fails with worker-crashed and is not tried again")
    func crashLoop() async throws {
        let fixture = try SchedulerFixture(Self.limits + ["--workers", "1"])
        var id = ""
        for attempt in 1...3 {
            // Dies when all is planned and nothing of it stored.
            let scheduler = try await fixture.start(dyingAt: "completion-status")
            if attempt == 1 { id = try await scheduler.submit() }
            #expect(try await scheduler.process.waitForExit() == .signal(SIGKILL))
        }
        let scheduler = try await fixture.start()
        let failed = try await scheduler.finished(id)
        #expect(failed.json["status"] as? String == "failed")
        #expect((failed.json["error"] as? [String: Any])?["code"] as? String == "worker-crashed")
        let export = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export")
        #expect(export.status == 409)
        #expect(export.code == "not-completed")
        #expect(try await scheduler.ask(.DELETE, "/api/v1/schedule/\(id)").status == 204)
    }

    @Test(
        "seed bug 19: SIGTERM in the middle of a job ends the process with 0; the job waits, uncounted, and completes later"
    )
    func cleanStop() async throws {
        let fixture = try SchedulerFixture(SchedulerFixture.patient)
        let first = try await fixture.start()
        let id = try await first.submit(SchedulerFixture.search)
        _ = try await first.reaches(id, ["running"])
        #expect(try await first.process.stop() == .code(0))
        #expect(first.process.output.contains("\"message\":\"released\""))

        // Fifteen seconds of lease would show if it had not been given back.
        let second = try await fixture.start()
        let again = try await second.reaches(id, ["running"], within: .seconds(10))
        #expect(again.json["attempts"] as? Int == 1)
        #expect(try await second.ask(.POST, "/api/v1/schedule/\(id)/cancel").status == 200)
        #expect(try await second.process.stop() == .code(0))
    }

    @Test("a request under way when SIGTERM comes is answered")
    func drain() async throws {
        let scheduler = try await SchedulerFixture(["--max-lots", "10000"]).start()
        async let answers = withThrowingTaskGroup(of: UInt.self) { group in
            for _ in 0..<4 {
                group.addTask { try await scheduler.ask(.POST, "/api/v1/schedule", json: Self.large).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await scheduler.process.wait(forOutput: "\"message\":\"planning\"")
        scheduler.process.signal(SIGTERM)
        #expect(try await scheduler.process.waitForExit() == .code(0))
        // Those whose connection was open are answered; the others were never accepted and know it.
        let accepted = (try? await answers) ?? [202]
        #expect(accepted.allSatisfy { $0 == 202 })
    }

    @Test("cancelling a running schedule stops its planning at once and leaves no result")
    func cancelRunning() async throws {
        let scheduler = try await SchedulerFixture(SchedulerFixture.patient + ["--workers", "1"]).start()
        let id = try await scheduler.submit(SchedulerFixture.search)
        _ = try await scheduler.reaches(id, ["running"])
        let early = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export")
        #expect(early.code == "not-completed")
        #expect(early.text.contains("being planned"))
        let cancelled = try await scheduler.ask(.POST, "/api/v1/schedule/\(id)/cancel")
        #expect(cancelled.status == 200)
        #expect(cancelled.json["status"] as? String == "cancelled")
        try await scheduler.process.wait(forOutput: "\"message\":\"abandoned\"")
        // The worker is free for the next.
        let next = try await scheduler.finished(scheduler.submit())
        #expect(next.json["status"] as? String == "completed")
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export").status == 409)
    }

    @Test("seed bug 2: a running schedule can be deleted; its planning stops and nothing of it comes back")
    func deleteRunning() async throws {
        let scheduler = try await SchedulerFixture(SchedulerFixture.patient + ["--workers", "1"]).start()
        let id = try await scheduler.submit(SchedulerFixture.search)
        _ = try await scheduler.reaches(id, ["running"])
        #expect(try await scheduler.ask(.DELETE, "/api/v1/schedule/\(id)").status == 204)
        try await scheduler.process.wait(forOutput: "\"message\":\"abandoned\"")
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)").status == 404)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules/stats").json["total"] as? Int == 0)
    }

    @Test("two processes on one database share the queue: a schedule accepted by either is planned once")
    func sharedQueue() async throws {
        let fixture = try SchedulerFixture(["--max-lots", "10000"])
        let one = try await fixture.start()
        let two = try await fixture.start()
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<16 {
                group.addTask { try await (number % 2 == 0 ? one : two).submit(Self.large) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for id in ids {
            let finished = try await one.finished(id, within: .seconds(240))
            #expect(finished.json["status"] as? String == "completed")
            #expect(finished.json["attempts"] as? Int == 1)
        }
        for process in [one.process, two.process] {
            #expect(process.output.contains("\"message\":\"completed\""))
            #expect(!process.output.contains("\"level\":\"error\""))
        }
    }

    @Test("seed bug 10: the status that a caller sees only ever goes forward, and its version with it")
    func monotoneStatus() async throws {
        let scheduler = try await SchedulerFixture(["--max-lots", "10000"]).start()
        let id = try await scheduler.submit(Self.large)
        let order = ["pending": 0, "running": 1, "completed": 2]
        var last = (status: 0, version: 0)
        while last.status < 2 {
            let answer = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)")
            let status = try #require(order[answer.json["status"] as? String ?? ""])
            let version = try #require(answer.json["version"] as? Int)
            #expect(status >= last.status)
            #expect(version >= last.version)
            // A result is there exactly when the status says so.
            #expect((answer.json["result"] != nil) == (status == 2))
            last = (status, version)
        }
    }

    @Test("it serves a Unix socket as it serves a port")
    func unixSocket() async throws {
        let fixture = try SchedulerFixture()
        let scheduler = try await fixture.start(listen: "unix:" + fixture.folder.file("s.sock"))
        #expect(scheduler.address == "unix:" + fixture.folder.file("s.sock"))
        let finished = try await scheduler.finished(scheduler.submit())
        #expect(finished.json["status"] as? String == "completed")
    }

    @Test("a wrong option is named and ends with 2, a database that cannot be opened with 1")
    func wrongStart() async throws {
        let fixture = try SchedulerFixture()
        func exit(_ arguments: [String]) async throws -> (ServerProcess.Exit, String) {
            let process = try ServerProcess(
                ServerProcess.product("fillscheduler"),
                ["serve", "--trusted-keys", fixture.folder.file("keys.json"), "--audience", "a"] + arguments)
            return (try await process.waitForExit(), process.output)
        }
        for (option, value) in [
            ("--workers", "0"), ("--workers", "65"), ("--max-lots", "10001"), ("--max-body", "1"),
            ("--lease", "0"), ("--max-pending-per-user", "0"), ("--max-pending-per-user", "1000001"),
            ("--keep", "0d"), ("--keep", "3651d"), ("--keep", "90"), ("--keep", "+90d"), ("--keep", "d"),
            ("--listen", "nowhere"), ("--log-level", "loud"),
        ] {
            var arguments = ["--database", fixture.database, option, value]
            if option != "--listen" { arguments += ["--listen", "127.0.0.1:0"] }
            let (code, output) = try await exit(arguments)
            #expect(code == .code(2), "\(option) \(value)")
            #expect(output.contains(option), "\(output)")
        }
        let (code, output) = try await exit([
            "--listen", "127.0.0.1:0", "--database", "/nowhere/at/all.sqlite",
        ])
        #expect(code == .code(1))
        #expect(output.contains("/nowhere/at/all.sqlite"))

        let running = try await fixture.start()
        let (taken, why) = try await exit(["--listen", running.address, "--database", fixture.database])
        #expect(taken == .code(1))
        #expect(why.contains(running.address))
    }
}
