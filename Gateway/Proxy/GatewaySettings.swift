package import GatewayCore
package import ServiceCore

/// Everything that the proxy needs to know, checked and in its final types.
package struct GatewaySettings: Sendable {
    /// Where clients connect.
    package enum ListenAddress: Sendable, Hashable {
        case host(String, port: Int)
        case unixSocket(path: String)
    }

    package var listen: [ListenerSettings]
    package var limits: ConnectionLimits
    /// How often the files of certificates are looked at.
    package var certificateInterval = Duration.seconds(2)
    package var trustedProxies: [AddressBlock]
    /// The field in which these proxies say whom a request came from.
    package var clientAddressHeader: ClientAddress.Header
    package var routes: RouteTable
    package var upstreams: [UpstreamSettings]
    /// What guards the endpoints that take a password.
    package var credentialPolicies: [LimitPolicy]
    /// What registering meets besides these.
    package var registrationPolicies: [LimitPolicy]
    /// What guards the gateway's other endpoints that need a session.
    package var endpointPolicies: [LimitPolicy]
    package var sessions: SessionPolicy
    package var admission = AdmissionSettings()
    package var records = RecordSettings()
    /// Requests refused by a limit that leave a security event, a second and event loop.
    package var auditedRefusals: Int
    /// The `iss` of assertions.
    package var issuer: String
    /// Signs assertions. The first is used; all are published.
    package var signingKey: AssertionSigningKey

    package init(
        listen: [ListenerSettings], limits: ConnectionLimits = .init(), trustedProxies: [AddressBlock] = [],
        clientAddressHeader: ClientAddress.Header = .xForwardedFor,
        routes: RouteTable, upstreams: [UpstreamSettings], credentialPolicies: [LimitPolicy] = [],
        registrationPolicies: [LimitPolicy] = [],
        endpointPolicies: [LimitPolicy] = [], sessions: SessionPolicy = .init(), auditedRefusals: Int = 1,
        issuer: String = "fillgate",
        signingKey: AssertionSigningKey
    ) {
        self.listen = listen
        self.limits = limits
        self.trustedProxies = trustedProxies
        self.clientAddressHeader = clientAddressHeader
        self.routes = routes
        self.upstreams = upstreams
        self.credentialPolicies = credentialPolicies
        self.registrationPolicies = registrationPolicies
        self.endpointPolicies = endpointPolicies
        self.sessions = sessions
        self.auditedRefusals = auditedRefusals
        self.issuer = issuer
        self.signingKey = signingKey
    }
}

extension GatewaySettings {
    /// The settings under what operators have changed.
    func overridden(by overrides: [LimitOverride]) -> GatewaySettings {
        guard !overrides.isEmpty else { return self }
        var settings = self
        settings.routes = RouteTable(routes.routes.map { $0.overridden(by: overrides) })
        settings.credentialPolicies = credentialPolicies.map { $0.overridden(by: overrides) }
        settings.endpointPolicies = endpointPolicies.map { $0.overridden(by: overrides) }
        return settings
    }
}

/// What the wiring gives each event loop: its own store and the endpoints built on it.
package struct LoopServices {
    package var store: any RequestStore
    package var endpoints: [Endpoint]
    /// How well ends of sessions are heard of that others decide; nil where nobody else does.
    package var pulse: ChannelPulse?
    /// Told once which executor runs the loop's tasks, so that the store's replies can wake them in the same
    /// call.
    package var attach: (LoopExecutor) -> Void
    /// Whether the store can be asked now. A reload waits for a new store a moment before it relies on it.
    package var isReachable: () -> Bool
    /// Told of an API key that is used from an address from which it was not before. Several requests at
    /// once may each be the first.
    package var onKeyUsedFirst: (Session, IPAddress, RequestID) -> Void
    /// Takes a security event; returns at once.
    package var audit: (AuditEvent) -> Void
    /// What the services have counted. Called on the loop, for each scrape of the metrics.
    package var status: () -> ServiceStatus

    package init(
        store: any RequestStore, endpoints: [Endpoint], pulse: ChannelPulse? = nil,
        isReachable: @escaping () -> Bool = { true },
        attach: @escaping (LoopExecutor) -> Void = { _ in },
        onKeyUsedFirst: @escaping (Session, IPAddress, RequestID) -> Void = { _, _, _ in },
        audit: @escaping (AuditEvent) -> Void = { _ in },
        status: @escaping () -> ServiceStatus = { ServiceStatus() }
    ) {
        self.store = store
        self.endpoints = endpoints
        self.pulse = pulse
        self.isReachable = isReachable
        self.attach = attach
        self.onKeyUsedFirst = onKeyUsedFirst
        self.audit = audit
        self.status = status
    }
}
