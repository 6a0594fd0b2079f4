import GatewayCore

/// Sessions that this loop saw lately, for two purposes: to know whose limits to charge in the same flight
/// that looks the session up, and to carry users over a short absence of the store.
///
/// A session never changes its user, so the first purpose needs no freshness. For the second an entry counts
/// only
/// `SessionCache.longestAge` long, whatever is configured: a revocation must hold everywhere within a second,
/// also when the store goes away right after it.
struct SessionCache {
    private struct Entry {
        var session: Session
        var seenAt: UInt64
    }

    static let longestAge = Duration.seconds(1)

    private let maxAge: UInt64
    /// Two generations of half the capacity each: when the young one is full the old one goes.
    private var young: [SessionDigest: Entry] = [:]
    private var old: [SessionDigest: Entry] = [:]
    private let halfCapacity: Int

    init(capacity: Int, maxAge: Duration) {
        halfCapacity = max(1, capacity / 2)
        self.maxAge = min(maxAge, Self.longestAge).nanoseconds
    }

    var count: Int { young.count + old.count }

    /// Whose session it was when it was last seen. A hint: what the store says decides.
    mutating func user(of digest: SessionDigest) -> UserID? {
        if let entry = young[digest] { return entry.session.user }
        guard let entry = old.removeValue(forKey: digest) else { return nil }
        insert(entry, for: digest)
        return entry.session.user
    }

    /// The session, if the store vouched for it a moment ago.
    func fresh(_ digest: SessionDigest, now: UInt64) -> Session? {
        guard let entry = young[digest] ?? old[digest], now - min(now, entry.seenAt) < maxAge else {
            return nil
        }
        return entry.session
    }

    mutating func saw(_ session: Session, now: UInt64) {
        if let index = young.index(forKey: session.digest) {
            young.values[index].seenAt = now
            // A touch moves only the last use; everything else stays as long as the session lives.
            if young.values[index].session.lastUsedAt != session.lastUsedAt {
                young.values[index].session = session
            }
        } else {
            insert(Entry(session: session, seenAt: now), for: session.digest)
        }
    }

    mutating func forget(_ digest: SessionDigest) {
        young[digest] = nil
        old[digest] = nil
    }

    private mutating func insert(_ entry: Entry, for digest: SessionDigest) {
        if young.count >= halfCapacity {
            old = young
            young = [:]
        }
        young[digest] = entry
    }
}
