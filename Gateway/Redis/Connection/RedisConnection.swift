import Logging
import GatewayCore
import NIOCore
import NIOPosix

/// One event loop's connection to Redis: it carries out what `ConnectionMachine` decides, sends the commands
/// of a tick in one write, and hands each reply to whoever waits for it.
///
/// Everything happens on the loop. A command that is asked for while none is on its way costs one system call
/// to send and one to receive, shared with all others of that tick.
final class RedisConnection: @unchecked Sendable {
    // SAFETY: all state belongs to `eventLoop`, on which every method must be called; closures that capture the
    // connection run there too. `Sendable` is claimed so that NIO's closures may capture it.

    /// How long a socket may take to connect, and the handshake to be answered.
    static let attemptDeadline = TimeAmount.milliseconds(250)
    /// A timer that fires this much late says more of the loop than of Redis: whatever has arrived meanwhile
    /// is read before anybody is told that it did not.
    static let latenessThatExcuses = TimeAmount.milliseconds(5)

    let eventLoop: any EventLoop
    let configuration: RedisConfiguration
    private let logger: Logger
    private let deadline: TimeAmount
    private(set) var machine = ConnectionMachine()
    private var queue: ReplyQueue<Waiter>
    private var hot: HotCommands
    private var sessions = SessionCache()
    /// Called when replies have been handed out, so that an executor can run those who waited at once.
    var onProgress: (() -> Void)?

    /// Commands that have not been given to the socket. NIO lets go of its storage once it is written, so that
    /// clearing it keeps the room.
    private var outgoing = ByteBuffer()
    private var leaving = ByteBuffer()
    private var isFlushScheduled = false
    /// Made once, not for every flush. It holds the connection until that is closed.
    private var flushLater: @Sendable () -> Void = {}
    private var isTimerArmed = false

    private var handler: RedisChannelHandler?
    private var handshakeReplies = 0
    private var handshakeFault: String?
    private var isReloadingScripts = false
    private var hasReportedTrouble = false

    // The replies of the flight at the head, as far as they have come.
    private var session = AdmissionAnswer.SessionState.notAsked
    private var outcomes: [LimitOutcome] = []
    private var replies: [RedisReply] = []
    private var fault: StoreFault?
    private var needsReconnection = false

    init(configuration: RedisConfiguration, eventLoop: any EventLoop, logger: Logger) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        deadline = .microseconds(configuration.deadline.wholeMicroseconds)
        queue = ReplyQueue(bound: configuration.waitingBound)
        hot = HotCommands(keys: KeySchema(prefix: configuration.keyPrefix))
        flushLater = { self.flushNow() }
    }

    // MARK: Asking

    /// Why nothing may be asked now; nil if it may.
    var refusal: StoreFault? { queue.isFull ? .unavailable : machine.refusal }

    /// Flights that have not been answered whole, tombstones included.
    var waitingCount: Int { queue.count }

    /// Sends an admission; the flight has at least one reply, and `refusal` was nil.
    func ask(_ flight: AdmissionFlight) {
        send(flight, deadline: .now() + deadline)
        armTimer()
    }

    /// Sends commands; there is at least one, and `refusal` was nil.
    func ask(
        _ commands: [RedisCommand], repeatable: Bool,
        _ continuation: UnsafeContinuation<Result<[RedisReply], StoreFault>, Never>
    ) {
        var bytes = ByteBuffer()
        for command in commands { command.write(to: &bytes) }
        let flight = CommandFlight(
            repeatable: repeatable ? bytes : nil, replies: commands.count, continuation: continuation)
        outgoing.writeBuffer(&bytes)
        queue.append(.commands(flight), replies: flight.replies, deadline: .now() + deadline)
        scheduleFlush()
        armTimer()
    }

    /// Sends a command whose reply nobody waits for; drops it where it may not be asked.
    func tell(_ command: RedisCommand) {
        guard refusal == nil else { return }
        command.write(to: &outgoing)
        queue.append(nil, replies: 1, deadline: .now() + deadline)
        scheduleFlush()
    }

    private func send(_ flight: AdmissionFlight, deadline: NIODeadline) {
        if let digest = flight.question.session { hot.writeLookUp(digest, to: &outgoing) }
        for charge in flight.question.charges {
            hot.writeCharge(charge, evaluating: flight.evaluating, to: &outgoing)
        }
        queue.append(.admission(flight), replies: flight.replies, deadline: deadline)
        scheduleFlush()
    }

    private func scheduleFlush() {
        guard machine.isReady, !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.execute(flushLater)
    }

    private func flushNow() {
        isFlushScheduled = false
        guard machine.isReady, outgoing.readableBytes > 0, let handler else { return }
        // A write that fails at once comes back here as a lost connection, which queues again what it can: the
        // bytes that are being written must not be the ones that this adds to.
        swap(&outgoing, &leaving)
        handler.write(leaving)
        leaving.clear()
    }

    // MARK: Deadlines

    private func armTimer() {
        guard !isTimerArmed, let due = queue.nextDeadline() ?? machine.giveUpAt else { return }
        isTimerArmed = true
        eventLoop.scheduleTask(deadline: due) { self.timerFired(due: due) }
    }

    private func timerFired(due: NIODeadline) {
        let now = NIODeadline.now()
        if now - due > Self.latenessThatExcuses {
            // Sockets are read before timers fire, so one more round of the loop is enough.
            eventLoop.scheduleTask(in: .milliseconds(1)) { self.expire() }
        } else {
            expire()
        }
    }

    private func expire() {
        isTimerArmed = false
        let now = NIODeadline.now()
        let late = queue.expire(at: now)
        if late.includesHead { clearHead() }
        if !late.waiters.isEmpty {
            machine.timedOut(late.waiters.count, at: now)
            for waiter in late.waiters { waiter.fail(.timeout) }
            onProgress?()
        }
        if let giveUpAt = machine.giveUpAt, giveUpAt <= now { lose("no reply for too long") }
        armTimer()
    }

    // MARK: Replies

    /// Takes the one reply that the arena holds.
    fileprivate func received(_ arena: ReplyArena) {
        if case .handshaking = machine.phase { return receivedInHandshake(arena) }
        guard let head = queue.head else { return lose("a reply that nobody asked for") }
        let isUnknownScript = arena.isError("NOSCRIPT")
        if isUnknownScript { reloadScripts() }
        switch head.waiter {
        case nil: noteTrouble(arena)
        case .admission(let flight): receive(arena, for: flight, isUnknownScript: isUnknownScript)
        case .commands: replies.append(RedisReply(arena)); noteTrouble(arena)
        }
        queue.advance()
        guard head.isLastReply else { return }
        if !needsReconnection { machine.answered() }
        switch head.waiter {
        case nil: break
        case .admission(let flight):
            flight.continuation.resume(
                returning: fault.map(Result.failure)
                    ?? .success(AdmissionAnswer(session: session, outcomes: outcomes)))
        case .commands(let flight):
            flight.continuation.resume(returning: .success(replies))
        }
        let isOnWrongServer = needsReconnection
        clearHead()
        if isOnWrongServer { lose("the server cannot serve writes now") }
    }

    private func receive(_ arena: ReplyArena, for flight: AdmissionFlight, isUnknownScript: Bool) {
        if let digest = flight.question.session, session == .notAsked {
            switch arena.first.kind {
            case .null: session = .absent
            case .text:
                if let found = sessions.session(from: arena.text(of: arena.first), digest: digest) {
                    session = .found(found)
                    return
                }
                fallthrough
            default:
                session = .absent
                note(arena, as: "session")
            }
            return
        }
        if outcomes.isEmpty { outcomes.reserveCapacity(flight.question.charges.count) }
        if arena.first.kind == .integer, outcomes.count < flight.question.charges.count {
            let gcra = flight.question.charges[outcomes.count].policy.gcra
            outcomes.append(LimitOutcome(reply: arena.first.value, gcra: gcra))
        } else {
            outcomes.append(.notMade)
            if !isUnknownScript { note(arena, as: RedisScript.gcra.name) }
        }
    }

    /// Keeps the first fault of a flight.
    private func note(_ arena: ReplyArena, as command: String) {
        noteTrouble(arena)
        guard fault == nil else { return }
        guard arena.first.kind == .error else {
            return fault = .unexpected("\(command): not what it replies")
        }
        fault = StoreFault(error: String(decoding: arena.text(of: arena.first), as: UTF8.self), of: command)
    }

    private func noteTrouble(_ arena: ReplyArena) {
        guard arena.first.kind == .error else { return }
        let text = String(decoding: arena.text(of: arena.first), as: UTF8.self)
        if StoreFault.asksForReconnection(text) { needsReconnection = true }
    }

    private func clearHead() {
        session = .notAsked
        outcomes = []
        if !replies.isEmpty { replies = [] }
        fault = nil
        needsReconnection = false
    }

    fileprivate func finishedReading() { onProgress?() }

    // MARK: Life

    func start() { obey(machine.start()) }

    /// Fails whoever waits and closes the socket; nothing may be asked afterwards.
    func close() -> EventLoopFuture<Void> {
        let closed = handler?.channel?.closeFuture ?? eventLoop.makeSucceededVoidFuture()
        obey(machine.close())
        return closed
    }

    private func obey(_ action: ConnectionMachine.Action) {
        switch action {
        case .nothing: break
        case .connect: connect()
        case .shakeHands: shakeHands()
        case .serve:
            reportServing()
            flushNow()
        case .reconnect:
            detach()
            salvage()
            connect()
        case .failAndRetry(let span):
            detach()
            failAll(.unavailable)
            eventLoop.scheduleTask(in: span) { self.obey(self.machine.retryDue()) }
        case .shutDown:
            detach()
            failAll(.unavailable)
            flushLater = {}
        }
    }

    /// The connection or the attempt is over, for a reason that is logged once a trouble.
    fileprivate func lose(_ reason: String) {
        let action = machine.lost()
        if case .failAndRetry = action, !hasReportedTrouble {
            hasReportedTrouble = true
            logger.warning(
                "Redis does not answer", metadata: ["redis": "\(configuration)", "reason": "\(reason)"])
        }
        obey(action)
    }

    private func reportServing() {
        guard hasReportedTrouble else { return }
        hasReportedTrouble = false
        logger.notice("Redis answers again", metadata: ["redis": "\(configuration)"])
    }

    private func connect() {
        let handler = RedisChannelHandler(connection: self)
        self.handler = handler
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(Self.attemptDeadline)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        let attempt =
            switch configuration.endpoint {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        attempt.whenComplete { result in
            guard self.handler === handler else { return handler.close() }
            switch result {
            case .success: self.obey(self.machine.connected())
            case .failure(let error): self.lose("\(error)")
            }
        }
    }

    private func shakeHands() {
        guard let handler else { return }
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            commands.append(
                RedisCommand(words: ["AUTH"] + (configuration.user.map { [$0] } ?? []) + [password]))
        }
        if configuration.database != 0 {
            commands.append(RedisCommand("SELECT", "\(configuration.database)"))
        }
        commands += RedisScript.all.map { RedisCommand("SCRIPT", "LOAD", $0.source) }
        commands.append(RedisCommand("PING"))
        handshakeReplies = commands.count
        handshakeFault = nil
        var bytes = ByteBuffer()
        for command in commands { command.write(to: &bytes) }
        handler.write(bytes)
        eventLoop.scheduleTask(in: Self.attemptDeadline) {
            guard self.handler === handler, case .handshaking = self.machine.phase else { return }
            self.lose("the handshake was not answered")
        }
    }

    private func receivedInHandshake(_ arena: ReplyArena) {
        handshakeReplies -= 1
        if arena.first.kind == .error, handshakeFault == nil {
            let text = String(decoding: arena.text(of: arena.first), as: UTF8.self)
            handshakeFault = String(text.prefix(while: { $0 != " " }))
        }
        guard handshakeReplies == 0 else { return }
        if let handshakeFault {
            lose("refused with \(handshakeFault)")
        } else {
            obey(machine.handshakeDone())
        }
    }

    /// Teaches the server its scripts again; somebody else made it forget them.
    private func reloadScripts() {
        guard !isReloadingScripts else { return }
        isReloadingScripts = true
        for script in RedisScript.all { tell(RedisCommand("SCRIPT", "LOAD", script.source)) }
        eventLoop.scheduleTask(in: .milliseconds(100)) { self.isReloadingScripts = false }
    }

    private func detach() {
        let old = handler
        handler = nil
        old?.close()
        clearHead()
    }

    private func failAll(_ fault: StoreFault) {
        outgoing.clear()
        let waiting = queue.removeAll()
        for (waiter, _) in waiting { waiter.fail(fault) }
        if !waiting.isEmpty { onProgress?() }
    }

    /// Queues again what may be sent twice and fails the rest: whether that was carried out is not known.
    private func salvage() {
        outgoing.clear()
        for (waiter, deadline) in queue.removeAll() {
            switch waiter {
            case .admission(var flight) where !flight.isRepeat:
                flight.isRepeat = true
                send(flight, deadline: deadline)
            case .commands(var flight):
                guard var bytes = flight.repeatable else { fallthrough }
                flight.repeatable = nil
                outgoing.writeBuffer(&bytes)
                queue.append(.commands(flight), replies: flight.replies, deadline: deadline)
            default: waiter.fail(.unavailable)
            }
        }
        onProgress?()
    }
}

/// The end of a channel's pipeline: bytes in, replies out. One a socket, so that what is left of a broken
/// connection cannot be taken for the next one's.
private final class RedisChannelHandler: ChannelInboundHandler, @unchecked Sendable {
    // SAFETY: used on the connection's loop only, like the connection itself.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Held until the socket is closed, which the connection sees to.
    private let connection: RedisConnection
    private let reader = ReplyReader()
    private var context: ChannelHandlerContext?
    private var isDone = false

    init(connection: RedisConnection) { self.connection = connection }

    var channel: (any Channel)? { context?.channel }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(_ buffer: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Closes the socket and goes silent.
    func close() {
        isDone = true
        context?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        do throws(ReplyReader.Fault) {
            try feed(unwrapInboundIn(data))
            // A reply may end the connection.
            while !isDone, try reader.next() {
                connection.received(reader.arena)
                reader.arena.reset()
            }
        } catch {
            connection.lose(error.reason)
        }
    }

    private func feed(_ buffer: ByteBuffer) throws(ReplyReader.Fault) {
        let reader = reader
        let result = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(ReplyReader.Fault) in try reader.feed(bytes) }
        }
        try result.get()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !isDone { connection.finishedReading() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDone { connection.lose("the server closed the connection") }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDone { connection.lose("\(error)") }
    }
}
