import GatewayCore
import Logging
import NIOCore

/// One event loop's connection to Redis: it carries out what `ConnectionMachine` decides, sends the commands
/// of a tick in one write, and hands each reply to whoever waits for it.
///
/// Everything happens on the loop. A command that is asked for while none is on its way costs one system call
/// to send and one to receive, shared with all others of that tick.
final class RedisConnection: @unchecked Sendable {
    // SAFETY: all state belongs to `eventLoop`, on which every method must be called; closures that capture
    // the connection run there too. `Sendable` is claimed so that NIO's closures may capture it.

    /// How long a socket may take to connect, and the handshake to be answered.
    static let attemptDeadline = TimeAmount.milliseconds(250)
    /// A timer that fires this much late says more of the loop than of Redis: whatever has arrived meanwhile
    /// is read before anybody is told that it did not.
    static let latenessThatExcuses = TimeAmount.milliseconds(5)

    let eventLoop: any EventLoop
    let configuration: RedisConfiguration
    let logger: Logger
    private let deadline: TimeAmount
    var machine = ConnectionMachine()
    var queue: ReplyQueue<Waiter>
    private var hot: HotCommands
    private var sessions = SessionCache()
    /// Called with the work of reading replies, so that an executor can run those whom it wakes when it is
    /// done.
    var running: ((() -> Void) -> Void)?

    /// Commands that have not been given to the socket. NIO lets go of its storage once it is written, so
    /// that clearing it keeps the room.
    var outgoing = ByteBuffer()
    var leaving = ByteBuffer()
    var isFlushScheduled = false
    /// Made once, not for every flush. It holds the connection until that is closed.
    var flushLater: @Sendable () -> Void = {}
    private var isTimerArmed = false

    var handler: RedisChannelHandler?
    var handshakeReplies = 0
    var handshakeFault: String?
    var isReloadingScripts = false
    var hasReportedTrouble = false

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

    func send(_ flight: AdmissionFlight, deadline: NIODeadline) {
        if let digest = flight.question.session { hot.writeLookUp(digest, to: &outgoing) }
        for charge in flight.question.charges {
            hot.writeCharge(charge, evaluating: flight.evaluating, to: &outgoing)
        }
        queue.append(.admission(flight), replies: flight.replies, deadline: deadline)
        scheduleFlush()
    }

    func scheduleFlush() {
        guard machine.isReady, !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.execute(flushLater)
    }

    func flushNow() {
        isFlushScheduled = false
        guard machine.isReady, outgoing.readableBytes > 0, let handler else { return }
        // A write that fails at once comes back here as a lost connection, which queues again what it can:
        // the bytes that are being written must not be the ones that this adds to.
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
        }
        if let giveUpAt = machine.giveUpAt, giveUpAt <= now { lose("no reply for too long") }
        armTimer()
    }

    // MARK: Replies

    /// Takes the one reply that the arena holds.
    func received(_ arena: ReplyArena) {
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

    func clearHead() {
        session = .notAsked
        outcomes = []
        if !replies.isEmpty { replies = [] }
        fault = nil
        needsReconnection = false
    }
}
