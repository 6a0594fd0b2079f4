import GatewayCore
import NIOCore
import NIOPosix

// Making connections.
extension UpstreamPool {
    /// Addresses that one request is offered to at most.
    static let mostAttempts = 3

    /// A new connection: to `first`, or where that does not take it to another address.
    func connect(_ waiter: Waiter, to first: UpstreamEndpoint) async throws(Refusal) -> UpstreamConnection {
        var endpoint = first
        var tried: [UpstreamEndpoint] = []
        while true {
            makeRoom()
            endpoint.outstanding += 1
            do throws(Refusal) { return try await open(endpoint, waiter) } catch {
                endpoint.outstanding -= 1
                connectFailures += 1
                noteFailure(of: endpoint, isDecisive: true, at: Clock.monotonic)
                tried.append(endpoint)
                guard tried.count < Self.mostAttempts, !waiter.isClientGone, let next = choose(except: tried)
                else { throw error }
                endpoint = next
            }
        }
    }

    private func open(
        _ endpoint: UpstreamEndpoint, _ waiter: Waiter
    ) async throws(Refusal) -> UpstreamConnection {
        let begin = Clock.monotonic
        let wire = Wire(highWater: highWater)
        let attempt = ConnectAttempt(waiter)
        let isReady = eventLoop.makePromise(of: Void.self)
        let tls = tls
        let host = endpoint.host
        connects += 1
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(Int64(settings.connectTimeout.nanoseconds)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try tls.addHandlers(to: channel.pipeline.syncOperations, host: host, isReady: isReady)
                    }
                    try channel.pipeline.syncOperations.addHandler(wire)
                }
            }
            .connect(to: endpoint.address)
            .whenComplete { result in
                switch result {
                case .success where tls == nil: isReady.succeed()
                case .success: attempt.isConnected = true
                case .failure(let error): isReady.fail(error)
                }
            }
        isReady.futureResult.whenComplete { attempt.finish($0) }
        // The kernel's part has a timer of its own; this one covers the encryption, too.
        let deadline = begin + settings.connectTimeout.nanoseconds
        while attempt.result == nil {
            if await waiter.wait(until: attempt.isConnected ? deadline : .max), attempt.result == nil {
                // First the reason: closing gives the handshake another one.
                isReady.fail(ChannelError.connectTimeout(.zero))
                wire.close()
            }
        }
        switch attempt.result {
        case .success, nil:
            wire.waiter = waiter
            return UpstreamConnection(
                wire: wire, endpoint: endpoint,
                expiresAt: begin &+ settings.maxLifetime.nanoseconds)
        case .failure(let error):
            wire.close()
            if case .some(.connectTimeout) = error as? ChannelError { throw .upstreamTimeout }
            throw .upstreamUnreachable
        }
    }

    /// The outcome of opening a connection, and who waits for it.
    private final class ConnectAttempt: @unchecked Sendable {
        // SAFETY: the futures complete on the pool's event loop, where the waiting task runs too.
        private let waiter: Waiter
        var isConnected = false {
            didSet { waiter.wake() }
        }
        private(set) var result: Result<Void, any Error>?

        init(_ waiter: Waiter) { self.waiter = waiter }

        func finish(_ result: Result<Void, any Error>) {
            self.result = result
            waiter.wake()
        }
    }
}
