import Foundation
package import Logging
package import SchedulerStore
import SchedulingCore
import ServiceLifecycle
import Synchronization

/// The workers of this process. Each claims a schedule, plans it on a thread of its own while it renews the
/// lease, and stores the result; then the next.
package final class JobRunner: Service {
    private let settings: ServiceSettings
    private let store: ScheduleStore
    private let audience: Audience
    private let logger: Logger
    private let bell = Doorbell()
    private let state = Mutex(State())

    private struct State {
        /// Schedules that are being planned here.
        var active: [String: Work] = [:]
        var isStopping = false
    }

    private struct Work {
        /// The version of the claim.
        let version: Int
        let sign: StopSign
        let meter: ProgressMeter
    }

    /// How often a word to the store is repeated before the lease is left to run out.
    private static let storeAttempts = 5

    package init(settings: ServiceSettings, store: ScheduleStore, audience: Audience, logger: Logger) {
        self.settings = settings
        self.store = store
        self.audience = audience
        self.logger = logger
    }

    /// There is something new to claim.
    package func wake() { bell.ring() }

    /// The schedule was cancelled or deleted. One that is planned in another process ends there when its
    /// lease is next renewed.
    package func abandon(_ schedule: Schedule) {
        state.withLock { $0.active[schedule.id] }?.sign.raise(.abandoned)
        audience.ring(for: schedule)
    }

    /// How far the planning of `schedule` is, if it is planned here and is still what was claimed.
    func progress(of schedule: Schedule) -> ScheduleProgress? {
        guard let work = state.withLock({ $0.active[schedule.id] }), work.version == schedule.version else {
            return nil
        }
        return work.meter.value
    }

    /// Works until the service is told to stop; then what is under way goes back into the queue at once.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                await withDiscardingTaskGroup { group in
                    for number in 1...max(1, settings.workers) {
                        group.addTask { await self.work(on: PlanningThread(number: number)) }
                    }
                }
            } onCancel: {
                stop()
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    private func stop() {
        let active = state.withLock { state in
            state.isStopping = true
            return state.active
        }
        for work in active.values { work.sign.raise(.stopping) }
        bell.close()
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func work(on thread: PlanningThread) async {
        // A name that no other worker has, in this process or another, before or after.
        let worker = FreshID.make()
        while !isStopping {
            do throws(StoreFault) {
                if let claim = try await claim(as: worker) {
                    await plan(claim, on: thread)
                    continue
                }
            } catch {
                logger.error("cannot claim", metadata: ["diagnostic": "\(error)"])
            }
            await bell.wait(atMost: settings.pollInterval)
        }
    }

    private func claim(as worker: String) async throws(StoreFault) -> Claim? {
        // Shielded: a claim that commits while its task is cancelled would be a claim that nobody knows of.
        let (store, lease) = (store, settings.lease)
        let result = await Task { () async -> Result<Claim?, StoreFault> in
            do throws(StoreFault) {
                return .success(try await store.claim(worker: worker, lease: lease, now: WallClock.now()))
            } catch { return .failure(error) }
        }.value
        return try result.get()
    }

    private func plan(_ claim: Claim, on thread: PlanningThread) async {
        let schedule = claim.schedule
        let sign = StopSign()
        let meter = ProgressMeter { [audience] in audience.ring(for: schedule) }
        let isStopping = state.withLock { state in
            state.active[schedule.id] = Work(version: schedule.version, sign: sign, meter: meter)
            return state.isStopping
        }
        if isStopping { sign.raise(.stopping) }
        audience.ring(for: schedule)
        log("planning", schedule, ["attempt": "\(schedule.attempts)", "strategy": "\(schedule.strategy)"])

        let watchman = Task { await self.keep(claim, until: sign, meter) }
        let job = PlanningJob(
            schedule: schedule, input: claim.input, time: settings.planningTime, meter: meter)
        let outcome = await thread.run(job, until: sign)
        watchman.cancel()
        await settle(claim, outcome, because: sign.reason, meter.value)
        state.withLock { state in
            if state.active[schedule.id]?.sign === sign { state.active[schedule.id] = nil }
        }
        audience.ring(for: schedule)
    }

    /// Renews the lease three times in its length, and ends the work when it is lost or overdue.
    private func keep(_ claim: Claim, until sign: StopSign, _ meter: ProgressMeter) async {
        let end = ContinuousClock.now + settings.planningDeadline
        var leasedUntil = claim.leasedUntil
        var stored: ScheduleProgress?
        while sign.reason == .none {
            let left = end - .now
            try? await Task.sleep(for: min(settings.lease / 3, max(left, .zero)))
            if Task.isCancelled { return }
            if ContinuousClock.now >= end { return sign.raise(.overdue) }
            let now = WallClock.now()
            let progress = meter.value
            do throws(StoreFault) {
                guard
                    try await store.renew(
                        claim, lease: settings.lease, progress: progress == stored ? nil : progress, now: now)
                else { return sign.raise(.abandoned) }
                stored = progress
                leasedUntil = now + settings.lease
            } catch {
                if Task.isCancelled { return }
                log("cannot renew", claim.schedule, ["diagnostic": "\(error)"], level: .warning)
                // Past the lease somebody else may have it.
                if WallClock.now() >= leasedUntil { return sign.raise(.abandoned) }
            }
        }
    }

    /// Tells the store how it ended.
    private func settle(
        _ claim: Claim, _ outcome: PlanningOutcome, because reason: StopSign.Reason,
        _ progress: ScheduleProgress?
    ) async {
        let schedule = claim.schedule
        switch (outcome, reason) {
        case (.planned(let result, let quality), _):
            await tell("completed", schedule) { store, now throws(StoreFault) in
                try await store.complete(
                    claim, with: result, quality: quality, progress: progress, now: now)
            }
        case (.failed(let failure, let diagnostic), _):
            await fail(claim, failure, diagnostic)
        case (.stopped, .overdue):
            await fail(claim, .planningTimeout, "no plan within \(settings.planningDeadline)")
        case (.stopped, .stopping):
            await tell("released", schedule) { store, _ throws(StoreFault) in try await store.release(claim) }
        case (.stopped, .abandoned), (.stopped, .none):
            log("abandoned", schedule)
        }
    }

    private func fail(_ claim: Claim, _ failure: ScheduleFailure, _ diagnostic: String) async {
        log(
            "failed", claim.schedule, ["code": "\(failure.code)", "diagnostic": "\(diagnostic)"],
            level: .error)
        await tell("failed", claim.schedule) { store, now throws(StoreFault) in
            try await store.fail(claim, with: failure, diagnostic: diagnostic, now: now)
        }
    }

    /// Says a last word to the store, again if it does not answer. If it never does, the lease runs out and
    /// the schedule is planned again.
    private func tell(
        _ word: String, _ schedule: Schedule,
        _ verb: @escaping @Sendable (ScheduleStore, UTCTime) async throws(StoreFault) -> Bool
    ) async {
        let store = store
        for attempt in 1...Self.storeAttempts {
            // Shielded from cancellation: what was planned is to be kept also while the service stops.
            let isHeld = await Task { () async -> Result<Bool, StoreFault> in
                do throws(StoreFault) { return .success(try await verb(store, WallClock.now())) } catch {
                    return .failure(error)
                }
            }.value
            switch isHeld {
            case .success(true): return log(word, schedule)
            case .success(false): return log("abandoned", schedule)
            case .failure(let fault):
                log(
                    "cannot store", schedule, ["diagnostic": "\(fault)", "attempt": "\(attempt)"],
                    level: .error)
                try? await Task.sleep(for: .milliseconds(100 << attempt))
            }
        }
    }

    private func log(
        _ word: String, _ schedule: Schedule, _ more: Logger.Metadata = [:], level: Logger.Level = .info
    ) {
        var metadata: Logger.Metadata = ["schedule": "\(schedule.id)", "request_id": "\(schedule.requestID)"]
        metadata.merge(more) { _, new in new }
        logger.log(level: level, "\(word)", metadata: metadata)
    }
}
