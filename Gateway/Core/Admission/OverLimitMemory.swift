/// The keys that are over their limit, as one worker's loop remembers them: until they may pass again nobody need
/// ask the store, so that a flood costs it next to nothing.
///
/// It is exact. A refusal says how far a key's TAT runs ahead, nobody's refusal moves it, and it comes nearer no
/// faster than time passes; what would still not fit is refused, and everything else is asked. Only an operator
/// can bring a key to rest earlier (`limits reset`), so nothing is remembered for longer than `longest`.
package struct OverLimitMemory {
    private struct Name: Hashable {
        var policy: String
        var subject: LimitSubject

        init(_ charge: LimitCharge) {
            policy = charge.policy.name
            subject = charge.subject
        }
    }

    private struct Entry {
        /// How far the TAT ran ahead, in microseconds, at `at`: at least as far as it really did.
        var ahead: Int64
        var at: UInt64
        /// When the entry counts no more.
        var until: UInt64
    }

    /// Nothing is remembered for longer than this, whatever is configured: what an operator changes holds on every
    /// worker within a second.
    package static let longestEver = Duration.seconds(1)

    private var entries: RecentCache<Name, Entry>
    private let capacity: Int
    private let longest: UInt64
    /// When the last of the entries is over.
    private var lastUntil: UInt64 = 0

    /// At most `capacity` keys, at least 2, of about 250 bytes each; beyond it those that were not met lately go.
    /// `longest` is zero for a memory that remembers nothing.
    package init(capacity: Int, longest: Duration) {
        self.capacity = capacity
        self.longest = UInt64(max(0, min(longest, Self.longestEver).wholeMicroseconds)) * 1_000
        entries = RecentCache(capacity: capacity)
    }

    /// Keys that are remembered, some of them perhaps no longer over their limit.
    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.count == 0 }

    /// Notes what the store said of `charge`, which was sent at `moment`, in nanoseconds of a clock that only
    /// goes forwards. Policies that refuse nothing are not remembered.
    package mutating func remember(_ charge: LimitCharge, _ outcome: LimitOutcome, at moment: UInt64) {
        guard longest > 0, outcome.isCounted, !outcome.isAdmitted, charge.policy.mode == .enforce else {
            return
        }
        // The store decided after `moment`, so the wait that it named ends later than one counted from there.
        let until = moment + min(UInt64(outcome.retryAfter) * 1_000, longest)
        entries[Name(charge)] = Entry(ahead: outcome.untilFull, at: moment, until: until)
        lastUntil = max(lastUntil, until)
    }

    /// What the store would say of `charge` at `now` if it is certain to refuse it; nil if it must be asked.
    package mutating func refusal(of charge: LimitCharge, now: UInt64) -> LimitOutcome? {
        guard now < lastUntil else {
            if entries.count > 0 { entries = RecentCache(capacity: capacity) }
            return nil
        }
        guard charge.policy.mode == .enforce else { return nil }
        let name = Name(charge)
        guard let entry = entries[name] else { return nil }
        guard now < entry.until else {
            entries[name] = nil
            return nil
        }
        let ahead = max(0, entry.ahead - Int64((now - min(now, entry.at)) / 1_000))
        let gcra = charge.policy.gcra
        let over = ahead + gcra.interval * gcra.cost - gcra.window
        return over > 0 ? LimitOutcome(isAdmitted: false, untilFull: ahead, retryAfter: over) : nil
    }
}

extension OverLimitMemory {
    package init(_ settings: AdmissionSettings) {
        self.init(capacity: settings.memoryKeys, longest: settings.memory)
    }
}

/// How a worker limits, besides the policies.
package struct AdmissionSettings: Sendable, Hashable {
    /// How long a key that is over its limit is remembered at most; zero for not at all.
    package var memory: Duration
    /// Keys that one event loop remembers so.
    package var memoryKeys: Int
    /// Leading bits of an IPv6 address that policies by address count as one: 32 to 64.
    package var v6PrefixLength: Int
    /// How long a place among the requests in flight is held without being renewed: that long a worker that was
    /// killed keeps the places that it held.
    package var lease: Duration

    package init(
        memory: Duration = OverLimitMemory.longestEver, memoryKeys: Int = 16_384, v6PrefixLength: Int = 64,
        lease: Duration = .seconds(15)
    ) {
        self.lease = lease
        self.memory = memory
        self.memoryKeys = memoryKeys
        self.v6PrefixLength = v6PrefixLength
    }
}
