package import GatewayCore
package import Logging
package import NIOCore
package import NIOPosix
import Synchronization

/// The gateway's public side: its listeners, one `LoopState` an event loop, and the end of both.
///
/// A connection belongs to the loop that NIO gave it to and never leaves it.
package final class Gateway: Sendable {
    let loops: [GatewayLoop]
    private let edge: Edge
    private let listeners = Mutex<[Listener]>([])
    /// Looks at the files of certificates.
    private let watch = Mutex<Task<Void, Never>?>(nil)
    private let logger: Logger
    /// What the worker knows of its upstreams.
    package let upstreams: UpstreamWatch

    /// Why the gateway could not start.
    package enum StartFault: Error, CustomStringConvertible {
        case cannotListen(address: String, reason: String)
        /// The listener's TLS does not load.
        case cannotUse(address: String, TLSFault)
        /// The certificates towards an upstream do not load.
        case cannotEncrypt(UpstreamTLSFault)

        package var description: String {
            switch self {
            case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
            case .cannotUse(let address, let fault): "cannot listen on \(address) with TLS: \(fault)"
            case .cannotEncrypt(let fault): fault.description
            }
        }
    }

    private init(loops: [GatewayLoop], edge: Edge, upstreams: UpstreamWatch, logger: Logger) {
        self.loops = loops
        self.upstreams = upstreams
        self.edge = edge
        self.logger = logger
    }

    /// Starts listening. `services` is called once on each event loop and makes what that loop owns.
    /// `upstreams` is taken over, and stopped with the gateway. `inherited` are sockets that are bound already, by the
    /// address that they stand for.
    package static func start(
        _ settings: GatewaySettings, on group: MultiThreadedEventLoopGroup,
        upstreams: UpstreamWatch? = nil, accessLog: AccessLogSink?, logger: Logger,
        inherited: [GatewaySettings.ListenAddress: CInt] = [:],
        services: @escaping @Sendable (any EventLoop) -> LoopServices
    ) async throws -> Gateway {
        let upstreams = upstreams ?? UpstreamWatch(group: group, logger: logger)
        do throws(UpstreamTLSFault) { try await upstreams.watch(settings.upstreams) } catch {
            upstreams.stop()
            throw StartFault.cannotEncrypt(error)
        }
        let eventLoops = Array(group.makeIterator())
        var loops: [GatewayLoop] = []
        for (index, eventLoop) in eventLoops.enumerated() {
            let loop = try await eventLoop.submit {
                let state = LoopState(
                    settings: settings, executor: LoopExecutor(eventLoop), services: services(eventLoop),
                    share: LoopShare(index: index, count: eventLoops.count), upstreams: upstreams,
                    accessLog: AccessLog(sink: accessLog), logger: logger)
                state.start()
                return GatewayLoop(state: state)
            }.get()
            loops.append(loop)
        }
        let gateway = Gateway(
            loops: loops,
            edge: Edge(group: group, loops: loops, connections: ConnectionCounter(), logger: logger),
            upstreams: upstreams, logger: logger)
        gateway.hearOfUpstreams(settings.upstreams)
        do {
            for listener in settings.listen {
                try await gateway.open(listener, descriptor: inherited[listener.address])
            }
        } catch {
            for listener in gateway.listening { await gateway.close(listener) }
            upstreams.stop()
            for loop in loops { loop.executor.eventLoop.execute { loop.state.stop() } }
            throw error
        }
        gateway.watchCertificates(every: settings.certificateInterval)
        return gateway
    }

    /// Has every loop told what is found out, and first what was found out since the loops were made.
    private func hearOfUpstreams(_ settings: [UpstreamSettings]) {
        let loops = loops
        upstreams.onReport { report in
            for loop in loops { loop.executor.eventLoop.execute { loop.state.hear(report) } }
        }
        for loop in loops {
            loop.executor.eventLoop.execute { [upstreams] in
                for upstream in settings { loop.state.hear(upstreams.report(of: upstream)) }
            }
        }
    }

    // MARK: Sessions that end elsewhere

    /// Sessions and API keys that have ended: every loop forgets them and ends what they hold open.
    package func sessionsEnded(_ digests: [SessionDigest]) {
        for loop in loops { loop.executor.eventLoop.execute { loop.state.sessionsEnded(digests) } }
    }

    /// Sessions that were changed: no loop serves by what it remembers of them.
    package func sessionsChanged(_ digests: [SessionDigest]) {
        for loop in loops {
            Task(executorPreference: loop.executor) { await loop.sessionsChanged(digests) }
        }
    }

    /// Ends of sessions may have gone unheard: every loop asks the store for those that hold something open.
    package func recheckSessions() {
        for loop in loops {
            Task(executorPreference: loop.executor) { await loop.recheckHeldStreams() }
        }
    }

    // MARK: Certificates

    /// Loads the certificates of every listener anew. Throws the first that does not load, when all were tried;
    /// a listener whose certificate does not load goes on with the one before.
    package func reloadCertificates() throws(TLSFault) {
        var first: TLSFault?
        for listener in listening {
            do throws(TLSFault) { try listener.reloadCertificates() } catch { first = first ?? error }
        }
        if let first { throw first }
    }

    private func watchCertificates(every interval: Duration) {
        let task = Task { [weak self] in
            while (try? await Task.sleep(for: interval)) != nil, let listening = self?.listening {
                for listener in listening { listener.lookAtCertificates(now: Clock.now) }
            }
        }
        watch.withLock { $0 = task }
    }

    // MARK: Listeners

    /// Those that listen now.
    package var listening: [Listener] { listeners.withLock { $0 } }

    /// Addresses that are listened on, with the ports that the system chose where 0 was asked for.
    package var boundAddresses: [SocketAddress] { listening.compactMap(\.boundAddress) }

    /// Listens on one more address, or on the bound socket `descriptor`.
    @discardableResult
    package func open(
        _ settings: ListenerSettings, descriptor: CInt? = nil
    ) async throws(StartFault) -> Listener {
        let listener = try await Listener.open(settings, descriptor: descriptor, on: edge)
        listeners.withLock { $0.append(listener) }
        return listener
    }

    /// Takes no more connections on `listener`; those that are there stay.
    package func close(_ listener: Listener) async {
        listeners.withLock { $0.removeAll { $0 === listener } }
        await listener.close()
    }

    /// Connections that are open now.
    package var openConnections: Int { edge.connections.count }

    /// Ends every connection that is still there, whatever it is doing.
    package func cutOff() {
        for loop in loops { loop.executor.eventLoop.execute { loop.state.cutOff() } }
    }

    /// Stops accepting, lets every request under way finish, and returns when the last connection is gone or
    /// `timeout` is over; answers whether all of them finished. Idle connections end at once.
    @discardableResult
    package func drain(within timeout: Duration) async -> Bool {
        watch.withLock { $0?.cancel() }
        for listener in listening { await close(listener) }
        let drained = loops.map { loop in
            loop.executor.eventLoop.flatSubmit { loop.state.drain() }
        }
        let all = EventLoopFuture.andAllComplete(drained, on: loops[0].executor.eventLoop)
        let cutOff = loops[0].executor.eventLoop.scheduleTask(in: .nanoseconds(Int64(timeout.nanoseconds))) {
            self.cutOff()
        }
        try? await all.get()
        cutOff.cancel()
        upstreams.stop()
        for loop in loops { try? await loop.executor.eventLoop.submit { loop.state.stop() }.get() }
        return loops.allSatisfy { !$0.state.wasCutOff }
    }
}
