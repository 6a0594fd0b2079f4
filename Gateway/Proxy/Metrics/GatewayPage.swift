import GatewayCore
import ServiceCore

/// The gateway's part of a scrape: the loops' numbers added up and written down.
struct GatewayPage {
    typealias Families = GatewayFamilies

    /// In the order of their places.
    let loops: [LoopSnapshot]
    /// Connections that are open, with all loops.
    let connections: Int
    /// Loops that did not answer a scrape in time, ever.
    var unanswered = 0

    func write(to text: inout MetricsText) {
        writeRequests(to: &text)
        writeLimits(to: &text)
        text.single(Families.receivedBytes, .count(sum(\.metrics.bytesReceived)))
        text.single(Families.sentBytes, .count(sum(\.metrics.bytesSent)))
        writeDurations(to: &text)
        writeConnections(to: &text)
        writeUpstreams(to: &text)
        writeCaches(to: &text)
        writeStore(to: &text)
        text.begin(Families.credentialChecks)
        for outcome in CredentialTally.Outcome.allCases {
            text.sample(.count(sum(\.services.credentialChecks[outcome])), outcome.name)
        }
        writeLoops(to: &text)
        text.single(Families.draining, .count(loops.contains(where: \.isDraining) ? 1 : 0))
        text.single(Families.scrapeIncomplete, .count(unanswered))
    }

    // MARK: Requests

    private func writeRequests(to text: inout MetricsText) {
        let classes = LoopMetrics.statusClasses
        var requests: [[String]: Int] = [:]
        for metrics in loops.map(\.metrics) {
            for (place, route) in metrics.routes.enumerated() {
                for (offset, name) in classes.enumerated() {
                    let count = metrics.requests[place * classes.count + offset]
                    // What never happens to most routes is shown once it has.
                    if count > 0 || offset >= 2 { requests[[route, name], default: 0] += count }
                }
            }
        }
        text.begin(Families.requests)
        text.samples(requests)

        text.begin(Families.refusals)
        text.samples(refusals)
    }

    /// By code, policy and route. The policy is empty where none is the reason. A series is there once
    /// it has happened, but those of policies, which alerts wait for, are there from the beginning.
    private var refusals: [[String]: Int] {
        let codes = Refusal.codes
        let limited = codes[LoopMetrics.rateLimitedCode]
        let unavailable = codes[LoopMetrics.storeUnavailableCode]
        var result: [[String]: Int] = [:]
        for metrics in loops.map(\.metrics) {
            for (place, route) in metrics.routes.enumerated() {
                for (offset, code) in codes.enumerated() {
                    let count = metrics.refusals[place * codes.count + offset]
                    if count > 0 { result[[code, "", route], default: 0] += count }
                }
            }
            // Those that name a policy are among the above.
            for (place, limit) in metrics.limits.enumerated() where isShown(place, of: metrics) {
                result[[limited, limit.policy, limit.route], default: 0] += metrics.rateLimited[place]
                result[[limited, "", limit.route]]? -= metrics.rateLimited[place]
                let denied = metrics.denied[place]
                if denied > 0 {
                    result[[unavailable, limit.policy, limit.route], default: 0] += denied
                    result[[unavailable, "", limit.route]]? -= denied
                }
            }
        }
        return result.filter { $0.value > 0 || !$0.key[1].isEmpty }
    }

    /// The place that names without a place of their own share is shown once it is used.
    private func isShown(_ place: Int, of metrics: LoopMetrics) -> Bool {
        let width = LoopMetrics.Decision.allCases.count
        return place > 0 || metrics.decisions[..<width].contains { $0 > 0 } || metrics.denied[0] > 0
    }

    private func writeLimits(to text: inout MetricsText) {
        var decisions: [[String]: Int] = [:]
        var fallbacks: [[String]: Int] = [:]
        var remembered: [[String]: Int] = [:]
        for metrics in loops.map(\.metrics) {
            for (place, limit) in metrics.limits.enumerated() where isShown(place, of: metrics) {
                let width = LoopMetrics.Decision.allCases.count
                for decision in LoopMetrics.Decision.allCases {
                    decisions[[limit.policy, limit.route, decision.name], default: 0] +=
                        metrics.decisions[place * width + decision.rawValue]
                }
                remembered[[limit.policy, limit.route], default: 0] += metrics.remembered[place]
                for fallback in LoopMetrics.Fallback.allCases {
                    fallbacks[[limit.policy, limit.route, fallback.name], default: 0] +=
                        metrics.fallbacks[place * LoopMetrics.Fallback.allCases.count + fallback.rawValue]
                }
            }
        }
        text.begin(Families.decisions)
        text.samples(decisions)
        text.begin(Families.fallbacks)
        text.samples(fallbacks)
        text.begin(Families.rememberedRefusals)
        text.samples(remembered)
        text.single(Families.rememberedKeys, .count(sum(\.rememberedKeys)))
        text.single(Families.leases, .count(sum(\.leases)))
        text.begin(Families.records)
        text.sample(.count(sum(\.records.kept)), "kept")
        text.sample(.count(sum(\.records.dropped)), "dropped")
    }

    private func writeDurations(to text: inout MetricsText) {
        text.begin(Families.requestDuration)
        text.histogram(merged(\.metrics.total))
        text.begin(Families.gatewayDuration)
        text.histogram(merged(\.metrics.gateway))
        var upstreams: [String: Histogram] = [:]
        for metrics in loops.map(\.metrics) {
            for (place, name) in metrics.upstreams.enumerated()
            where place > 0 || metrics.upstream[0].count > 0 {
                upstreams[name, default: Histogram()].merge(metrics.upstream[place])
            }
        }
        text.begin(Families.upstreamDuration)
        for (name, histogram) in upstreams.sorted(by: { $0.key < $1.key }) { text.histogram(histogram, name) }
        text.begin(Families.redisDuration)
        text.histogram(merged(\.metrics.store))
    }

    // MARK: What is there

    private func writeConnections(to text: inout MetricsText) {
        text.single(Families.connectionsOpen, .count(connections))
        text.single(Families.connectionsAccepted, .count(sum(\.edge.accepted)))
        text.begin(Families.connectionsRefused)
        text.sample(.count(sum(\.edge.turnedAway)), "told")
        text.sample(.count(sum(\.edge.dropped)), "closed")
        writeEdge(to: &text)
        text.begin(Families.tasks)
        for loop in loops { text.sample(.count(loop.tasks), String(loop.loop)) }
    }

    private func writeEdge(to text: inout MetricsText) {
        text.single(Families.handshakes, .count(sum(\.edge.handshakes)))
        text.begin(Families.handshakeFailures)
        let tooSlow = sum(\.edge.handshakesTooSlow)
        text.sample(.count(sum(\.edge.handshakesFailed) - tooSlow), "failed")
        text.sample(.count(tooSlow), "too-slow")
        text.single(Families.proxyHeaders, .count(sum(\.edge.proxyHeadersRefused)))
        text.single(Families.http2Connections, .count(sum(\.edge.http2Connections)))
        text.single(Families.http2Streams, .count(sum(\.edge.http2Streams)))
        text.begin(Families.http2StreamsRefused)
        text.sample(.count(sum(\.edge.http2StreamsMalformed)), "malformed")
        text.sample(.count(sum(\.edge.http2StreamsRefused)), "too-many")
        text.single(Families.http2Resets, .count(sum(\.edge.http2Resets)))
        text.begin(Families.http2Ended)
        text.sample(.count(sum(\.edge.http2Floods)), "flood")
        text.sample(.count(sum(\.edge.http2ProtocolErrors)), "error")
        text.sample(.count(sum(\.edge.http2SlowHeaders)), "slow-headers")
    }

    private func writeCaches(to text: inout MetricsText) {
        text.begin(Families.sessionCacheLookups)
        text.sample(.count(sum(\.sessions.hits)), "hit")
        text.sample(.count(sum(\.sessions.misses)), "miss")
        text.single(Families.sessionCacheEntries, .count(sum(\.sessions.count)))
        text.single(Families.sessionsFromMemory, .count(sum(\.metrics.sessionsFromMemory)))
        text.single(Families.localKeys, .count(sum(\.localKeys)))
    }

    private func writeStore(to text: inout MetricsText) {
        text.begin(Families.storeFaults)
        for (place, kind) in StoreFault.kinds.enumerated() {
            text.sample(.count(sum(\.metrics.storeFaults[place])), kind)
        }
        let stores = loops.compactMap { loop in loop.services.store.map { (name: String(loop.loop), $0) } }
        text.begin(Families.redisConnected)
        for (name, store) in stores { text.sample(.count(store.isConnected ? 1 : 0), name) }
        text.begin(Families.redisBreaker)
        for (name, store) in stores {
            for state in StoreStatus.Breaker.allCases {
                text.sample(.count(store.breaker == state ? 1 : 0), name, state.rawValue)
            }
        }
        func show(_ family: MetricFamily, _ value: KeyPath<StoreStatus, Int>) {
            text.single(family, .count(stores.reduce(0) { $0 + $1.1[keyPath: value] }))
        }
        show(Families.redisConnections, \.connectionsMade)
        show(Families.redisConnectionFailures, \.connectionsFailed)
        show(Families.redisFlights, \.waiting)
        show(Families.redisUnanswered, \.unanswered)
        show(Families.redisScripts, \.scriptsForgotten)
    }

    private func writeLoops(to text: inout MetricsText) {
        text.begin(Families.loopLag)
        for loop in loops { text.histogram(loop.metrics.lag.histogram, String(loop.loop)) }
        text.begin(Families.loopLagMost)
        for loop in loops { text.sample(.microseconds(loop.metrics.lag.most), String(loop.loop)) }
        text.begin(Families.loopProcessor)
        for loop in loops { text.sample(.microseconds(loop.processorTime), String(loop.loop)) }
    }

    private func sum(_ value: (LoopSnapshot) -> Int) -> Int { loops.reduce(0) { $0 + value($1) } }

    private func merged(_ histogram: (LoopSnapshot) -> Histogram) -> Histogram {
        loops.reduce(into: Histogram()) { $0.merge(histogram($1)) }
    }
}

extension MetricsText {
    /// Samples of the family announced last, in the order of their labels.
    fileprivate mutating func samples(_ values: [[String]: Int]) {
        for (labels, value) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            sample(.count(value), labels)
        }
    }
}

extension LoopMetrics.Decision {
    fileprivate var name: String {
        switch self {
        case .admitted: "admitted"
        case .refused: "refused"
        case .shadowAdmitted: "shadow-admitted"
        case .shadowRefused: "shadow-refused"
        case .uncounted: "uncounted"
        }
    }
}

extension LoopMetrics.Fallback {
    fileprivate var name: String {
        switch self {
        case .local: "local"
        case .allowed: "allow"
        case .denied: "deny"
        }
    }
}
