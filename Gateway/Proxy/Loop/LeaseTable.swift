import GatewayCore

/// The places among requests in flight that one event loop's requests hold, to be renewed; and how many each
/// subject has here, for the time when the store is away.
struct LeaseTable {
    private struct Name: Hashable {
        var policy: String
        var subject: LimitSubject
    }

    private var held: [Lease.ID: Lease] = [:]
    private var counts: [Name: Int64] = [:]
    private var renewedAt: UInt64 = 0

    /// Leases of the store's.
    var count: Int { held.count }

    /// Requests of this loop that are under way.
    func inFlight(_ lease: Lease) -> Int64 {
        counts[Name(policy: lease.policy, subject: lease.subject)] ?? 0
    }

    /// Requests of this loop that are under way, by policy.
    var byPolicy: [String: Int] {
        counts.reduce(into: [:]) { $0[$1.key.policy, default: 0] += Int($1.value) }
    }

    /// Notes a request that begins. `isStored` says that the store has granted the lease.
    mutating func begin(_ lease: Lease, isStored: Bool) {
        counts[Name(policy: lease.policy, subject: lease.subject), default: 0] += 1
        if isStored { held[lease.id] = lease }
    }

    /// Notes that it is over; answers whether the store has to be told.
    mutating func end(_ lease: Lease) -> Bool {
        let name = Name(policy: lease.policy, subject: lease.subject)
        let left = (counts[name] ?? 1) - 1
        counts[name] = left > 0 ? left : nil
        return held.removeValue(forKey: lease.id) != nil
    }

    /// Those that are to be renewed now: all of them, three times in the life of a lease.
    mutating func due(at now: UInt64, lease: Duration) -> [Lease] {
        guard now >= renewedAt + lease.nanoseconds / 3 else { return [] }
        renewedAt = now
        return Array(held.values)
    }
}
