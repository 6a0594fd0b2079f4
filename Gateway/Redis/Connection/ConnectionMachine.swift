import GatewayCore
import NIOCore

/// The life of a loop's connection and its circuit breaker, as a value: events go in, actions come out, and
/// `RedisConnection` carries them out. It reads no clock and touches no socket.
///
/// Commands are taken while the connection is up, and while a first attempt to bring it (back) up is under
/// way, so that a connection that the server closed while it was idle costs nobody a failure. Once an
/// attempt has failed, or the server has been silent over too many deadlines, the breaker is open: commands
/// are refused without any I/O while the machine goes on trying, at least twice a second.
struct ConnectionMachine: Sendable {
    enum Phase: Sendable, Hashable {
        case idle
        /// A socket is being connected. `probing`: after a failure, while commands are refused.
        case connecting(probing: Bool)
        /// Credentials, database and scripts are on their way.
        case handshaking(probing: Bool)
        case ready
        /// Until the next attempt.
        case waiting
        case closed
    }

    enum Action: Sendable, Hashable {
        case nothing
        case connect
        case shakeHands
        /// Send what has been queued.
        case serve
        /// Take back what may be sent twice, fail the rest, and connect at once.
        case reconnect
        /// Fail everything that waits, and report back with `retryDue` after the span.
        case failAndRetry(after: TimeAmount)
        /// Close the socket; fail everything that waits.
        case shutDown
    }

    /// Deadlines missed in a row, with no reply between them, that open the breaker.
    static let timeoutsToOpen = 5
    /// How long a silent connection is given, once the breaker is open, before a new one is tried.
    static let silenceBeforeReconnecting = TimeAmount.milliseconds(250)
    static let firstBackoff = TimeAmount.milliseconds(20)
    static let longestBackoff = TimeAmount.milliseconds(400)

    private(set) var phase: Phase = .idle
    /// Attempts and connections in a row that came to nothing.
    private(set) var failures = 0
    /// Deadlines missed since the last reply.
    private(set) var timeouts = 0
    /// When the breaker opened over a connection that is up but silent.
    private(set) var silentSince: NIODeadline?

    init() {}

    /// Why a command would not be taken now; nil if it would.
    var refusal: StoreFault? {
        switch phase {
        case .ready: silentSince == nil ? nil : .circuitOpen
        case .connecting(probing: false), .handshaking(probing: false): nil
        case .connecting, .handshaking, .waiting: .circuitOpen
        case .idle, .closed: .unavailable
        }
    }

    /// Whether commands go out as they come.
    var isReady: Bool { phase == .ready }

    mutating func start() -> Action {
        guard phase == .idle else { return .nothing }
        phase = .connecting(probing: false)
        return .connect
    }

    mutating func connected() -> Action {
        guard case .connecting(let probing) = phase else { return .nothing }
        phase = .handshaking(probing: probing)
        return .shakeHands
    }

    mutating func handshakeDone() -> Action {
        guard case .handshaking = phase else { return .nothing }
        phase = .ready
        timeouts = 0
        silentSince = nil
        return .serve
    }

    /// The attempt failed, or the connection is gone, or it is of no more use: a replica, or not RESP.
    mutating func lost() -> Action {
        switch phase {
        case .idle, .waiting, .closed: return .nothing
        case .ready where failures == 0 && silentSince == nil:
            failures = 1
            phase = .connecting(probing: false)
            return .reconnect
        case .ready, .connecting, .handshaking:
            failures += 1
            phase = .waiting
            return .failAndRetry(after: backoff)
        }
    }

    mutating func retryDue() -> Action {
        guard phase == .waiting else { return .nothing }
        phase = .connecting(probing: true)
        return .connect
    }

    /// A command's replies arrived, whole and without a word of being unable to serve.
    mutating func answered() {
        guard phase == .ready else { return }
        failures = 0
        timeouts = 0
        silentSince = nil
    }

    /// `count` commands missed their deadlines.
    mutating func timedOut(_ count: Int, at now: NIODeadline) {
        guard phase == .ready else { return }
        timeouts += count
        if timeouts >= Self.timeoutsToOpen, silentSince == nil { silentSince = now }
    }

    /// When a silent connection is to be given up; nil while there is none.
    var giveUpAt: NIODeadline? {
        phase == .ready ? silentSince.map { $0 + Self.silenceBeforeReconnecting } : nil
    }

    mutating func close() -> Action {
        guard phase != .closed else { return .nothing }
        phase = .closed
        return .shutDown
    }

    private var backoff: TimeAmount {
        let doubled = Self.firstBackoff * (1 << min(failures - 1, 8))
        return min(doubled, Self.longestBackoff)
    }
}
