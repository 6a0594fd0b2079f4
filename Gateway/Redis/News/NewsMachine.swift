import NIOCore

/// The life of the news channel's connection, as a value: events go in, actions come out. It reads no clock
/// and touches no socket.
///
/// A ping is on its way almost always. Redis answers in order, so a pong says that everything that was
/// published before the ping came has been heard: the channel is complete up to the moment at which the ping
/// was sent.
struct NewsMachine: Sendable {
    enum Phase: Sendable, Hashable {
        case idle
        case connecting
        /// Credentials and the subscription are on their way.
        case subscribing
        case live
        /// Until the next attempt.
        case waiting
        case closed
    }

    enum Action: Sendable, Hashable {
        case nothing
        case connect
        case subscribe
        case ping
        /// Subscribed; complete from the moment at which that was asked for is not known, so from now.
        case begin
        /// Complete up to that moment.
        case beat(UInt64)
        /// Close the socket and report back with `retryDue` after the span.
        case retry(after: TimeAmount)
        case shutDown
    }

    /// How often the channel is asked whether it is there.
    static let pingInterval = TimeAmount.milliseconds(200)
    /// A ping that is not answered for this long means that it is not.
    static let longestSilence: UInt64 = 1_000_000_000
    /// How long connecting and subscribing may take.
    static let attemptDeadline = TimeAmount.milliseconds(500)
    static let firstBackoff = TimeAmount.milliseconds(20)
    static let longestBackoff = TimeAmount.milliseconds(400)

    private(set) var phase: Phase = .idle
    private var failures = 0
    /// When the ping was sent that is not answered yet.
    private var pingedAt: UInt64?

    mutating func start() -> Action {
        guard phase == .idle else { return .nothing }
        phase = .connecting
        return .connect
    }

    mutating func connected() -> Action {
        guard phase == .connecting else { return .nothing }
        phase = .subscribing
        return .subscribe
    }

    mutating func subscribed() -> Action {
        guard phase == .subscribing else { return .nothing }
        phase = .live
        failures = 0
        pingedAt = nil
        return .begin
    }

    /// Time for a ping.
    mutating func pingDue(at now: UInt64) -> Action {
        guard phase == .live else { return .nothing }
        guard let pingedAt else {
            self.pingedAt = now
            return .ping
        }
        return now - min(now, pingedAt) > Self.longestSilence ? lost() : .nothing
    }

    mutating func ponged() -> Action {
        guard phase == .live, let moment = pingedAt else { return .nothing }
        pingedAt = nil
        return .beat(moment)
    }

    /// The attempt failed, or the connection is gone or of no use.
    mutating func lost() -> Action {
        switch phase {
        case .idle, .waiting, .closed: return .nothing
        case .connecting, .subscribing, .live:
            failures += 1
            phase = .waiting
            let doubled = Self.firstBackoff * (1 << min(failures - 1, 8))
            return .retry(after: min(doubled, Self.longestBackoff))
        }
    }

    mutating func retryDue() -> Action {
        guard phase == .waiting else { return .nothing }
        phase = .connecting
        return .connect
    }

    mutating func close() -> Action {
        guard phase != .closed else { return .nothing }
        phase = .closed
        return .shutDown
    }
}
