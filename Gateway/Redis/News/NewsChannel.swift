package import GatewayCore
package import Logging
package import NIOCore
import Synchronization

/// A worker's ear for what ends elsewhere: one connection to Redis that is subscribed to the news channel,
/// and that comes back by itself whenever it is lost. One a process, whatever the number of event loops.
package final class NewsChannel: @unchecked Sendable {
    // SAFETY: all state but the pulse and the tally belongs to `eventLoop`; closures that capture the
    // channel run there.

    /// What the channel counted, for the metrics.
    package struct Tally: Sendable, Hashable {
        package var isLive = false
        /// Times that it was lost after it had been there.
        package var losses = 0
        /// Sessions and keys of whose end, or change, was heard.
        package var heard = 0
    }

    /// Told of sessions and keys that have ended or changed, on the channel's event loop.
    package typealias Hearing = @Sendable (SessionNews) -> Void

    /// How complete what is heard is.
    package let pulse = ChannelPulse()
    private let configuration: RedisConfiguration
    private let eventLoop: any EventLoop
    private let dialler: RedisDialler
    private let finder: ServerFinder
    private let now: @Sendable () -> UInt64
    private let logger: Logger
    private let counts = Mutex(Tally())
    private var machine = NewsMachine()
    private var handler: NewsHandler?
    /// Counts attempts, so that what comes of an old one is not taken for the present one's.
    private var attempt = 0
    private var pinging: RepeatedTask?
    private var hearing: Hearing = { _ in }
    private var onReturn: @Sendable () -> Void = {}
    private var hasReportedTrouble = false

    /// `now` is the monotonic clock by which sessions are remembered, in nanoseconds.
    package init(
        _ configuration: RedisConfiguration, on eventLoop: any EventLoop, logger: Logger,
        now: @escaping @Sendable () -> UInt64
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        dialler = RedisDialler(eventLoop: eventLoop, tls: configuration.tls)
        finder = ServerFinder(configuration, dialler)
        self.logger = logger
        self.now = now
    }

    package var tally: Tally { counts.withLock { $0 } }

    /// Begins to listen, and to keep listening until `close`. `onReturn` is called, on the channel's event
    /// loop, each time that it is there again after an absence in which news may have been missed.
    package func start(_ hearing: @escaping Hearing, onReturn: @escaping @Sendable () -> Void = {}) {
        eventLoop.execute {
            self.hearing = hearing
            self.onReturn = onReturn
            self.obey(self.machine.start())
        }
    }

    package func close() async {
        try? await eventLoop.submit { self.obey(self.machine.close()) }.get()
    }

    private func obey(_ action: NewsMachine.Action) {
        switch action {
        case .nothing: break
        case .connect: connect()
        case .subscribe: subscribe()
        case .ping: handler?.write([RedisCommand("PING")])
        case .begin: begin()
        case .beat(let moment): pulse.beat(at: moment)
        case .retry(let span):
            detach()
            eventLoop.scheduleTask(in: span) { self.obey(self.machine.retryDue()) }
        case .shutDown:
            detach()
            hearing = { _ in }
            onReturn = {}
        }
    }

    private func connect() {
        attempt &+= 1
        let attempt = attempt
        finder.find(on: eventLoop).whenComplete { result in
            guard self.attempt == attempt, self.machine.phase == .connecting else { return }
            switch result {
            case .success(let endpoint): self.connect(to: endpoint)
            case .failure(let error): self.lose("\(error)")
            }
        }
    }

    private func connect(to endpoint: RedisConfiguration.Endpoint) {
        let handler = NewsHandler(channel: self)
        self.handler = handler
        dialler.dial(endpoint, within: NewsMachine.attemptDeadline, handler).whenComplete { result in
            guard self.handler === handler else { return handler.close() }
            switch result {
            case .success: self.obey(self.machine.connected())
            case .failure(let error): self.lose("\(error)", of: handler)
            }
        }
    }

    private func subscribe() {
        guard let handler else { return }
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            commands.append(.logIn(configuration.user, password))
        }
        // Sentinels may not have heard the latest: who was the primary must say that it still is.
        if configuration.hasSentinels { commands.append(RedisCommand("ROLE")) }
        commands.append(RedisCommand("SUBSCRIBE", KeySchema(prefix: configuration.keyPrefix).news))
        handler.write(commands)
        eventLoop.scheduleTask(in: NewsMachine.attemptDeadline) {
            guard case .subscribing = self.machine.phase else { return }
            self.lose("the subscription was not answered", of: handler)
        }
    }

    private func begin() {
        let isReturn = counts.withLock { tally in
            tally.isLive = true
            return tally.losses > 0
        }
        // What ended before may have been missed, and what was asked before says nothing of it.
        pulse.begin(at: now())
        if hasReportedTrouble {
            hasReportedTrouble = false
            logger.notice("revocations are heard of again", metadata: ["redis": "\(configuration)"])
        }
        pinging = eventLoop.scheduleRepeatedTask(
            initialDelay: .zero, delay: NewsMachine.pingInterval
        ) { [weak self] _ in
            guard let self else { return }
            let action = self.machine.pingDue(at: self.now())
            if case .retry = action { self.noteLoss("no pong for too long") }
            self.obey(action)
        }
        if isReturn { onReturn() }
    }

    fileprivate func received(_ reply: RedisReply, from handler: NewsHandler) {
        guard self.handler === handler else { return }
        switch reply {
        case .error(let text): lose("refused with \(text.prefix(while: { $0 != " " }))", of: handler)
        case .list(let parts) where parts.first?.text == "slave": lose("it is not the primary", of: handler)
        case .list(let parts) where parts.first?.text == "subscribe": obey(machine.subscribed())
        case .list(let parts) where parts.first?.text == "pong": obey(machine.ponged())
        case .list(let parts) where parts.first?.text == "message" && parts.count == 3:
            guard let news = parts[2].text.flatMap(SessionNews.init) else { return }
            counts.withLock { $0.heard += news.digests.count }
            hearing(news)
        default: break
        }
    }

    fileprivate func lose(_ reason: String, of handler: NewsHandler) {
        guard self.handler === handler else { return }
        lose(reason)
    }

    private func lose(_ reason: String) {
        let action = machine.lost()
        if case .retry = action { noteLoss(reason) }
        obey(action)
    }

    private func noteLoss(_ reason: String) {
        counts.withLock { tally in
            if tally.isLive { tally.losses += 1 }
            tally.isLive = false
        }
        guard !hasReportedTrouble else { return }
        hasReportedTrouble = true
        logger.warning(
            "revocations are not heard of: no session is served from memory meanwhile",
            metadata: ["redis": "\(configuration)", "reason": "\(reason)"])
    }

    private func detach() {
        pinging?.cancel()
        pinging = nil
        attempt &+= 1
        let old = handler
        handler = nil
        old?.close()
    }
}

/// The end of the news channel's pipeline: bytes in, replies out.
private final class NewsHandler: ChannelInboundHandler, @unchecked Sendable {
    // SAFETY: used on the channel's loop only.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let channel: NewsChannel
    private let reader = ReplyReader()
    private var context: ChannelHandlerContext?
    private var isDone = false

    init(channel: NewsChannel) { self.channel = channel }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(_ commands: [RedisCommand]) {
        var bytes = ByteBuffer()
        for command in commands { command.write(to: &bytes) }
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func close() {
        isDone = true
        context?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        let reader = reader
        do throws(ReplyReader.Fault) {
            try unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
                Result { () throws(ReplyReader.Fault) in try reader.feed(bytes) }
            }.get()
            while !isDone, try reader.next() {
                let reply = RedisReply(reader.arena)
                reader.arena.reset()
                channel.received(reply, from: self)
            }
        } catch {
            channel.lose(error.reason, of: self)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDone { channel.lose("the server closed the connection", of: self) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDone { channel.lose("\(error)", of: self) }
    }
}
