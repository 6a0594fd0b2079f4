package import GatewayCore
package import NIOCore

// What happens to a connection between being accepted and being served.
extension GatewayLoop {
    /// Sets a new channel up; on the loop, before the channel is active.
    nonisolated func receive(
        _ channel: any Channel, _ front: Listener.Front, _ connections: ConnectionCounter,
        from peer: IPAddress? = nil
    ) throws {
        let peer = peer ?? channel.remoteAddress.flatMap(IPAddress.init(socket:)) ?? .loopback
        guard front.tls == nil, !front.settings.proxyProtocol else {
            let connection = EdgeConnection(self, front, connections, peer: peer)
            return try channel.pipeline.syncOperations.addHandler(connection)
        }
        let wire = Wire(highWater: state.settings.limits.inboundHighWater)
        // Only now does it count: a channel that never becomes active would never be counted off.
        wire.onActive = { wire in self.admit(wire, ClientEnd(peer: peer), connections) }
        try channel.pipeline.syncOperations.addHandler(wire)
    }

    /// Serves a connection within the bounds; tells one that is over them so, and closes those that are over
    /// the bound on being told.
    private nonisolated func admit(_ wire: Wire, _ end: ClientEnd, _ connections: ConnectionCounter) {
        // Accepted before the listener closed, and here too late to be cut off with the others.
        guard !state.wasCutOff else { return wire.close() }
        let settings = state.settings
        let admission = connections.enter(
            end.peer, within: settings.limits, exempt: settings.trustedProxies)
        switch admission {
        case .served:
            state.edge.counts.accepted += 1
            begin(wire, end: end, refusal: nil) { connections.leave(end.peer) }
        case .turnedAway:
            state.edge.counts.turnedAway += 1
            begin(wire, end: end, refusal: .tooManyConnections) { connections.leaveTurnedAway() }
        case .dropped:
            state.edge.counts.dropped += 1
            wire.close()
        }
    }
}

extension ConnectionLimits {
    /// What a wire reads ahead: a whole head must fit, whatever the bound on bodies is.
    var inboundHighWater: Int { max(bufferedBody, requestLine + headerSize + 64) }
}

extension IPAddress {
    /// The address of a socket; nil for a Unix socket.
    package init?(socket: SocketAddress) {
        switch socket {
        case .v4(let address): self.init(v4: UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address):
            let words = withUnsafeBytes(of: address.address.sin6_addr) { bytes in
                // SAFETY: an in6_addr has 16 bytes.
                (
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
            self.init(high: words.0, low: words.1)
        case .unixDomainSocket: return nil
        }
    }
}
