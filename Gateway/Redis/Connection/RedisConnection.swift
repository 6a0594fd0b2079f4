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
    let finder: ServerFinder
    let dialler: RedisDialler
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
    /// When the timer fires that is waited for; nil while none is.
    private var armedFor: NIODeadline?

    var handler: RedisChannelHandler?
    /// Counts attempts, so that what comes of an old one is not taken for the present one's.
    var attempt = 0
    var handshake: Handshake?
    var isReloadingScripts = false
    var hasReportedTrouble = false
    /// Of which Cluster this is a node's connection, if it is.
    var membership: Membership?
    /// For the metrics: connections that were made, and that came to nothing or were lost; flights that had
    /// no reply in time; scripts that the server had forgotten.
    var made = 0
    var failed = 0
    private(set) var unanswered = 0
    private(set) var scriptsForgotten = 0

    /// The admissions of this tick; always the last in the queue, and not yet among the outgoing bytes.
    private var openBatch: AdmissionBatch?
    /// An empty one, kept for its room.
    private var spareBatch: AdmissionBatch?

    // The replies of the flight at the head, as far as they have come.
    private var replies: [RedisReply] = []
    private var needsReconnection = false

    /// A node's place in a Cluster.
    struct Membership {
        weak var cluster: ClusterConnections?
        let endpoint: RedisConfiguration.Endpoint
    }

    init(configuration: RedisConfiguration, eventLoop: any EventLoop, logger: Logger) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        dialler = RedisDialler(eventLoop: eventLoop, tls: configuration.tls)
        finder = ServerFinder(configuration, dialler)
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

    /// Sends an admission, or answers why not. On the connection's loop.
    func ask(
        _ question: AdmissionQuestion, evaluating: Bool,
        _ continuation: UnsafeContinuation<Result<AdmissionAnswer, StoreFault>, Never>
    ) {
        if let refusal { return continuation.resume(returning: .failure(refusal)) }
        ask(AdmissionFlight(question: question, evaluating: evaluating, asker: .caller(continuation)))
    }

    /// Sends an admission; the flight has at least one reply, and `refusal` was nil.
    func ask(_ flight: AdmissionFlight) {
        if let openBatch, openBatch.isFull || openBatch.isEvaluating != flight.evaluating { seal() }
        let batch: AdmissionBatch
        if let openBatch {
            batch = openBatch
        } else {
            batch = spareBatch ?? AdmissionBatch()
            spareBatch = nil
            batch.isEvaluating = flight.evaluating
            openBatch = batch
            queue.append(.admissions(batch), replies: 0, callers: 0, deadline: .now() + deadline)
        }
        batch.add(flight)
        queue.addCallerToLast()
        scheduleFlush()
        armTimer()
    }

    /// Puts the commands of the open batch among the outgoing bytes: before anything else is, so that replies
    /// come in the order of the queue.
    func seal() {
        guard let batch = openBatch else { return }
        openBatch = nil
        batch.write(&hot, to: &outgoing)
        queue.settleLast(replies: batch.replies)
    }

    /// Sends a batch again over a new connection.
    func resend(_ batch: AdmissionBatch, deadline: NIODeadline) {
        batch.rewind()
        batch.write(&hot, to: &outgoing)
        queue.append(
            .admissions(batch), replies: batch.replies, callers: batch.flights.count, deadline: deadline)
    }

    /// Sends commands, to be answered by `due` or within the deadline; there is at least one, and `refusal` was nil.
    func ask(
        _ commands: [RedisCommand], repeatable: Bool,
        by due: NIODeadline? = nil, _ asker: Asker<[RedisReply]>
    ) {
        let due = due ?? .now() + deadline
        var bytes = ByteBuffer()
        for command in commands { command.write(to: &bytes) }
        seal()
        let flight = CommandFlight(
            repeatable: repeatable ? bytes : nil, replies: commands.count, asker: asker)
        outgoing.writeBuffer(&bytes)
        queue.append(.commands(flight), replies: flight.replies, deadline: due)
        scheduleFlush()
        armTimer(by: due)
    }

    /// Sends a command whose reply nobody waits for; drops it where it may not be asked.
    func tell(_ command: RedisCommand) {
        onLoop {
            guard self.refusal == nil else { return }
            self.seal()
            command.write(to: &self.outgoing)
            self.queue.append(nil, replies: 1, deadline: .now() + self.deadline)
            self.scheduleFlush()
        }
    }

    /// Runs `body` on the connection's loop: at once where that is the caller's. Tasks without a preferred executor
    /// may come back from a flight on another thread, and only their actor's own code goes back to the loop.
    func onLoop(_ body: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { body() } else { eventLoop.execute(body) }
    }

    func scheduleFlush() {
        guard machine.isReady, !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.execute(flushLater)
    }

    func flushNow() {
        isFlushScheduled = false
        seal()
        guard machine.isReady, outgoing.readableBytes > 0, let handler else { return }
        // A write that fails at once comes back here as a lost connection, which queues again what it can:
        // the bytes that are being written must not be the ones that this adds to.
        swap(&outgoing, &leaving)
        handler.write(leaving)
        leaving.clear()
    }

    // MARK: Deadlines

    private func armTimer() {
        guard armedFor == nil, let due = queue.nextDeadline() ?? machine.giveUpAt else { return }
        arm(for: due)
    }

    /// The same where the last entry may be due before those in front of it.
    private func armTimer(by due: NIODeadline) {
        if let armedFor, due < armedFor { arm(for: due) } else { armTimer() }
    }

    private func arm(for due: NIODeadline) {
        armedFor = due
        eventLoop.scheduleTask(deadline: due) { self.timerFired(due: due) }
    }

    private func timerFired(due: NIODeadline) {
        // An earlier one has taken its place.
        guard armedFor == due else { return }
        let now = NIODeadline.now()
        if now - due > Self.latenessThatExcuses {
            // Sockets are read before timers fire, so one more round of the loop is enough.
            eventLoop.scheduleTask(in: .milliseconds(1)) { self.expire() }
        } else {
            expire()
        }
    }

    private func expire() {
        armedFor = nil
        let now = NIODeadline.now()
        // What is still open may expire too, and its commands will go out and be answered all the same.
        seal()
        let late = queue.expire(at: now)
        if late.includesHead { clearHead() }
        if !late.waiters.isEmpty {
            let callers = late.waiters.reduce(0) { $0 + $1.callers }
            machine.timedOut(callers, at: now)
            unanswered += callers
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
        let wasCarriedOut = arena.first.kind != .error || heed(arena)
        switch head.waiter {
        case nil: break
        case .admissions(let batch):
            batch.receive(arena, wasCarriedOut: wasCarriedOut, sessions: &sessions)
        case .commands: replies.append(RedisReply(arena))
        }
        queue.advance()
        guard head.isLastReply else { return }
        if !needsReconnection { machine.answered() }
        switch head.waiter {
        case nil: break
        case .admissions(let batch):
            batch.answer()
            if spareBatch == nil {
                batch.clear()
                spareBatch = batch
            }
        case .commands(let flight):
            flight.asker.resume(returning: .success(replies))
        }
        let isOnWrongServer = needsReconnection
        clearHead()
        if isOnWrongServer { lose("the server cannot serve writes now") }
    }

    /// Does what an error asks for that is about the server; false where the command may be sent again,
    /// elsewhere or with its script.
    private func heed(_ arena: ReplyArena) -> Bool {
        if arena.isError("NOSCRIPT") {
            scriptsForgotten += 1
            reloadScripts()
            return false
        }
        let text = String(decoding: arena.text(of: arena.first), as: UTF8.self)
        if let membership, let redirection = Redirection(text, from: membership.endpoint) {
            membership.cluster?.redirected(redirection)
            return false
        }
        guard let trouble = ServerTrouble(text) else { return true }
        if trouble.asksForReconnection { needsReconnection = true }
        if trouble == .clusterDown { membership?.cluster?.refresh() }
        return true
    }

    func clearHead() {
        if !replies.isEmpty { replies = [] }
        needsReconnection = false
    }
}
