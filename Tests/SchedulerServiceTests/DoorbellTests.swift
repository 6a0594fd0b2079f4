import Synchronization
import TestSupport
import Testing

@testable import SchedulerService

@Suite("The workers' doorbell")
struct DoorbellTests {
    /// Long enough that a test which ends was not ended by it.
    private static let forever: Duration = .seconds(3_600)

    @Test("a ring that finds nobody is kept for the next who waits, once")
    func keptRing() async {
        let bell = Doorbell()
        bell.ring()
        bell.ring()
        await bell.wait(atMost: Self.forever)
        // Both rings were one piece of news; the second wait ends by its own time.
        await bell.wait(atMost: .milliseconds(1))
    }

    @Test("a ring wakes one who waits, closing wakes all and nobody waits again")
    func wakingAndClosing() async throws {
        let bell = Doorbell()
        let awake = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    await bell.wait(atMost: Self.forever)
                    awake.add()
                }
            }
            group.addTask {
                bell.ring()
                try await eventually("one is awake") { awake.value >= 1 }
                bell.close()
            }
            try await group.waitForAll()
        }
        #expect(awake.value == 3)
        await bell.wait(atMost: Self.forever)
    }
}

private final class Count: Sendable {
    private let state = Mutex(0)

    var value: Int { state.withLock { $0 } }

    func add() { state.withLock { $0 += 1 } }
}

@Suite("Planning that is stopped")
struct StopSignTests {
    @Test("the first reason to stop is the one that stays")
    func firstReason() {
        let sign = StopSign()
        #expect(sign.reason == .none)
        sign.raise(.abandoned)
        sign.raise(.stopping)
        #expect(sign.reason == .abandoned)
    }
}
