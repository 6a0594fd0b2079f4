package import Logging
package import SchedulerStore
import SchedulingCore
import ServiceLifecycle

/// Deletes schedules that ended longer ago than results are kept: when the service starts, and then every
/// hour.
///
/// Several processes on one database may do so at the same time; each deletes what the others left.
package struct Retention: Service {
    /// The most that are deleted in one commit: results may have megabytes, and other writers wait.
    static let step = 32
    /// The same of comparisons, each of which has several results.
    static let comparisonStep = 6
    /// Between two commits others get their turn, those of other processes too.
    private static let pause: Duration = .milliseconds(50)
    private static let interval: Duration = .seconds(3_600)

    private let keep: Duration
    private let store: ScheduleStore
    private let logger: Logger

    /// - Parameter keep: How long a schedule is kept once it has ended.
    package init(keep: Duration, store: ScheduleStore, logger: Logger) {
        self.keep = keep
        self.store = store
        self.logger = logger
    }

    /// Works until the service is told to stop, and then ends between two commits.
    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                await sweep(now: WallClock.now())
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Deletes what is too old at `now`, step by step.
    func sweep(now: UTCTime) async {
        let end = now + (.zero - keep)
        let store = store
        await sweep("schedules", atMost: Self.step) { count throws(StoreFault) in
            try await store.deleteEnded(by: end, atMost: count)
        }
        await sweep("comparisons", atMost: Self.comparisonStep) { count throws(StoreFault) in
            try await store.deleteEndedComparisons(by: end, atMost: count)
        }
    }

    private func sweep(
        _ what: String, atMost step: Int, _ delete: (Int) async throws(StoreFault) -> Int
    ) async {
        var deleted = 0
        do throws(StoreFault) {
            while !Task.isCancelled {
                let count = try await delete(step)
                deleted += count
                guard count == step else { break }
                try? await Task.sleep(for: Self.pause)
            }
        } catch {
            logger.error("cannot delete what is too old", metadata: ["diagnostic": "\(error)"])
        }
        if deleted > 0 {
            logger.info("deleted what is too old", metadata: ["\(what)": "\(deleted)"])
        }
    }
}
