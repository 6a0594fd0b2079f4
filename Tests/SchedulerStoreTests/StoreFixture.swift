import Foundation
import SchedulerStore
import SchedulingCore
import TestSupport

/// A database of its own for one test.
struct StoreFixture {
    static let lease: Duration = .seconds(15)
    static let start = UTCTime(microseconds: 1_763_755_200_000_000)

    let folder: TemporaryFolder
    let store: ScheduleStore

    init() throws {
        folder = try TemporaryFolder()
        store = try ScheduleStore(path: folder.file("schedules.sqlite"))
    }

    var path: String { folder.file("schedules.sqlite") }

    static func new(
        _ id: String, owner: String = "anna", strategy: String = "lpt-pack", input: String = "{}"
    ) -> NewSchedule {
        NewSchedule(
            id: id, owner: owner, name: "Schedule \(id)", strategy: strategy, lotsCount: 3, startTime: start,
            requestID: "request-\(id)", config: Data("{}".utf8), input: Data(input.utf8))
    }

    /// Submits a schedule that nothing stands in the way of.
    @discardableResult
    func submit(
        _ id: String, owner: String = "anna", strategy: String = "lpt-pack", at now: UTCTime = start
    ) async throws -> Schedule {
        let submission = try await store.submit(
            Self.new(id, owner: owner, strategy: strategy), idempotency: nil, queueLimit: 100_000, now: now)
        guard case .created(let schedule) = submission else {
            throw DeadlineExceeded("not created: \(submission)")
        }
        return schedule
    }

    func claim(_ worker: String = "worker-1", at now: UTCTime = start) async throws -> Claim? {
        try await store.claim(worker: worker, lease: Self.lease, now: now)
    }

    static let result = StoredResult(document: Data(#"{"makespan":1}"#.utf8))
}
