import GatewayCore
import NIOCore

/// One address of an upstream as it is now, and what one loop knows of it. It outlives its place in the pool
/// where its name no longer leads to it: what is under way there is finished.
final class UpstreamEndpoint {
    let address: SocketAddress
    /// The name by which it was found, for TLS; nil where it was given as an address.
    let host: String?
    /// Requests that are under way there or wait for a connection to it.
    var outstanding = 0
    /// Most recently used last, so that what the load does not need grows old.
    var idle: [UpstreamConnection] = []
    var ejection = EjectionState()
    /// What the worker's health checks say.
    private(set) var verdict: HealthState.Verdict
    /// Whether it no longer belongs to the upstream.
    var isRetired = false

    init(_ report: EndpointReport) {
        address = report.address
        host = report.host
        verdict = report.verdict
    }

    /// Takes what the checks say. One that has become well again is forgiven what it was ejected for.
    func hear(_ told: HealthState.Verdict) {
        if verdict == .unhealthy, told == .healthy { ejection.forgive() }
        verdict = told
    }

    /// Less is better: those that are well and not ejected, then the ejected, then the unwell. Nobody is out
    /// of the question, because somebody must be tried.
    func rank(at now: UInt64) -> Int {
        (verdict == .unhealthy ? 2 : 0) + (ejection.isEjected(at: now) ? 1 : 0)
    }
}

/// A connection to an upstream: a wire, whence it came, and whether it has carried a request before.
final class UpstreamConnection {
    let wire: Wire
    let endpoint: UpstreamEndpoint
    /// When it is used no more. Monotonic nanoseconds.
    let expiresAt: UInt64
    var isReused = false
    /// Whether its request is the one that an open circuit lets through.
    var isProbe = false
    var idleSince: UInt64 = 0

    init(wire: Wire, endpoint: UpstreamEndpoint, expiresAt: UInt64) {
        self.wire = wire
        self.endpoint = endpoint
        self.expiresAt = expiresAt
    }

    /// Whether a request may be written to it. One that was closed or that speaks unasked is of no use.
    var isQuiet: Bool { !wire.isClosed && !wire.inputEnded && wire.inbound.readableBytes == 0 }
}

/// What became of a request, as far as it says something about the upstream.
enum ExchangeOutcome: Sendable, Hashable {
    /// There was a whole answer.
    case answered(status: Int)
    /// There was none in time, none at all, one that broke off, or one that is not HTTP.
    case failed
    /// Nothing can be told: the client left or broke a rule, or a kept connection turned out to be dead.
    case abandoned
}
