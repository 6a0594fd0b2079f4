/// One listener: where it listens, and what connections to it begin with.
package struct ListenerSettings: Sendable, Hashable {
    package var address: GatewaySettings.ListenAddress
    /// Nil: plain HTTP.
    package var tls: TLSSettings?
    /// Whether TLS clients are offered HTTP/2.
    package var http2: Bool
    /// Whether every connection begins with a PROXY header.
    package var proxyProtocol: Bool
    /// Whether other processes may listen on the same port, and the kernel shares the connections out.
    package var reusePort: Bool

    package init(
        address: GatewaySettings.ListenAddress, tls: TLSSettings? = nil, http2: Bool = true,
        proxyProtocol: Bool = false, reusePort: Bool = false
    ) {
        self.address = address
        self.tls = tls
        self.http2 = http2
        self.proxyProtocol = proxyProtocol
        self.reusePort = reusePort
    }
}

/// How a listener speaks TLS: files, which are read anew when they change.
package struct TLSSettings: Sendable, Hashable {
    /// Whether clients show certificates.
    package enum ClientCertificate: String, Sendable, Hashable, CaseIterable {
        case none, optional, required
    }

    package enum MinVersion: String, Sendable, Hashable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// PEM: the server's certificate first, then the chain to its root.
    package var certificate: String
    /// PEM, unencrypted, readable by its owner alone.
    package var key: String
    /// PEM: the authorities whose word on clients counts.
    package var clientCA: String?
    package var clientCertificate: ClientCertificate
    package var minVersion: MinVersion

    package init(
        certificate: String, key: String, clientCA: String? = nil,
        clientCertificate: ClientCertificate = .none, minVersion: MinVersion = .tls12
    ) {
        self.certificate = certificate
        self.key = key
        self.clientCA = clientCA
        self.clientCertificate = clientCertificate
        self.minVersion = minVersion
    }
}
