import GatewayCore
import NIOCore

/// What a loop's store sends through.
///
/// At most two connections a loop where one server takes all writes: this one, and for the moment of connecting one
/// to a sentinel. On a Cluster one a loop and primary, and one more while it is asked for its slots.
enum RedisRoute {
    /// One server's connection, wherever it is found.
    case server(RedisConnection)
    case cluster(ClusterConnections)

    /// The connection where there is one server.
    var server: RedisConnection? {
        if case .server(let connection) = self { connection } else { nil }
    }

    var eventLoop: any EventLoop {
        switch self {
        case .server(let connection): connection.eventLoop
        case .cluster(let cluster): cluster.eventLoop
        }
    }

    func start() {
        switch self {
        case .server(let connection): connection.start()
        case .cluster(let cluster): cluster.start()
        }
    }

    /// Fails whoever waits and closes every socket; nothing may be asked afterwards.
    func close() -> EventLoopFuture<Void> {
        switch self {
        case .server(let connection): connection.close()
        case .cluster(let cluster): cluster.close()
        }
    }

    /// Sends a command whose reply nobody waits for; drops it where it may not be asked.
    func tell(_ command: RedisCommand) {
        switch self {
        case .server(let connection): connection.tell(command)
        case .cluster(let cluster): cluster.tell(command)
        }
    }

    /// Whether a command asked now would be sent, to one node at least.
    var isReachable: Bool {
        switch self {
        case .server(let connection): connection.machine.isReady && connection.machine.refusal == nil
        case .cluster(let cluster): cluster.isReachable
        }
    }

    var running: ((() -> Void) -> Void)? {
        get {
            switch self {
            case .server(let connection): connection.running
            case .cluster(let cluster): cluster.running
            }
        }
        nonmutating set {
            switch self {
            case .server(let connection): connection.running = newValue
            case .cluster(let cluster): cluster.running = newValue
            }
        }
    }

    var status: StoreStatus {
        switch self {
        case .server(let connection): connection.status
        case .cluster(let cluster): cluster.status
        }
    }
}

extension RedisConnection {
    /// How it is doing, for operators.
    var status: StoreStatus {
        let breaker: StoreStatus.Breaker =
            switch machine.phase {
            case _ where machine.refusal == nil: .closed
            case .connecting, .handshaking: .probing
            case .idle, .ready, .waiting, .closed: .open
            }
        return StoreStatus(
            isConnected: machine.isReady, breaker: breaker, connectionsMade: made, connectionsFailed: failed,
            waiting: waitingCount, unanswered: unanswered, scriptsForgotten: scriptsForgotten)
    }
}
