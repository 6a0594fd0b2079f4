import GatewayCore
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Accepts the connections of a listening socket that other processes hold too, on a thread of its own.
///
/// All processes are woken for a connection and all but one find nothing, which a server channel of NIO takes for
/// a fault of its own. And such a socket must be let go of between two connections, not in the middle of one.
final class SharedAcceptor: Sendable {
    /// Bound; this object's own.
    private let descriptor: CInt
    /// A pipe whose reading end is readable once it is time to end.
    private let ending: (read: CInt, write: CInt)
    private let take: @Sendable (CInt, IPAddress?) -> EventLoopFuture<any Channel>
    /// Connections that were accepted and have not been set up.
    private let underWay = Mutex(0)
    private let ended: EventLoopPromise<Void>

    /// Begins to accept. `take` sets up each connection, whose descriptor becomes its own. Nil where there is no
    /// thread for it.
    init?(
        _ descriptor: CInt, on eventLoop: any EventLoop,
        take: @escaping @Sendable (CInt, IPAddress?) -> EventLoopFuture<any Channel>
    ) {
        self.descriptor = descriptor
        self.take = take
        var pipes: [CInt] = [-1, -1]
        let hasPipe = pipe(&pipes) == 0
        ending = (pipes[0], pipes[1])
        ended = eventLoop.makePromise(of: Void.self)
        // Waiting is done by poll(2); an accept that finds nothing must not wait.
        let flags = fcntl(descriptor, F_GETFL)
        guard hasPipe, Self.listens(descriptor), flags >= 0,
            fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0,
            ThreadSignal.detach({ [self] in run() })
        else {
            ended.succeed()
            for end in pipes where end >= 0 { Glibc.close(end) }
            return nil
        }
        for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    /// Makes a socket that is merely bound a listening one; whoever made it listen has chosen its backlog.
    private static func listens(_ descriptor: CInt) -> Bool {
        var isListening: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0 else {
            return false
        }
        return isListening == 1 || listen(descriptor, 4096) == 0
    }

    /// Accepts no more and returns when every connection that was accepted is set up, or after a second. What waits
    /// in the queue is left to whoever else holds the socket.
    func close() async {
        _ = write(ending.write, [1], 1)
        try? await ended.futureResult.get()
        Glibc.close(ending.write)
        let deadline = ContinuousClock.now + .seconds(1)
        while underWay.withLock({ $0 }) > 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    private func run() {
        while true {
            var events = [
                pollfd(fd: ending.read, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&events, 2, -1)
            if count < 0, errno != EINTR { break }
            if count <= 0 { continue }
            if events[0].revents != 0 { break }
            // One at a time: the next may be another worker's.
            acceptOne()
        }
        Glibc.close(descriptor)
        Glibc.close(ending.read)
        ended.succeed()
    }

    private func acceptOne() {
        let (connection, address) = SocketAddress.told { accept(descriptor, $0, $1) }
        guard connection >= 0 else {
            switch errno {
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: usleep(Self.shortage)
            default: break
            }
            return
        }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        underWay.withLock { $0 += 1 }
        // A Unix socket's other end has no address.
        let peer = address.flatMap(IPAddress.init(socket:))
        take(connection, peer).whenComplete { _ in self.underWay.withLock { $0 -= 1 } }
    }

    /// Microseconds to wait where there is no descriptor for a connection that waits.
    private static let shortage: UInt32 = 10_000
}
