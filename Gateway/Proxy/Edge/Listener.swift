import GatewayCore
import Logging
package import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// What all listeners of a gateway share.
package final class Edge: Sendable {
    let group: MultiThreadedEventLoopGroup
    let connections: ConnectionCounter
    let logger: Logger
    private let loops: [ObjectIdentifier: GatewayLoop]

    init(
        group: MultiThreadedEventLoopGroup, loops: [GatewayLoop], connections: ConnectionCounter,
        logger: Logger
    ) {
        self.group = group
        self.connections = connections
        self.logger = logger
        self.loops = Dictionary(
            uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.executor.eventLoop), $0) })
    }

    func loop(of channel: any Channel) throws -> GatewayLoop {
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else {
            throw ChannelError.inappropriateOperationForState
        }
        return loop
    }
}

/// One socket that takes connections. What a new connection meets can be replaced while it listens; those
/// that are there go on as they began.
package final class Listener: Sendable {
    /// What a connection meets: read once for each.
    struct Front: Sendable {
        var settings: ListenerSettings
        /// Nil: plain HTTP.
        var tls: CertificateStore?
        var logger: Logger

        init(_ settings: ListenerSettings, _ logger: Logger) throws(TLSFault) {
            self.settings = settings
            self.logger = logger
            if let tls = settings.tls {
                self.tls = try CertificateStore(tls, http2: settings.http2, logger: logger)
            }
        }
    }

    /// As it was configured: what tells listeners apart.
    package let address: GatewaySettings.ListenAddress
    private let front: Mutex<Front>
    private let channel = Mutex<(any Channel)?>(nil)

    private let edge: Edge
    /// In place of the channel where other processes may hold the same socket.
    private let acceptor = Mutex<(acceptor: SharedAcceptor, address: SocketAddress?)?>(nil)
    private let logger: Logger

    private init(_ front: Front, on edge: Edge) {
        self.edge = edge
        address = front.settings.address
        logger = front.logger
        self.front = Mutex(front)
    }

    /// Begins to listen. `descriptor` is a socket that is bound already, such as one that systemd hands over;
    /// it becomes the listener's, and its address counts instead of the configured one.
    package static func open(
        _ settings: ListenerSettings, descriptor: CInt? = nil, on edge: Edge
    ) async throws(Gateway.StartFault) -> Listener {
        let front: Front
        do throws(TLSFault) { front = try Front(settings, edge.logger) } catch {
            throw .cannotUse(address: settings.address.description, error)
        }
        let listener = Listener(front, on: edge)
        if let descriptor {
            try listener.share(descriptor)
            return listener
        }
        let bootstrap = ServerBootstrap(group: edge.group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptCount())
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.recvAllocator, value: Self.receiveBuffers)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try edge.loop(of: channel).receive(channel, listener.current, edge.connections)
                }
            }
        do {
            let channel = try await bind(bootstrap, settings)
            listener.channel.withLock { $0 = channel }
        } catch {
            throw .cannotListen(address: settings.address.description, reason: "\(error)")
        }
        return listener
    }

    /// Accepts from `descriptor`, a listening socket that other processes may hold too.
    private func share(_ descriptor: CInt) throws(Gateway.StartFault) {
        let edge = edge
        let address = SocketAddress.bound(to: descriptor)
        let acceptor = SharedAcceptor(descriptor, on: edge.group.next()) { [weak self] connection, peer in
            let front = self?.current
            return ClientBootstrap(group: edge.group.next())
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelOption(.recvAllocator, value: Self.receiveBuffers)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard let front else { throw ChannelError.ioOnClosedChannel }
                        try edge.loop(of: channel)
                            .receive(channel, front, edge.connections, from: peer)
                    }
                }
                .withConnectedSocket(connection)
        }
        guard let acceptor else {
            throw .cannotListen(address: self.address.description, reason: "no thread for it")
        }
        self.acceptor.withLock { $0 = (acceptor, address) }
    }

    /// A channel keeps its receive buffer while it is idle. Most heads fit into the first one; what reads bodies
    /// gets larger ones.
    private static var receiveBuffers: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1_024, maximum: 64 << 10)
    }

    private static func bind(
        _ bootstrap: ServerBootstrap, _ settings: ListenerSettings
    ) async throws -> any Channel {
        switch settings.address {
        case .host(let host, let port):
            var bootstrap = bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            if settings.reusePort {
                let reusePort = NIOBSDSocket.Option(rawValue: SO_REUSEPORT)
                bootstrap = bootstrap.serverChannelOption(.socketOption(reusePort), value: 1)
            }
            return try await bootstrap.bind(host: host, port: port).get()
        case .unixSocket(let path):
            return try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
    }

    /// Where it listens, with the port that the system chose; nil once it is closed.
    package var boundAddress: SocketAddress? {
        channel.withLock { $0?.localAddress } ?? acceptor.withLock { $0?.address }
    }

    var current: Front { front.withLock { $0 } }

    /// What connections would meet under `settings`, loaded and ready. Throws where certificates do not load.
    /// Unchanged TLS settings keep the certificates that are loaded. Of an address or `reuse-port` that differ only
    /// opening another listener takes notice.
    func front(for settings: ListenerSettings) throws(TLSFault) -> Front {
        var new = current
        if settings.tls != new.settings.tls || settings.http2 != new.settings.http2 {
            new = try Front(settings, logger)
        }
        new.settings = settings
        return new
    }

    /// Gives connections `front` from now on.
    func take(_ front: Front) { self.front.withLock { $0 = front } }

    /// Gives connections from now on `settings`. Throws where certificates do not load; then everything stays as
    /// it was.
    package func replace(_ settings: ListenerSettings) throws(TLSFault) { take(try front(for: settings)) }

    /// Loads the certificates anew. Throws where they do not load; then the ones before stay.
    package func reloadCertificates() throws(TLSFault) { try current.tls?.reload() }

    /// Loads certificates whose files have changed.
    func lookAtCertificates(now: Timestamp) { current.tls?.look(now: now) }

    /// Takes what waits and then no more connections. Those that are there stay.
    package func close() async {
        let channel = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        if let channel { await Self.close(channel, on: edge) }
        let acceptor = acceptor.withLock { acceptor in
            defer { acceptor = nil }
            return acceptor?.acceptor
        }
        await acceptor?.close()
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
