import GatewayCore
import GatewayEndpoints
import Logging
import Synchronization

/// Where a worker's security events go: into the log at once, and into Redis a moment later, by a task of its own over
/// the store that does not serve. Nobody who tells of an event waits, whatever Redis does.
///
/// While Redis is away events wait here, a bounded number of them; what comes beyond that is in the log only, and
/// counted as lost. An event whose writing was cut off is written again: readers know it by its ID.
final class AuditTrail: Sendable {
    private struct State {
        var bound: Int
        var waiting: [AuditEvent] = []
        var counts = [Int](repeating: 0, count: AuditEvent.Kind.allCases.count)
        var lost = 0
    }

    /// What the metrics show.
    struct Counts: Sendable {
        /// By kind, in their order.
        var events: [(kind: AuditEvent.Kind, count: Int)]
        var waiting: Int
        var lost: Int
    }

    /// Events that go to Redis in one flight.
    static let eventsPerFlight = 100
    /// How long after a failure Redis is tried again.
    static let retryInterval = Duration.seconds(1)

    private let state: Mutex<State>
    private let logger: Logger
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    init(bound: Int, logger: Logger) {
        state = Mutex(State(bound: bound))
        self.logger = logger
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The most events that may wait. A smaller one than before holds for those that come.
    var bound: Int {
        get { state.withLock { $0.bound } }
        set { state.withLock { $0.bound = newValue } }
    }

    /// Logs an event and has it written. Never blocks.
    func record(_ event: AuditEvent) {
        logger.audit(event)
        state.withLock { state in
            if let place = AuditEvent.Kind.allCases.firstIndex(of: event.kind) { state.counts[place] += 1 }
            guard state.waiting.count < state.bound else {
                state.lost += 1
                return
            }
            state.waiting.append(event)
        }
        wakeUp.yield()
    }

    var counts: Counts {
        state.withLock { state in
            Counts(
                events: Array(zip(AuditEvent.Kind.allCases, state.counts)).map { (kind: $0, count: $1) },
                waiting: state.waiting.count, lost: state.lost)
        }
    }

    /// Writes what is recorded with `write`, over and over, until the task is cancelled. Called once.
    func run(_ write: @Sendable ([AuditEvent]) async throws -> Void) async {
        for await _ in wakeUps {
            while !Task.isCancelled, let batch = next() {
                let isWritten = (try? await write(batch)) != nil
                settle(isWritten ? batch.count : 0)
                if !isWritten { try? await Task.sleep(for: Self.retryInterval) }
            }
        }
    }

    /// Waits until nothing waits any more, for `patience` at most; what is left then is lost.
    func finish(within patience: Duration) async {
        let deadline = ContinuousClock.now + patience
        while counts.waiting > 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
        let left = counts.waiting
        if left > 0 {
            logger.warning("security events could not be kept in Redis", metadata: ["events": "\(left)"])
        }
    }

    private func next() -> [AuditEvent]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return nil }
            return Array(state.waiting.prefix(Self.eventsPerFlight))
        }
    }

    private func settle(_ written: Int) { state.withLock { $0.waiting.removeFirst(written) } }
}
