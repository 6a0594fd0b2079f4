import Foundation
import TestSupport
import Testing

/// What one process does to a schedule that another one plans.
@Suite("Several processes on one database")
struct SharedDatabaseTests {
    private static let lease: Duration = .seconds(2)

    /// Two processes of one worker each, the first of which plans a schedule.
    private struct Pair {
        let planning: RunningScheduler
        let idle: RunningScheduler
        let id: String

        /// - Parameter timeLimit: How long the schedule is planned, in seconds.
        init(timeLimit: Int = 600) async throws {
            let fixture = try SchedulerFixture([
                "--time-limit", "\(timeLimit)", "--workers", "1", "--lease",
                "\(SharedDatabaseTests.lease.components.seconds)",
            ])
            planning = try await fixture.start()
            id = try await planning.submit(SchedulerFixture.search)
            _ = try await planning.reaches(id, ["running"])
            idle = try await fixture.start()
        }
    }

    @Test("what a killed process planned is begun again by one that lives, once the lease is over")
    func takeover() async throws {
        let pair = try await Pair(timeLimit: 10)
        let before = try await pair.idle.ask(.GET, "/api/v1/schedule/\(pair.id)")
        #expect(before.json["attempts"] as? Int == 1)
        #expect(!pair.idle.process.output.contains("\"message\":\"planning\""))
        try await pair.planning.process.killNow()
        let killed = ContinuousClock.now
        try await pair.idle.process.wait(until: "the second attempt") {
            let answer = try await pair.idle.ask(.GET, "/api/v1/schedule/\(pair.id)")
            return answer.json["attempts"] as? Int == 2
        }
        // The lease, half a second between two looks at the queue, and patience with a busy machine.
        #expect(ContinuousClock.now - killed < Self.lease + .seconds(8))
        let finished = try await pair.idle.finished(pair.id, within: .seconds(240))
        #expect(finished.json["status"] as? String == "completed")
        #expect(finished.json["attempts"] as? Int == 2)
    }

    @Test("a schedule planned elsewhere is cancelled at once, and its worker stops at its next renewal")
    func cancelElsewhere() async throws {
        let pair = try await Pair()
        let cancelled = try await pair.idle.ask(.POST, "/api/v1/schedule/\(pair.id)/cancel")
        #expect(cancelled.status == 200)
        #expect(cancelled.json["status"] as? String == "cancelled")
        try await pair.planning.process.wait(forOutput: "\"message\":\"abandoned\"")
        let after = try await pair.planning.ask(.GET, "/api/v1/schedule/\(pair.id)")
        #expect(after.json["status"] as? String == "cancelled")
        #expect(after.json["result"] == nil)
    }

    @Test("a schedule that is planned elsewhere is deleted at once, and nothing of it comes back")
    func deleteElsewhere() async throws {
        let pair = try await Pair()
        #expect(try await pair.idle.ask(.DELETE, "/api/v1/schedule/\(pair.id)").status == 204)
        try await pair.planning.process.wait(forOutput: "\"message\":\"abandoned\"")
        #expect(try await pair.planning.ask(.GET, "/api/v1/schedule/\(pair.id)").status == 404)
        let statistics = try await pair.planning.ask(.GET, "/api/v1/schedules/stats")
        #expect(statistics.json["total"] as? Int == 0)
        #expect(pair.planning.process.isRunning)
    }
}
