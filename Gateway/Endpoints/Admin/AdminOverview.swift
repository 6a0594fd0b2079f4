import GatewayCore

/// A policy as it is configured, and changed for a while: what an administrator sees beside its figures.
package struct PolicyDescription: Sendable, Encodable {
    package var policy: String
    /// What it counts by, in the configuration's words.
    package var key: [String]
    package var mode: String
    /// `50/s`, and the burst; nil of a bound on requests in flight, whose number is `most`.
    package var rate: String?
    package var burst: Int64?
    package var most: Int64?
    /// Whether an operator has changed it for a while.
    package var isOverridden: Bool

    package init(
        policy: String, key: [String], mode: String, rate: String?, burst: Int64?, most: Int64?,
        isOverridden: Bool
    ) {
        self.policy = policy
        self.key = key
        self.mode = mode
        self.rate = rate
        self.burst = burst
        self.most = most
        self.isOverridden = isOverridden
    }

    enum CodingKeys: String, CodingKey {
        case policy, key, mode, rate, burst, most
        case isOverridden = "overridden"
    }
}

/// What all workers that share the store tell of all limits together.
struct LimitOverview: Encodable {
    private var at: String
    /// The mean of the moments at which the workers counted, to be divided by.
    private var countedAt: String?
    private var workers: [String]
    private var policies: [Policy]
    private var refused: [WorkerReport.Refused]

    /// Keys that are shown.
    private static let mostRefused = 20

    init(
        _ reports: [WorkerReport], _ descriptions: [PolicyDescription], now: Timestamp,
        emails: [String: String]
    ) {
        at = CalendarText.rfc3339(now)
        workers = reports.map(\.worker)
        if !reports.isEmpty {
            let mean = reports.reduce(Int64(0)) { $0 + $1.at / Int64(reports.count) }
            countedAt = CalendarText.rfc3339Milliseconds(Timestamp(microseconds: mean))
        }
        var counts: [String: WorkerReport.Policy] = [:]
        for policy in reports.flatMap(\.policies) {
            counts[policy.policy, default: .init(policy.policy)] += policy
        }
        policies = descriptions.map { description in
            Policy(description: description, counts: counts[description.policy] ?? .init(description.policy))
        }
        var merged: [WorkerReport.Refused] = []
        for key in reports.flatMap(\.refused) {
            if let index = merged.firstIndex(where: { $0.isSameKey(as: key) }) {
                merged[index].count += key.count
            } else {
                merged.append(key)
            }
        }
        refused = merged.sorted { $0.count > $1.count }.prefix(Self.mostRefused).map { key in
            var key = key
            key.user = key.user.map { emails[$0] ?? $0 }
            return key
        }
    }

    enum CodingKeys: String, CodingKey {
        case at, workers, policies, refused
        case countedAt = "counted_at"
    }

    /// A policy's description and its figures, in one object.
    private struct Policy: Encodable {
        var description: PolicyDescription
        var counts: WorkerReport.Policy

        func encode(to encoder: any Encoder) throws {
            try counts.encode(to: encoder)
            try description.encode(to: encoder)
        }
    }
}

extension WorkerReport.Refused {
    fileprivate func isSameKey(as other: Self) -> Bool {
        policy == other.policy && address == other.address && user == other.user && subject == other.subject
            && isShadow == other.isShadow
    }
}

extension EndpointContext {
    /// The addresses of those users whom limits have refused of late, by their IDs.
    func emails(in reports: [WorkerReport]) async throws(Refusal) -> [String: String] {
        let ids = Set(reports.flatMap(\.refused).compactMap(\.user)).compactMap(UserID.init)
        guard !ids.isEmpty else { return [:] }
        let emails = try await asking { store throws(StoreFault) in try await store.addresses(of: ids) }
        return Dictionary(
            zip(ids, emails).compactMap { id, email in email.map { (id.text, $0.text) } },
            uniquingKeysWith: { first, _ in first })
    }
}
