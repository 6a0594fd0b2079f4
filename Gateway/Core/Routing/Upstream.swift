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
    /// At least one; requests go to that with the fewest outstanding.
    package var addresses: [Address]
    package var connectTimeout: Duration
    /// From the last byte of a request to the first of its response, and between two parts of a response.
    package var responseTimeout: Duration
    /// Requests that one worker may have under way here.
    package var maxConnections: Int
    /// Requests that may wait for one of these; beyond it 503 `upstream-busy`.
    package var queue: Int
    /// How long a request may wait in the queue.
    package var queueTimeout: Duration
    /// How long an unused connection is kept.
    package var idleTimeout: Duration
    /// Whether requests carry `X-Fillgate-Assertion`. Without it the upstream does not learn who asks.
    package var assertion: Bool
    /// The path that tells whether it is ready; asked whenever readiness is asked for.
    package var healthPath: String
    /// Read and checked; for probes on a schedule, which there are none of yet.
    package var healthInterval: Duration

    package init(
        name: String, addresses: [Address], connectTimeout: Duration = .seconds(1),
        responseTimeout: Duration = .seconds(30), maxConnections: Int = 512, queue: Int = 1024,
        queueTimeout: Duration = .seconds(5), idleTimeout: Duration = .seconds(30), assertion: Bool = true,
        healthPath: String = "/ready", healthInterval: Duration = .seconds(5)
    ) {
        self.name = name
        self.addresses = addresses
        self.connectTimeout = connectTimeout
        self.responseTimeout = responseTimeout
        self.maxConnections = maxConnections
        self.queue = queue
        self.queueTimeout = queueTimeout
        self.idleTimeout = idleTimeout
        self.assertion = assertion
        self.healthPath = healthPath
        self.healthInterval = healthInterval
    }
}
