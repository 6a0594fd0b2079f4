/// Wrong passwords of one account from one address prefix, from one device or from anywhere, or of one prefix
/// over all accounts: the twin of what `Gateway/Redis/Scripts/login.lua` keeps. Moments are microseconds since
/// 1970.
package struct LoginCounter: Sendable, Hashable {
    /// For how long after a lock the next one is twice as long.
    package static let memory = Duration.seconds(86_400)

    /// Locks that followed one another, each within `memory` of the last one's end.
    package private(set) var level = 0
    /// The last lock; `until` is 0 where there was none.
    package private(set) var since: Int64 = 0
    package private(set) var until: Int64 = 0
    /// The failures that led to it.
    package private(set) var failures = 0
    /// The failures that count, the oldest first.
    package private(set) var moments: [Int64] = []

    package init() {}

    package func isLocked(at now: Int64) -> Bool { until > now }

    /// Whether there is nothing to remember.
    package var isEmpty: Bool { level == 0 && moments.isEmpty }

    /// When there will be nothing to remember.
    package func expiry(window: Duration, memory: Duration) -> Int64 {
        max(
            level > 0 ? until + memory.wholeMicroseconds : 0,
            moments.last.map { $0 + window.wholeMicroseconds } ?? 0)
    }

    /// Forgets what no longer counts at `now`: failures older than `window`, failures that led to a lock that
    /// is over, and, `memory` after its end, the lock itself.
    package mutating func forget(at now: Int64, window: Duration, memory: Duration) {
        let isOver = until <= now
        moments.removeAll { $0 <= now - window.wholeMicroseconds || ($0 <= since && isOver) }
        if until + memory.wholeMicroseconds <= now {
            (level, since, until, failures) = (0, 0, 0, 0)
        }
    }

    /// Counts a failure; the `threshold`th locks for `first`, doubled for each lock before, at most
    /// `longest`.
    package mutating func count(at now: Int64, threshold: Int, first: Duration, longest: Duration) {
        moments.append(now)
        guard moments.count >= threshold else { return }
        let doubled = first.wholeMicroseconds.multipliedReportingOverflow(by: 1 << Int64(min(level, 20)))
        level += 1
        since = now
        until =
            now
            + (doubled.overflow ? longest : min(.microseconds(doubled.partialValue), longest))
            .wholeMicroseconds
        failures = moments.count
    }

    /// Takes the latest failure back, and the lock with it if that is what locked.
    package mutating func undo(at now: Int64) {
        guard let last = moments.popLast() else { return }
        guard last == since, isLocked(at: now) else { return }
        level -= 1
        (since, failures) = (0, 0)
        until = level > 0 ? now : 0
    }
}

extension LockoutPolicy {
    /// The same policy with every number within what counters can keep: thresholds from 1 to 1,000, times
    /// from a millisecond to a day. The configuration refuses what is out of bounds; a store must not come
    /// to harm even so.
    package var bounded: LockoutPolicy {
        func bounded(_ span: Duration) -> Duration { min(max(span, .milliseconds(1)), .seconds(86_400)) }
        func bounded(_ threshold: FailureThreshold) -> FailureThreshold {
            FailureThreshold(
                failures: min(max(threshold.failures, 1), 1_000), window: bounded(threshold.window))
        }
        var policy = self
        policy.pair = bounded(pair)
        policy.address = bounded(address)
        policy.account = bounded(account)
        policy.pairDuration = bounded(pairDuration)
        policy.maxDuration = bounded(maxDuration)
        policy.consecutive = min(max(consecutive, 1), 1_000_000)
        policy.namesPerAddress = min(max(namesPerAddress, 1), 100_000)
        policy.deviceLifetime = min(max(deviceLifetime, .milliseconds(1)), Self.longestDeviceLifetime)
        return policy
    }
}
