import GatewayCore

/// Sessions that this loop saw lately, for two purposes: to know whose limits to charge in the same flight
/// that looks the session up, and to carry users over a short absence of the store.
///
/// A session never changes its user, so the first purpose needs no freshness. For the second an entry counts
/// for as long as is configured, and only while the worker is sure to have heard of whatever ended up to a
/// second ago (`ChannelPulse`): a revocation must hold everywhere within a second, also when the store goes
/// away right after it.
struct SessionCache {
    private struct Entry {
        var session: Session
        /// When the store was asked for it; zero where it may have ended while the answer was on its way.
        var askedAt: UInt64
    }

    private var maxAge: UInt64
    private var entries: RecentCache<SessionDigest, Entry>
    /// How often it was known whose session it is, and how often it was not.
    private(set) var hits = 0
    private(set) var misses = 0
    var count: Int { entries.count }
    /// Grows with everything that is heard to have ended.
    private(set) var endings = 0

    init(capacity: Int, maxAge: Duration) {
        entries = RecentCache(capacity: capacity)
        self.maxAge = maxAge.nanoseconds
    }

    /// Changes how long an entry counts; what is remembered stays.
    mutating func keep(for maxAge: Duration) { self.maxAge = maxAge.nanoseconds }

    /// Whose session it was when it was last seen. A hint: what the store says decides.
    mutating func user(of digest: SessionDigest) -> UserID? {
        guard let entry = entries[digest] else {
            misses &+= 1
            return nil
        }
        hits &+= 1
        return entry.session.user
    }

    /// The session, if the store vouched for it a moment ago and its end would have been heard of. Where
    /// there is no `pulse`, nothing ends but by this process.
    mutating func fresh(_ digest: SessionDigest, now: UInt64, pulse: ChannelPulse?) -> Session? {
        guard let entry = entries[digest], now - min(now, entry.askedAt) < maxAge,
            pulse?.covers(entry.askedAt, at: now) ?? true
        else { return nil }
        return entry.session
    }

    /// Remembers what the store said of a question that was asked at `askedAt`, when there had been
    /// `endings`.
    mutating func saw(_ session: Session, askedAt: UInt64, endings: Int) {
        entries[session.digest] = Entry(session: session, askedAt: endings == self.endings ? askedAt : 0)
    }

    /// They have ended, or changed, wherever that was.
    mutating func ended(_ digests: [SessionDigest]) {
        endings &+= 1
        for digest in digests { entries[digest] = nil }
    }

    mutating func forget(_ digest: SessionDigest) { entries[digest] = nil }
}
