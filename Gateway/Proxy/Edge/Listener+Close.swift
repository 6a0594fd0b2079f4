import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

// Closing a listening socket resets whatever waits in its accept queue (unless another process holds the same
// socket). So the queue is emptied first, and the socket is closed in the same step in which it is seen to be
// empty; what comes between the two, microseconds, is lost.

/// Counts what a listener has accepted. On the listener's event loop only.
final class AcceptCount: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private(set) var count = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count &+= 1
        context.fireChannelRead(data)
    }
}

extension Listener {
    /// How long a queue into which more and more comes is emptied.
    private static let emptying = TimeAmount.milliseconds(250)

    /// Accepts what waits, then closes `channel`; returns when everything that was accepted has its place on its
    /// loop.
    static func close(_ channel: any Channel, on edge: Edge) async {
        let deadline = NIODeadline.now() + emptying
        var accepted = -1
        while true {
            let seen = accepted
            let count = try? await channel.eventLoop.submit { () -> Int? in
                let count = try channel.pipeline.syncOperations.handler(type: AcceptCount.self).count
                // Nothing waits, and nothing has been accepted since every loop was last waited for.
                let isQuiet = count == seen && waiting(at: channel) == 0
                guard isQuiet || NIODeadline.now() >= deadline else {
                    return count
                }
                channel.close(promise: nil)
                return nil
            }.get()
            guard let count = count ?? nil else { break }
            accepted = count
            // An accepted connection goes from the listener's loop to its own, back and there again.
            for _ in 0..<3 { await edge.everyLoop() }
        }
        try? await channel.closeFuture.get()
    }

    /// Connections that the kernel has taken and the listener has not; zero where it cannot tell. On the channel's
    /// event loop.
    private static func waiting(at channel: any Channel) -> Int {
        guard channel.localAddress?.protocol != .unix, let options = channel as? any SocketOptionProvider
        else {
            return 0
        }
        // For a listening socket `tcpi_unacked` is the length of the accept queue. On the loop it answers at once.
        var count = 0
        options.getTCPInfo().assumeIsolated().whenSuccess { count = Int($0.tcpi_unacked) }
        return count
    }
}

extension Edge {
    /// Returns when every loop has done what it had been given.
    func everyLoop() async {
        for loop in group.makeIterator() { try? await loop.submit {}.get() }
    }
}
