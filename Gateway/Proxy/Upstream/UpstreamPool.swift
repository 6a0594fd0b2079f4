import DequeModule
import GatewayCore
import NIOCore
import NIOPosix

/// A connection to an upstream: a wire, whence it came, and whether it has carried a request before.
final class UpstreamConnection {
    let wire: Wire
    fileprivate let address: Int
    fileprivate(set) var isReused = false
    fileprivate var idleSince: UInt64 = 0

    fileprivate init(wire: Wire, address: Int) {
        self.wire = wire
        self.address = address
    }
}

/// One loop's connections to one upstream. It bounds the requests under way there and those that wait for
/// their turn, so that a thousand clients do not meet thirty database connections.
final class UpstreamPool {
    let settings: UpstreamSettings
    private let eventLoop: any EventLoop
    /// Bytes that a connection reads ahead.
    let highWater: Int
    /// This loop's share of the worker's bounds.
    private let mostInUse: Int
    private let mostQueued: Int
    /// Most recently used last, so that the pool shrinks to what the load needs.
    private var idle: [UpstreamConnection] = []
    /// Requests that hold a place, whether or not they have a connection yet.
    private(set) var inUse = 0
    private var queue = Deque<Ticket>()
    private var endpoints: [EndpointState]
    /// Whether a newer configuration has no use for it: requests that have it finish, and no connection is kept.
    private var isRetired = false

    private struct EndpointState {
        let address: UpstreamSettings.Address
        var outstanding = 0
        /// Not to be tried before this moment, after it refused a connection.
        var avoidUntil: UInt64 = 0
    }

    /// A request's place in the queue.
    private final class Ticket {
        let waiter: Waiter
        var isGranted = false
        init(_ waiter: Waiter) { self.waiter = waiter }
    }

    private static let avoidance: UInt64 = 1_000_000_000

    init(_ settings: UpstreamSettings, eventLoop: any EventLoop, loops: Int, highWater: Int) {
        self.settings = settings
        self.eventLoop = eventLoop
        self.highWater = highWater
        mostInUse = max(1, settings.maxConnections / loops)
        mostQueued = settings.queue / loops
        endpoints = settings.addresses.map { EndpointState(address: $0) }
    }

    /// A connection that is ready for a request. `fresh` asks for one that has not carried any.
    ///
    /// Throws `upstreamBusy` when the queue is full or the wait in it too long, `upstreamUnreachable` when no
    /// address takes a connection, `upstreamTimeout` when the last one tried did not answer in time.
    func acquire(_ waiter: Waiter, fresh: Bool) async throws(Refusal) -> UpstreamConnection {
        if inUse >= mostInUse { try await queueUp(waiter) } else { inUse += 1 }
        if !fresh, let connection = takeIdle() {
            connection.wire.waiter = waiter
            endpoints[connection.address].outstanding += 1
            return connection
        }
        do {
            return try await connect(waiter)
        } catch {
            leave()
            throw error
        }
    }

    /// Gives a connection back after its request. One that may not be reused is closed.
    func release(_ connection: UpstreamConnection, reusable: Bool) {
        let wire = connection.wire
        wire.waiter = nil
        endpoints[connection.address].outstanding -= 1
        if reusable, !isRetired, !wire.isClosed, !wire.inputEnded, wire.inbound.readableBytes == 0 {
            connection.isReused = true
            connection.idleSince = Clock.monotonic
            idle.append(connection)
        } else {
            wire.close()
        }
        leave()
    }

    /// Closes what has been idle for too long. Called now and then.
    func sweep(now: UInt64) {
        let limit = settings.idleTimeout.nanoseconds
        guard let first = idle.first, first.wire.isClosed || now - min(now, first.idleSince) > limit else {
            return
        }
        idle.removeAll { connection in
            let isOver = connection.wire.isClosed || now - min(now, connection.idleSince) > limit
            if isOver { connection.wire.close() }
            return isOver
        }
    }

    /// Keeps no connection from now on. Requests that were matched to it, also those that wait in its queue, are
    /// served to their end.
    func retire() {
        isRetired = true
        closeIdle()
    }

    func closeIdle() {
        for connection in idle { connection.wire.close() }
        idle.removeAll()
    }

    /// Requests at each address.
    var outstanding: [Int] { endpoints.map(\.outstanding) }
    /// Requests in the queue.
    var queued: Int { queue.count }
    /// Connections that wait for a request.
    var idleCount: Int { idle.count }

    private func takeIdle() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            // A connection that was closed or that speaks unasked is of no use.
            if !connection.wire.isClosed, !connection.wire.inputEnded,
                connection.wire.inbound.readableBytes == 0
            {
                return connection
            }
            connection.wire.close()
        }
        return nil
    }

    private func queueUp(_ waiter: Waiter) async throws(Refusal) {
        guard queue.count < mostQueued else { throw .upstreamBusy }
        let ticket = Ticket(waiter)
        queue.append(ticket)
        let deadline = Clock.monotonic + settings.queueTimeout.nanoseconds
        while !ticket.isGranted {
            let isLate = await waiter.wait(until: deadline)
            // A client that has gone is not worth a place.
            if isLate || waiter.isClientGone, !ticket.isGranted {
                queue.removeAll { $0 === ticket }
                throw .upstreamBusy
            }
        }
    }

    /// Hands the place of a finished request to the next in the queue.
    private func leave() {
        if let ticket = queue.popFirst() {
            ticket.isGranted = true
            ticket.waiter.wake()
        } else {
            inUse -= 1
        }
    }

    private func connect(_ waiter: Waiter) async throws(Refusal) -> UpstreamConnection {
        var refusal = Refusal.upstreamUnreachable
        for index in addressesByPreference() {
            do {
                return try await connect(to: index, waiter)
            } catch {
                endpoints[index].avoidUntil = Clock.monotonic + Self.avoidance
                refusal = error
            }
        }
        throw refusal
    }

    /// Fewest outstanding requests first; those that just failed last.
    private func addressesByPreference() -> [Int] {
        guard endpoints.count > 1 else { return [0] }
        let now = Clock.monotonic
        return endpoints.indices.sorted { left, right in
            let leftAvoided = endpoints[left].avoidUntil > now
            let rightAvoided = endpoints[right].avoidUntil > now
            if leftAvoided != rightAvoided { return rightAvoided }
            return endpoints[left].outstanding < endpoints[right].outstanding
        }
    }

    private func connect(to index: Int, _ waiter: Waiter) async throws(Refusal) -> UpstreamConnection {
        let wire = Wire(highWater: highWater)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(Int64(settings.connectTimeout.nanoseconds)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(wire) }
            }
        let attempt = ConnectAttempt(waiter)
        Self.open(bootstrap, endpoints[index].address).whenComplete { attempt.finish($0) }
        while attempt.result == nil { _ = await waiter.wait(until: .max) }
        switch attempt.result {
        case .success, nil:
            wire.waiter = waiter
            endpoints[index].outstanding += 1
            return UpstreamConnection(wire: wire, address: index)
        case .failure(let error):
            if case .some(.connectTimeout) = error as? ChannelError { throw .upstreamTimeout }
            throw .upstreamUnreachable
        }
    }

    private static func open(
        _ bootstrap: ClientBootstrap, _ address: UpstreamSettings.Address
    ) -> EventLoopFuture<any Channel> {
        switch address {
        case .unixSocket(let path): bootstrap.connect(unixDomainSocketPath: path)
        case .host(let host, let port):
            if let numeric = try? SocketAddress(ipAddress: host, port: port) {
                bootstrap.connect(to: numeric)
            } else {
                bootstrap.connect(host: host, port: port)
            }
        }
    }

    /// The outcome of opening a connection, and who waits for it.
    private final class ConnectAttempt: @unchecked Sendable {
        // SAFETY: the future completes on the pool's event loop, where the waiting task runs too.
        private let waiter: Waiter
        private(set) var result: Result<any Channel, any Error>?

        init(_ waiter: Waiter) { self.waiter = waiter }

        func finish(_ result: Result<any Channel, any Error>) {
            self.result = result
            waiter.wake()
        }
    }
}
