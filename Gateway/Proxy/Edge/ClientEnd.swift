package import GatewayCore

/// What is known of the other end of a client's connection before it has asked for anything.
package struct ClientEnd: Sendable, Hashable {
    /// The framing that was agreed on.
    package enum Version: Sendable, Hashable {
        case http1, http2
    }

    /// The connection's source, or what a PROXY header says it is.
    package var peer: IPAddress
    /// Whether the gateway itself decrypts what comes.
    package var isSecure: Bool
    package var version: Version

    package init(peer: IPAddress, isSecure: Bool = false, version: Version = .http1) {
        self.peer = peer
        self.isSecure = isSecure
        self.version = version
    }
}
