package import NIOCore
import DequeModule

/// Runs Swift tasks on one event loop: both the serial executor of that loop's actor and the task executor of
/// the tasks that it starts, so that a task that waits for bytes is resumed by the very call that brought
/// them.
///
/// Jobs wait in a deque that belongs to the loop. Whoever made progress on the loop drains it; a job that
/// arrives from elsewhere brings itself along. An actor with a serial executor alone would bounce every
/// resumption through the global pool.
package final class LoopExecutor: SerialExecutor, TaskExecutor, @unchecked Sendable {
    // SAFETY: `jobs`, `isDraining` and `isScheduled` are touched on the event loop only.
    package let eventLoop: any EventLoop
    private var jobs = Deque<UnownedJob>()
    private var isDraining = false
    private var isScheduled = false

    package init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop {
            jobs.append(job)
            if !isDraining, !isScheduled {
                isScheduled = true
                eventLoop.execute {
                    self.isScheduled = false
                    self.drain()
                }
            }
        } else {
            eventLoop.execute {
                self.jobs.append(job)
                self.drain()
            }
        }
    }

    /// Calls `body`, then runs what it made runnable before returning. For channel handlers: on the event
    /// loop only.
    @inline(__always)
    package func running(_ body: () -> Void) {
        guard !isDraining else { return body() }
        isDraining = true
        body()
        isDraining = false
        drain()
    }

    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        while let job = jobs.popFirst() {
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        isDraining = false
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    package func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    package func checkIsolated() { eventLoop.preconditionInEventLoop() }
}
