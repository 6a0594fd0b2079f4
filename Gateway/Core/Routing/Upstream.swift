/// A service behind the gateway.
package struct UpstreamSettings: Sendable, Hashable {
    /// Where an upstream listens.
    package enum Address: Sendable, Hashable, CustomStringConvertible {
        /// A host name or an address, and a port.
        case host(String, port: Int)
        case unixSocket(path: String)

        package var description: String {
            switch self {
            case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unixSocket(let path): "unix://\(path)"
            }
        }
    }

    /// The name by which routes refer to it, and the `aud` of its assertions.
    package var name: String
    /// At least one; a request goes to that with the fewest outstanding.
    package var addresses: [Address]
    /// How long a connection may take to be made, TLS included; beyond it 504.
    package var connectTimeout: Duration
    /// From the last byte of a request to the first of its response, and between two parts of a response.
    package var responseTimeout: Duration
    /// Requests that one worker may have under way here, and connections that it may have open.
    package var maxConnections: Int
    /// Requests that may wait for one of these; beyond it 503 `upstream-busy`.
    package var queue: Int
    /// How long a request may wait in the queue.
    package var queueTimeout: Duration
    /// How long an unused connection is kept.
    package var idleTimeout: Duration
    /// How long any connection is used.
    package var maxLifetime: Duration
    /// How often host names are looked up again.
    package var resolveInterval: Duration
    /// Whether requests carry `X-Fillgate-Assertion`. Without it the upstream does not learn who asks.
    package var assertion: Bool
    package var health: HealthPolicy
    package var ejection: EjectionPolicy
    package var breaker: BreakerPolicy
    package var tls: UpstreamTLS

    package init(
        name: String, addresses: [Address], connectTimeout: Duration = .seconds(1),
        responseTimeout: Duration = .seconds(30), maxConnections: Int = 512, queue: Int = 1024,
        queueTimeout: Duration = .seconds(5), idleTimeout: Duration = .seconds(30),
        maxLifetime: Duration = .seconds(3_600), resolveInterval: Duration = .seconds(30),
        assertion: Bool = true, health: HealthPolicy = .init(), ejection: EjectionPolicy = .init(),
        breaker: BreakerPolicy = .init(), tls: UpstreamTLS = .init()
    ) {
        self.name = name
        self.addresses = addresses
        self.connectTimeout = connectTimeout
        self.responseTimeout = responseTimeout
        self.maxConnections = maxConnections
        self.queue = queue
        self.queueTimeout = queueTimeout
        self.idleTimeout = idleTimeout
        self.maxLifetime = maxLifetime
        self.resolveInterval = resolveInterval
        self.assertion = assertion
        self.health = health
        self.ejection = ejection
        self.breaker = breaker
        self.tls = tls
    }
}

/// How connections to an upstream are encrypted.
package struct UpstreamTLS: Sendable, Hashable {
    package var isEnabled: Bool
    /// Files in PEM. Without `ca` the system's authorities are believed.
    package var ca: String?
    /// What the gateway shows of itself: a certificate with its chain, and its key.
    package var certificate: String?
    package var key: String?
    /// The name that the upstream's certificate must bear, where it is not that of the address.
    package var serverName: String?
    /// Takes whatever certificate is shown. Anybody on the way can then read and change everything.
    package var insecureSkipVerify: Bool

    package init(
        isEnabled: Bool = false, ca: String? = nil, certificate: String? = nil, key: String? = nil,
        serverName: String? = nil, insecureSkipVerify: Bool = false
    ) {
        self.isEnabled = isEnabled
        self.ca = ca
        self.certificate = certificate
        self.key = key
        self.serverName = serverName
        self.insecureSkipVerify = insecureSkipVerify
    }
}
