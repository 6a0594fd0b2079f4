package import GatewayCore
package import Logging
package import NIOCore

/// The gateway's memory in Redis, for one event loop: one pipelined connection, on a Cluster one to each primary, and
/// the domain's verbs over it.
///
/// It belongs to `eventLoop`: it is made anywhere, and used from there only, by actors whose executor is
/// that loop. `start` returns at once and succeeds without Redis; verbs throw until it is there.
package final class RedisStore {
    let connection: RedisRoute
    let keys: KeySchema
    /// How long a verb waits where that is not the connection's deadline.
    let patience: TimeAmount?
    /// A store that shares another's connections leaves closing them to it.
    private let isOwner: Bool
    private var isClosed = false

    package init(configuration: RedisConfiguration, eventLoop: any EventLoop, logger: Logger) {
        connection =
            switch configuration.topology {
            case .server, .sentinels:
                .server(
                    RedisConnection(configuration: configuration, eventLoop: eventLoop, logger: logger))
            case .cluster(let seeds):
                .cluster(
                    ClusterConnections(
                        configuration: configuration, seeds: seeds, eventLoop: eventLoop, logger: logger))
            }
        keys = KeySchema(prefix: configuration.keyPrefix)
        patience = nil
        isOwner = true
    }

    /// The same connections, which `other` starts and closes, with another deadline for each flight of commands.
    /// For what is in no hurry, beside what is.
    package init(sharing other: RedisStore, deadline: Duration) {
        connection = other.connection
        keys = other.keys
        patience = .microseconds(deadline.wholeMicroseconds)
        isOwner = false
    }

    /// Begins to connect, and to keep connected until `close`.
    package func start() {
        let connection = connection
        if connection.eventLoop.inEventLoop {
            connection.start()
        } else {
            connection.eventLoop.execute { connection.start() }
        }
    }

    /// Fails what waits, closes the socket and returns when it is closed. Nothing may be asked afterwards.
    package func close() async {
        guard isOwner else { return }
        isClosed = true
        let connection = connection
        _ = try? await connection.eventLoop.flatSubmit { connection.close() }.get()
    }

    deinit {
        // Whoever lets go of a store without closing it leaves no socket behind.
        let connection = connection
        if isOwner, !isClosed { connection.eventLoop.execute { _ = connection.close() } }
    }

    /// Whether a command asked now would be sent, on a Cluster to one node at least: for readiness, not for
    /// deciding whether to ask.
    package var isReachable: Bool { connection.isReachable }

    /// How the connections are doing, for operators. On the store's event loop.
    package var status: StoreStatus { connection.status }

    /// Given to whoever runs the loop's tasks: called on the loop with the work of reading replies, to do it
    /// and then run the tasks that the replies have woken. Without it they run when the loop comes to what
    /// was scheduled.
    package var running: ((() -> Void) -> Void)? {
        get { connection.running }
        set { connection.running = newValue }
    }

    // MARK: For the verbs

    /// Sends `commands` in one flight and answers their replies in order; throws the first error among them.
    ///
    /// `repeatable` says that sending them twice does no harm, so that a connection that turns out to be closed
    /// costs the caller nothing. The keys of one command must lie in one slot, Cluster or not: where they do
    /// not, nothing is sent.
    func run(_ commands: [RedisCommand], repeatable: Bool = false) async throws(StoreFault) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        for command in commands where !command.keysShareSlot {
            throw .unexpected("\(command.name): its keys lie in several slots")
        }
        let replies =
            switch connection {
            case .server(let connection):
                try await run(commands, over: connection, repeatable: repeatable)
            case .cluster(let cluster):
                try await cluster.run(commands, repeatable: repeatable, within: patience)
            }
        for (command, reply) in zip(commands, replies) {
            if case .error(let text) = reply { throw StoreFault(error: text, of: command.name) }
        }
        return replies
    }

    /// Sends one command and answers its reply.
    func run(_ command: RedisCommand, repeatable: Bool = false) async throws(StoreFault) -> RedisReply {
        try await run([command], repeatable: repeatable)[0]
    }

    private func run(
        _ commands: [RedisCommand], over connection: RedisConnection, repeatable: Bool
    ) async throws(StoreFault) -> [RedisReply] {
        var replies = try await fly(commands, over: connection, repeatable: repeatable)
        let unknown = replies.indices.filter { Self.isUnknownScript(replies[$0]) }
        guard !unknown.isEmpty else { return replies }
        let again = try await fly(
            unknown.map { commands[$0].evaluated }, over: connection, repeatable: repeatable)
        for (index, reply) in zip(unknown, again) { replies[index] = reply }
        return replies
    }

    private func fly(
        _ commands: [RedisCommand], over connection: RedisConnection, repeatable: Bool
    ) async throws(StoreFault) -> [RedisReply] {
        let patience = patience
        return try await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<[RedisReply], StoreFault>, Never>) in
            connection.onLoop {
                if let refusal = connection.refusal {
                    continuation.resume(returning: .failure(refusal))
                } else {
                    connection.ask(
                        commands, repeatable: repeatable, by: patience.map { .now() + $0 },
                        .caller(continuation))
                }
            }
        }.get()
    }

    private static func isUnknownScript(_ reply: RedisReply) -> Bool {
        if case .error(let text) = reply { text.hasPrefix("NOSCRIPT") } else { false }
    }
}
