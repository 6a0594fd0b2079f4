import Dispatch
import Foundation
package import GatewayCore
import Synchronization

/// A fixed number of threads that hash passwords, and a bounded queue in front of them (pain 28): however
/// many log in, at most `workers` hashes are in memory, and who does not fit into the queue is told so at
/// once.
///
/// The threads stand behind the event loops (`BackgroundThread`), so that a flood of logins takes the processor
/// time that forwarding leaves.
package final class HashingPool: Sendable {
    package struct Size: Sendable, Hashable {
        /// Threads; at least 1.
        package var workers: Int
        /// Jobs that may wait, those under way not counted; at least 0.
        package var queue: Int
        /// How long a job may wait. One that is overdue ends when a thread next becomes free, so at most one
        /// hash later.
        package var patience: Duration

        /// Half the processors, at least one thread, and 32 waiting a thread.
        package init(workers: Int? = nil, queue: Int? = nil, patience: Duration = .seconds(5)) {
            let workers = workers ?? max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
            self.workers = max(1, workers)
            self.queue = max(0, queue ?? 32 * self.workers)
            self.patience = patience
        }
    }

    private let shared: Shared

    /// Starts the threads.
    package init(size: Size) {
        shared = Shared(size: size)
        for number in 1...size.workers {
            let thread = Thread { [shared] in shared.work() }
            thread.name = "hash-\(number)"
            thread.start()
        }
    }

    deinit { shared.shutDown() }

    /// Runs `work` on one of the threads and answers what it did.
    ///
    /// Throws `busy` at once when the queue is full, `timeout` when the job waited longer than it may, and
    /// `cancelled` when the task was cancelled before a thread took the job. A job that has begun is finished.
    package func run<Output: Sendable>(
        _ work: @escaping @Sendable () throws(HashingFault) -> Output
    ) async throws(HashingFault) -> Output {
        let id = shared.nextID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<Output, HashingFault>, Never>) in
                let job = Job(
                    id: id, deadline: .now + shared.size.patience,
                    run: {
                        let result: Result<Output, HashingFault>
                        do throws(HashingFault) {
                            result = .success(try work())
                        } catch {
                            result = .failure(error)
                        }
                        continuation.resume(returning: result)
                    },
                    abandon: { continuation.resume(returning: .failure($0)) })
                shared.enqueue(job)
                // A cancellation that came before the job was in the queue found nothing to take out of it.
                if Task.isCancelled { shared.abandon(id) }
            }
        } onCancel: { [shared] in
            shared.abandon(id)
        }
        return try result.get()
    }

    /// Jobs that wait, and threads that are at work.
    package var load: (waiting: Int, working: Int) { shared.load }

    /// Whether a job would be taken now, to be done or to wait. A moment later it may be otherwise.
    package var hasRoom: Bool { shared.hasRoom }

    package var size: Size { shared.size }

    /// Jobs that found the queue full, and that waited in it for too long.
    package var rejected: (full: Int, overdue: Int) { shared.rejected }

    /// Ends what waits with `cancelled`, finishes what has begun, and lets the threads go. Also happens when
    /// the last holder lets go of the pool.
    package func shutDown() { shared.shutDown() }
}

extension HashingPool {
    fileprivate struct Job: Sendable {
        var id: UInt64
        var deadline: ContinuousClock.Instant
        var run: @Sendable () -> Void
        var abandon: @Sendable (HashingFault) -> Void
    }

    /// What the pool and its threads share; the threads do not hold the pool itself, so that it can go.
    fileprivate final class Shared: Sendable {
        private struct State {
            var queue: [Job] = []
            var working = 0
            var lastID: UInt64 = 0
            var isShutDown = false
            var full = 0
            var overdue = 0
        }

        let size: Size
        private let state = Mutex(State())
        /// Counts what a thread may find: one a job, and one a thread at the end. A job that is abandoned
        /// leaves its count behind; the thread that takes it finds nothing and waits again.
        private let wake = DispatchSemaphore(value: 0)

        init(size: Size) { self.size = size }

        var load: (waiting: Int, working: Int) { state.withLock { ($0.queue.count, $0.working) } }
        var rejected: (full: Int, overdue: Int) { state.withLock { ($0.full, $0.overdue) } }

        var hasRoom: Bool { state.withLock { hasRoom(in: $0) } }

        private func hasRoom(in state: borrowing State) -> Bool {
            // Free threads take what waits at once, so only what exceeds them counts as waiting.
            let free = size.workers - state.working
            return !state.isShutDown && state.queue.count < size.queue + free
        }

        func nextID() -> UInt64 {
            state.withLock { state in
                state.lastID += 1
                return state.lastID
            }
        }

        func enqueue(_ job: Job) {
            let fault: HashingFault? = state.withLock { state in
                if state.isShutDown { return .cancelled }
                guard hasRoom(in: state) else {
                    state.full += 1
                    return .busy
                }
                state.queue.append(job)
                return nil
            }
            if let fault { job.abandon(fault) } else { wake.signal() }
        }

        /// Takes a job out of the queue if it is still there.
        func abandon(_ id: UInt64) {
            let job = state.withLock { state in
                state.queue.firstIndex { $0.id == id }.map { state.queue.remove(at: $0) }
            }
            job?.abandon(.cancelled)
        }

        func shutDown() {
            let waiting: [Job]? = state.withLock { state in
                guard !state.isShutDown else { return nil }
                state.isShutDown = true
                defer { state.queue = [] }
                return state.queue
            }
            guard let waiting else { return }
            for job in waiting { job.abandon(.cancelled) }
            for _ in 0..<size.workers { wake.signal() }
        }

        private enum Found {
            case job(Job, overdue: [Job])
            case nothing(overdue: [Job])
            case end
        }

        /// The life of one thread.
        func work() {
            BackgroundThread.enter()
            while true {
                wake.wait()
                switch take() {
                case .end: return
                case .nothing(let overdue): for job in overdue { job.abandon(.timeout) }
                case .job(let job, let overdue):
                    for job in overdue { job.abandon(.timeout) }
                    job.run()
                    state.withLock { $0.working -= 1 }
                }
            }
        }

        private func take() -> Found {
            let now = ContinuousClock.now
            return state.withLock { state in
                // Every job waits equally long, so the overdue are the first.
                let overdue = Array(state.queue.prefix { $0.deadline <= now })
                state.queue.removeFirst(overdue.count)
                state.overdue += overdue.count
                if !state.queue.isEmpty {
                    state.working += 1
                    return .job(state.queue.removeFirst(), overdue: overdue)
                }
                return state.isShutDown ? .end : .nothing(overdue: overdue)
            }
        }
    }
}
