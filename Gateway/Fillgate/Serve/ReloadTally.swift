import GatewayCore
import Synchronization

/// How often the configuration was read anew, for the metrics. Told by whoever reloads it.
final class ReloadTally: Sendable {
    struct Counts: Sendable, Hashable {
        var succeeded = 0
        var failed = 0
        /// When a configuration was last put to use: at start, at first.
        var lastSuccess: Timestamp
    }

    private let state: Mutex<Counts>

    init(startedAt now: Timestamp) { state = Mutex(Counts(lastSuccess: now)) }

    var counts: Counts { state.withLock { $0 } }

    /// The new configuration is in use.
    func succeeded(at now: Timestamp) {
        state.withLock { counts in
            counts.succeeded += 1
            counts.lastSuccess = now
        }
    }

    /// The new configuration did not check, so the old one stays.
    func failed() { state.withLock { $0.failed += 1 } }
}
