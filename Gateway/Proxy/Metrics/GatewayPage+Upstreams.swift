import ServiceCore

extension GatewayPage {
    func writeUpstreams(to text: inout MetricsText) {
        let byName = Dictionary(grouping: loops.flatMap(\.upstreams), by: \.name)
        let names = byName.keys.sorted()
        func show(_ family: MetricFamily, _ value: (UpstreamSnapshot) -> Int) {
            text.begin(family)
            for name in names {
                text.sample(.count(byName[name, default: []].reduce(0) { $0 + value($1) }), name)
            }
        }
        show(Families.upstreamInUse, \.inUse)
        show(Families.upstreamQueued, \.queued)
        show(Families.upstreamIdle, \.idle)

        text.begin(Families.upstreamAddresses)
        for name in names {
            // Each loop spares addresses by itself; what matters is who can reach least.
            guard let worst = byName[name]?.min(by: { $0.usable < $1.usable }) else { continue }
            text.sample(.count(worst.usable), name, "usable")
            text.sample(.count(worst.ejected), name, "ejected")
            text.sample(.count(worst.unhealthy), name, "unhealthy")
        }
        text.begin(Families.upstreamBreaker)
        for name in names {
            for state in UpstreamSnapshot.Breaker.allCases {
                let count = byName[name]?.count { $0.breaker == state } ?? 0
                text.sample(.count(count), name, state.rawValue)
            }
        }
        let counts = upstreamCounts
        func total(_ family: MetricFamily, _ value: KeyPath<UpstreamCounts, Int>) {
            text.begin(family)
            for (name, counts) in counts { text.sample(.count(counts[keyPath: value]), name) }
        }
        total(Families.upstreamConnects, \.connects)
        total(Families.upstreamConnectFailures, \.connectFailures)
        total(Families.upstreamRetries, \.retries)
        total(Families.upstreamEjections, \.ejections)
        total(Families.upstreamOpenings, \.openings)
    }

    /// Of the pools that there are and of those that there were, by the upstream's name.
    private var upstreamCounts: [(name: String, counts: UpstreamCounts)] {
        var totals: [String: UpstreamCounts] = [:]
        for loop in loops {
            for (place, name) in loop.metrics.upstreams.enumerated() {
                let retired = loop.metrics.retired[place]
                if place > 0 || retired != UpstreamCounts() {
                    totals[name, default: UpstreamCounts()] += retired
                }
            }
            for upstream in loop.upstreams {
                totals[upstream.name, default: UpstreamCounts()] += upstream.counts
            }
        }
        return totals.sorted { $0.key < $1.key }.map { (name: $0.key, counts: $0.value) }
    }
}
