package import GatewayCore
package import NIOCore

/// What a worker knows of an upstream, as its loops and its readiness are told: the addresses that there are
/// now, how they are, and with what to encrypt.
package struct UpstreamReport: Sendable {
    package let settings: UpstreamSettings
    package var endpoints: [EndpointReport] = []
    /// Names that have never been resolved.
    package var unresolved: [String] = []
    var tls: UpstreamTLSContext?

    /// What can be told before anybody was asked: sockets and numeric addresses, but no names.
    init(_ settings: UpstreamSettings, tls: UpstreamTLSContext? = nil) {
        self.settings = settings
        self.tls = tls
        endpoints = settings.addresses.compactMap { address in
            address.numeric.map { EndpointReport(address: $0, host: nil) }
        }
        unresolved = settings.addresses.compactMap { $0.numeric == nil ? $0.description : nil }
    }

    /// What keeps requests from being answered, in words; nil where an address is well, or is there at all if
    /// nobody asks.
    package var problem: String? {
        if endpoints.contains(where: { $0.verdict == .healthy }) { return nil }
        if !settings.health.isOn, !endpoints.isEmpty { return nil }
        let faults =
            endpoints.map { "\($0.address.text) \($0.fault?.sentence ?? "has not been asked yet")" }
            + unresolved.map { "\($0) cannot be resolved" }
        return "upstream \(settings.name): \(faults.joined(separator: ", "))"
    }
}

/// One address of an upstream.
package struct EndpointReport: Sendable, Hashable {
    package var address: SocketAddress
    /// The name by which it was found.
    package var host: String?
    package var verdict = HealthState.Verdict.unknown
    /// Why the last check failed; nil where it did not.
    package var fault: UpstreamProbe.Fault?
}

extension UpstreamSettings.Address {
    /// The address of a socket, where no name has to be looked up for it.
    package var numeric: SocketAddress? {
        switch self {
        case .host(let host, let port): try? SocketAddress(ipAddress: host, port: port)
        case .unixSocket(let path): try? SocketAddress(unixDomainSocketPath: path)
        }
    }
}

extension SocketAddress {
    /// `127.0.0.1:8080`, `[::1]:8080` or `unix:///path`.
    package var text: String {
        guard let ipAddress, let port else { return "unix://\(pathname ?? "")" }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}
