package import GatewayCore
package import Logging
package import NIOCore

/// The gateway's memory in Redis, for one event loop: one pipelined connection and the domain's verbs over
/// it.
///
/// It belongs to `eventLoop`: it is made anywhere, and used from there only, by actors whose executor is
/// that loop. `start` returns at once and succeeds without Redis; verbs throw until it is there.
package final class RedisStore {
    let connection: RedisConnection
    let keys: KeySchema
    private var isClosed = false

    package init(configuration: RedisConfiguration, eventLoop: any EventLoop, logger: Logger) {
        connection = RedisConnection(configuration: configuration, eventLoop: eventLoop, logger: logger)
        keys = KeySchema(prefix: configuration.keyPrefix)
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
        isClosed = true
        let connection = connection
        _ = try? await connection.eventLoop.flatSubmit { connection.close() }.get()
    }

    deinit {
        // Whoever lets go of a store without closing it leaves no socket behind.
        let connection = connection
        if !isClosed { connection.eventLoop.execute { _ = connection.close() } }
    }

    /// Whether a command asked now would be sent: for readiness, not for deciding whether to ask.
    package var isReachable: Bool { connection.machine.isReady && connection.machine.refusal == nil }

    /// How the connection is doing, for operators. On the store's event loop.
    package var status: StoreStatus {
        let machine = connection.machine
        let breaker: StoreStatus.Breaker =
            switch machine.phase {
            case _ where machine.refusal == nil: .closed
            case .connecting, .handshaking: .probing
            case .idle, .ready, .waiting, .closed: .open
            }
        return StoreStatus(
            isConnected: machine.isReady, breaker: breaker, connectionsMade: connection.made,
            connectionsFailed: connection.failed, waiting: connection.waitingCount,
            unanswered: connection.unanswered, scriptsForgotten: connection.scriptsForgotten)
    }

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
    /// costs the caller nothing.
    func run(_ commands: [RedisCommand], repeatable: Bool = false) async throws(StoreFault) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        var replies = try await fly(commands, repeatable: repeatable)
        let unknown = replies.indices.filter { Self.isUnknownScript(replies[$0]) }
        if !unknown.isEmpty {
            let again = try await fly(unknown.map { commands[$0].evaluated }, repeatable: repeatable)
            for (index, reply) in zip(unknown, again) { replies[index] = reply }
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

    private func fly(_ commands: [RedisCommand], repeatable: Bool) async throws(StoreFault) -> [RedisReply] {
        if let refusal = connection.refusal { throw refusal }
        return try await withUnsafeContinuation { continuation in
            connection.ask(commands, repeatable: repeatable, continuation)
        }.get()
    }

    private static func isUnknownScript(_ reply: RedisReply) -> Bool {
        if case .error(let text) = reply { text.hasPrefix("NOSCRIPT") } else { false }
    }
}
