import GatewayCore

/// Sessions that this loop saw lately, for two purposes: to know whose limits to charge in the same flight
/// that looks the session up, and to carry users over a short absence of the store.
///
/// A session never changes its user, so the first purpose needs no freshness. For the second an entry counts
/// only `longestAge` long, whatever is configured: a revocation must hold everywhere within a second, also
/// when the store goes away right after it.
struct SessionCache {
    private struct Entry {
        var session: Session
        var seenAt: UInt64
    }

    static let longestAge = Duration.seconds(1)

    private var maxAge: UInt64
    private var entries: RecentCache<SessionDigest, Entry>
    /// How often it was known whose session it is, and how often it was not.
    private(set) var hits = 0
    private(set) var misses = 0
    var count: Int { entries.count }

    init(capacity: Int, maxAge: Duration) {
        entries = RecentCache(capacity: capacity)
        self.maxAge = min(maxAge, Self.longestAge).nanoseconds
    }

    /// Changes how long an entry counts; what is remembered stays.
    mutating func keep(for maxAge: Duration) {
        self.maxAge = min(maxAge, Self.longestAge).nanoseconds
    }

    /// Whose session it was when it was last seen. A hint: what the store says decides.
    mutating func user(of digest: SessionDigest) -> UserID? {
        guard let entry = entries[digest] else {
            misses &+= 1
            return nil
        }
        hits &+= 1
        return entry.session.user
    }

    /// The session, if the store vouched for it a moment ago.
    mutating func fresh(_ digest: SessionDigest, now: UInt64) -> Session? {
        guard let entry = entries[digest], now - min(now, entry.seenAt) < maxAge else { return nil }
        return entry.session
    }

    mutating func saw(_ session: Session, now: UInt64) {
        entries[session.digest] = Entry(session: session, seenAt: now)
    }

    mutating func forget(_ digest: SessionDigest) { entries[digest] = nil }
}
