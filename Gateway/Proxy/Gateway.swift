import GatewayCore
package import Logging
package import NIOCore
package import NIOPosix

/// The gateway's public side: its listeners, one `LoopState` an event loop, and the end of both.
///
/// A connection belongs to the loop that NIO gave it to and never leaves it.
package final class Gateway: Sendable {
    let loops: [GatewayLoop]
    private let listeners: [any Channel]
    private let connections: ConnectionCounter
    private let logger: Logger
    /// Addresses that are listened on, with the ports that the system chose where 0 was asked for.
    package let boundAddresses: [SocketAddress]

    /// Why the gateway could not start.
    package enum StartFault: Error, CustomStringConvertible {
        case cannotListen(address: String, reason: String)

        package var description: String {
            switch self {
            case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
            }
        }
    }

    private init(
        loops: [GatewayLoop], listeners: [any Channel], connections: ConnectionCounter, logger: Logger
    ) {
        self.loops = loops
        self.listeners = listeners
        self.connections = connections
        self.logger = logger
        boundAddresses = listeners.compactMap(\.localAddress)
    }

    /// Starts listening. `services` is called once on each event loop and makes what that loop owns.
    package static func start(
        _ settings: GatewaySettings, on group: MultiThreadedEventLoopGroup, accessLog: AccessLogSink?,
        logger: Logger, services: @escaping @Sendable (any EventLoop) -> LoopServices
    ) async throws -> Gateway {
        let eventLoops = Array(group.makeIterator())
        var loops: [GatewayLoop] = []
        for eventLoop in eventLoops {
            let loop = try await eventLoop.submit {
                let state = LoopState(
                    settings: settings, executor: LoopExecutor(eventLoop), services: services(eventLoop),
                    loops: eventLoops.count, accessLog: AccessLog(sink: accessLog))
                state.start()
                return GatewayLoop(state: state)
            }.get()
            loops.append(loop)
        }
        let connections = ConnectionCounter(
            perAddress: settings.limits.perAddress, total: settings.limits.total,
            exempt: settings.trustedProxies)
        var listeners: [any Channel] = []
        do {
            for address in settings.listen {
                listeners.append(
                    try await listen(
                        on: address, group: group, loops: loops, connections: connections,
                        limits: settings.limits))
            }
        } catch {
            for listener in listeners { try? await listener.close() }
            for loop in loops { loop.executor.eventLoop.execute { loop.state.stop() } }
            throw error
        }
        return Gateway(loops: loops, listeners: listeners, connections: connections, logger: logger)
    }

    private static func listen(
        on address: GatewaySettings.ListenAddress, group: MultiThreadedEventLoopGroup, loops: [GatewayLoop],
        connections: ConnectionCounter, limits: ConnectionLimits
    ) async throws -> any Channel {
        let byLoop = Dictionary(
            uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.executor.eventLoop), $0) })
        // A whole head must fit, whatever the bound on bodies is.
        let highWater = max(limits.bufferedBody, limits.requestLine + limits.headerSize + 64)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = byLoop[ObjectIdentifier(channel.eventLoop)] else {
                        throw ChannelError.inappropriateOperationForState
                    }
                    let peer = channel.remoteAddress.flatMap(IPAddress.init(socket:)) ?? .loopback
                    let wire = Wire(highWater: highWater)
                    // Only now does it count: a channel that never becomes active would never be counted off.
                    wire.onActive = { wire in
                        let admission = connections.enter(peer)
                        loop.begin(wire, peer: peer, refusal: admission.refusal) {
                            if admission.isCounted { connections.leave(peer) }
                        }
                    }
                    try channel.pipeline.syncOperations.addHandler(wire)
                }
            }
        do {
            switch address {
            case .host(let host, let port): return try await bootstrap.bind(host: host, port: port).get()
            case .unixSocket(let path):
                return try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
                    .get()
            }
        } catch {
            throw StartFault.cannotListen(address: address.description, reason: "\(error)")
        }
    }

    /// Connections that are open now.
    package var openConnections: Int { connections.count }

    /// Stops accepting, lets every request under way finish, and returns when the last connection is gone or
    /// `timeout` is over; answers whether all of them finished. Idle connections end at once.
    @discardableResult
    package func drain(within timeout: Duration) async -> Bool {
        for listener in listeners { try? await listener.close() }
        let drained = loops.map { loop in
            loop.executor.eventLoop.flatSubmit { loop.state.drain() }
        }
        let all = EventLoopFuture.andAllComplete(drained, on: loops[0].executor.eventLoop)
        let cutOff = loops[0].executor.eventLoop.scheduleTask(in: .nanoseconds(Int64(timeout.nanoseconds))) {
            for loop in self.loops { loop.executor.eventLoop.execute { loop.state.cutOff() } }
        }
        try? await all.get()
        cutOff.cancel()
        for loop in loops { try? await loop.executor.eventLoop.submit { loop.state.stop() }.get() }
        return loops.allSatisfy { !$0.state.wasCutOff }
    }
}

extension GatewaySettings.ListenAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unixSocket(let path): "unix:\(path)"
        }
    }
}

extension IPAddress {
    /// The address of a socket; nil for a Unix socket.
    init?(socket: SocketAddress) {
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
