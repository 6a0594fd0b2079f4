import Synchronization

/// How well a worker hears of sessions and API keys that end elsewhere. The news channel writes it, every
/// event loop reads it, and only when it is about to serve a session from memory.
///
/// The moments are nanoseconds of the monotonic clock.
package final class ChannelPulse: Sendable {
    /// How long after it was last known to be complete what was heard may be relied on.
    package static let longestSilence: UInt64 = 1_000_000_000

    private let since = Atomic<UInt64>(.max)
    private let heard = Atomic<UInt64>(0)

    package init() {}

    /// The channel is there: whatever ends from `moment` on is heard of.
    package func begin(at moment: UInt64) {
        heard.store(moment, ordering: .releasing)
        since.store(moment, ordering: .releasing)
    }

    /// All that had ended by `moment` has been heard of.
    package func beat(at moment: UInt64) { heard.store(moment, ordering: .releasing) }

    /// Whether a session that the store vouched for at `moment` has certainly not ended by a second before
    /// `now`: it was asked for since the channel is there, and the channel was complete less than a second
    /// ago.
    package func covers(_ moment: UInt64, at now: UInt64) -> Bool {
        let heard = heard.load(ordering: .acquiring)
        return moment >= since.load(ordering: .acquiring) && now - min(now, heard) < Self.longestSilence
    }
}
