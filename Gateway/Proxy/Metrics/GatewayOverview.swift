package import GatewayCore
import ServiceCore

/// What a gateway's loops come to together at one moment, for the worker's report: the numbers of the metrics, without
/// their routes.
extension GatewayScrape {
    /// Keys that were refused most which one report names.
    static let mostRefused = 20

    /// `version` is the program's. Returns within the deadline of a scrape.
    package func report(version: String, now: Timestamp) async -> WorkerReport {
        let loops = await snapshots().loops
        var policies: [String: WorkerReport.Policy] = [:]
        var refused: [RefusalRanking.Key: Int] = [:]
        for loop in loops {
            for policy in loop.metrics.policies {
                policies[policy.policy, default: .init(policy.policy)] += policy
            }
            for (name, count) in loop.places { policies[name, default: .init(name)].inFlight += count }
            refused.merge(loop.refused, uniquingKeysWith: +)
        }
        let most = refused.sorted { ($0.value, $1.key.policy) > ($1.value, $0.key.policy) }.prefix(
            Self.mostRefused)
        let stores = loops.compactMap(\.services.store)
        func checks(_ outcome: CredentialTally.Outcome) -> Int {
            loops.reduce(0) { $0 + $1.services.credentialChecks[outcome] }
        }
        return WorkerReport(
            worker: RecordQueue.process, version: version, at: now.microseconds,
            isDraining: loops.contains(where: \.isDraining), connections: gateway.openConnections,
            requests: loops.reduce(0) { $0 + $1.metrics.answered },
            failures: loops.reduce(0) { $0 + $1.metrics.failed },
            logins: .init(succeeded: checks(.succeeded), failed: checks(.failed), locked: checks(.locked)),
            redis: .init(
                loops: stores.count, connected: stores.count(where: \.isConnected),
                open: stores.count { $0.breaker != .closed },
                unanswered: stores.reduce(0) { $0 + $1.unanswered }),
            policies: policies.values.sorted { $0.policy < $1.policy }, upstreams: upstreams(loops),
            refused: most.map { WorkerReport.Refused($0.key, count: $0.value) })
    }

    private func upstreams(_ loops: [LoopSnapshot]) -> [WorkerReport.Upstream] {
        let byName = Dictionary(grouping: loops.flatMap(\.upstreams), by: \.name)
        return byName.sorted { $0.key < $1.key }.map { name, pools in
            WorkerReport.Upstream(
                upstream: name, inFlight: pools.reduce(0) { $0 + $1.inUse },
                queued: pools.reduce(0) { $0 + $1.queued }, open: pools.count { $0.breaker != .closed },
                ejected: pools.map(\.ejected).max() ?? 0,
                addresses: pools.first.map { addresses(of: $0.settings) } ?? [])
        }
    }

    /// The addresses of an upstream as health checks found them, and names that lead nowhere.
    private func addresses(of settings: UpstreamSettings) -> [WorkerReport.Upstream.Address] {
        let report = gateway.upstreams.report(of: settings)
        let known = report.endpoints.map { endpoint in
            WorkerReport.Upstream.Address(
                address: endpoint.address.text, verdict: endpoint.verdict.rawValue,
                fault: endpoint.fault?.sentence)
        }
        return known
            + report.unresolved.map { .init(address: $0, verdict: "unknown", fault: "cannot be resolved") }
    }
}

extension LoopMetrics {
    /// Requests that are over, and those of them that failed on this side of the client.
    fileprivate var answered: Int { requests.reduce(0, +) }
    fileprivate var failed: Int {
        stride(from: Self.statusClasses.count - 1, to: requests.count, by: Self.statusClasses.count)
            .reduce(0) { $0 + requests[$1] }
    }

    /// What each policy said, route after route.
    fileprivate var policies: [WorkerReport.Policy] {
        let width = Decision.allCases.count
        // The first place is shared by those that found none of their own.
        return limits.indices.dropFirst().map { place in
            func count(_ decision: Decision) -> Int { decisions[place * width + decision.rawValue] }
            var policy = WorkerReport.Policy(limits[place].policy)
            policy.admitted = count(.admitted)
            policy.refused = count(.refused)
            policy.shadowAdmitted = count(.shadowAdmitted)
            policy.shadowRefused = count(.shadowRefused)
            policy.uncounted = count(.uncounted)
            return policy
        }
    }
}
