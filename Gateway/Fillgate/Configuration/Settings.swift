import GatewayCore
import GatewayProxy

/// Everything that the gateway can be told, with its defaults.
struct Settings: Sendable, Hashable {
    var listen = [ListenSettings()]
    var operations = OperationsSettings()
    var redis = RedisSettings()
    var dataDirectory = "/var/lib/fillgate"
    /// `iss` of the assertions.
    var issuer = "fillgate"
    var trustedProxies: [AddressBlock] = []
    var clientAddressHeader = ClientAddress.Header.xForwardedFor
    /// Zero: one per processor.
    var eventLoops = 0
    /// From not being ready to taking no more connections.
    var drainDelay = Duration.zero
    var drainTimeout = Duration.seconds(30)
    var connections = ConnectionLimits()
    var sessions = SessionPolicy()
    var keys = KeyPolicy()
    var login = LoginSettings()
    var endpoints = EndpointSettings()
    var limits = [LimitEntry.address, .login, .api]
    var admission = AdmissionSettings()
    var records = RecordSettings()
    var upstreams = [UpstreamSettings.scheduler]
    var routes = [RouteEntry.api, .app]
    var log = LogSettings()
    var audit = AuditSettings()
}

/// One listener.
struct ListenSettings: Sendable, Hashable {
    var address = UpstreamSettings.Address.host("127.0.0.1", port: 8080)
    var tls: TLSSettings?
    var http2 = true
    var proxyProtocol = false
    var reusePort = false
    /// Of the socket that the service manager may pass on for it.
    var name: String?

    var isUnixSocket: Bool { if case .unixSocket = address { true } else { false } }
}

/// The gateway's own endpoints.
struct EndpointSettings: Sendable, Hashable {
    /// Policies of the endpoints that take credentials; nil: `login`.
    var credentialLimits: [String]?
    /// Policies of those that need a session; nil: `address` and `api`, as far as there are such.
    var limits: [String]?

    static let usualLimits = ["address", "api"]
}

/// The listener for operators.
struct OperationsSettings: Sendable, Hashable {
    var address = UpstreamSettings.Address.host("127.0.0.1", port: 9901)
}

struct LogSettings: Sendable, Hashable {
    enum Level: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
    enum Format: String, Sendable, CaseIterable { case json, text }

    var level = Level.info
    var format = Format.json
    /// Whether every request leaves a record.
    var access = true
}

extension UpstreamSettings {
    /// What an upstream has that does not say otherwise.
    static let blank = UpstreamSettings(name: "", addresses: [])
    static let scheduler = UpstreamSettings(name: "scheduler", addresses: [.host("127.0.0.1", port: 8081)])
}
