import GatewayCore

/// What one loop's pools of an upstream have done since the beginning.
struct UpstreamCounts: Sendable, Hashable {
    var connects = 0
    var connectFailures = 0
    var retries = 0
    var ejections = 0
    /// How often the circuit opened.
    var openings = 0

    static func += (total: inout UpstreamCounts, more: UpstreamCounts) {
        total.connects &+= more.connects
        total.connectFailures &+= more.connectFailures
        total.retries &+= more.retries
        total.ejections &+= more.ejections
        total.openings &+= more.openings
    }
}

/// A loop's pool at the moment of a scrape.
struct UpstreamSnapshot: Sendable {
    /// The states of a circuit breaker, by their words.
    enum Breaker: String, Sendable, CaseIterable {
        case closed
        case halfOpen = "half-open"
        case open
    }

    var name: String
    var settings: UpstreamSettings
    /// Requests that hold a place, and that wait for one.
    var inUse: Int
    var queued: Int
    /// Connections that wait for a request.
    var idle: Int
    var counts: UpstreamCounts
    var breaker: Breaker
    /// Addresses that requests go to, that this loop spares, and that health checks found unwell.
    var usable = 0
    var ejected = 0
    var unhealthy = 0

    init(_ pool: UpstreamPool, at now: UInt64) {
        name = pool.settings.name
        settings = pool.settings
        inUse = pool.inUse
        queued = pool.queued
        idle = pool.idleCount
        counts = pool.counts
        breaker =
            switch pool.breaker.state {
            case .closed: .closed
            case .halfOpen: .halfOpen
            case .open: .open
            }
        for endpoint in pool.endpoints {
            if endpoint.verdict == .unhealthy {
                unhealthy += 1
            } else if endpoint.ejection.isEjected(at: now) {
                ejected += 1
            } else {
                usable += 1
            }
        }
    }
}

extension UpstreamPool {
    var counts: UpstreamCounts {
        UpstreamCounts(
            connects: connects, connectFailures: connectFailures, retries: retries, ejections: ejections,
            openings: breaker.openings)
    }
}
