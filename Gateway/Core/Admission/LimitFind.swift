/// One state of a limit that concerns whom an operator asks about: of a rate or of a bound on requests in flight.
package struct LimitFind: Sendable {
    package enum Kind: Sendable {
        case rate(LimitCharge)
        /// With a lease of that policy and subject; its ID is nobody's.
        case inFlight(InFlightPolicy, Lease)
    }

    package var kind: Kind
    /// What tells it from others of its policy: a route, a session, an API key; empty where there is only one.
    package var detail: String

    package init(kind: Kind, detail: String) {
        self.kind = kind
        self.detail = detail
    }

    package var charge: LimitCharge? { if case .rate(let charge) = kind { charge } else { nil } }
    package var lease: Lease? { if case .inFlight(_, let lease) = kind { lease } else { nil } }
}

extension [LimitFind] {
    /// Those whose policies have one of these names.
    package func named(_ names: Set<String>) -> [LimitFind] {
        filter { find in
            switch find.kind {
            case .rate(let charge): names.contains(charge.policy.name)
            case .inFlight(let policy, _): names.contains(policy.name)
            }
        }
    }

    /// How each of them stands now, rates first.
    package func standings(
        in store: any LimitStore & LeaseStore
    ) async throws(StoreFault) -> [LimitStanding] {
        let charges = compactMap(\.charge)
        let (tats, now) = charges.isEmpty ? ([], 0) : try await store.states(of: charges)
        let rates = zip(filter { $0.charge != nil }, tats).compactMap { find, tat in
            find.charge.map { LimitStanding($0.policy, of: find.detail, tat: tat, now: now) }
        }
        let held = try await store.held(compactMap(\.lease))
        let bounds = zip(filter { $0.lease != nil }, held).compactMap { LimitStanding($0, held: $1) }
        return rates + bounds
    }

    /// Puts each of them at rest; answers how many were not.
    package func reset(in store: any LimitStore & LeaseStore) async throws(StoreFault) -> Int {
        let charges = compactMap(\.charge)
        var count = charges.isEmpty ? 0 : try await store.reset(charges)
        for lease in compactMap(\.lease) where try await store.forget([lease]) > 0 { count += 1 }
        return count
    }
}

/// How a limit stands for one subject, as operators and administrators see it.
package struct LimitStanding: Sendable, Encodable {
    package var policy: String
    /// `LimitFind.detail`.
    package var of: String
    package var mode: String
    /// Units, of which a request takes the policy's cost; places of a bound on requests in flight.
    package var remaining: Int64
    package var burst: Int64
    /// Seconds until the policy is at rest for this subject, rounded up; nil of requests in flight.
    package var fullIn: Int64?
    /// Requests under way over all workers; nil of rates.
    package var inFlight: Int64?

    init(_ policy: LimitPolicy, of detail: String, tat: Int64?, now: Int64) {
        self.policy = policy.name
        of = detail
        mode = policy.mode.rawValue
        let standing = policy.gcra.standing(tat: tat, now: now)
        remaining = standing.remaining
        fullIn = standing.fullIn
        burst = policy.gcra.burst
    }

    /// Nil for what is not a bound on requests in flight.
    init?(_ find: LimitFind, held: Int) {
        guard case .inFlight(let policy, _) = find.kind else { return nil }
        self.policy = policy.name
        of = find.detail
        mode = policy.mode.rawValue
        inFlight = Int64(held)
        remaining = Swift.max(0, policy.most - Int64(held))
        burst = policy.most
    }

    enum CodingKeys: String, CodingKey {
        case policy, of, mode, remaining, burst
        case fullIn = "full_in"
        case inFlight = "in_flight"
    }
}
