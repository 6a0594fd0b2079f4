import SchedulerStore

/// The events of one schedule, or of one comparison, for one listener, from now to its end.
///
/// Each `status` and `progress` event holds the whole state, so a listener needs to remember none. The last
/// event is `end` with its reason; a stream that stops without one was cut off.
struct EventFeed {
    enum Name: String {
        /// The first event, and each with another state of the schedule.
        case status
        /// Only the progress is another.
        case progress
        case end
    }

    /// Why there are no more events.
    enum Ending: String {
        /// The schedule is in a final state, which the event before told.
        case finished
        case deleted
        /// The service stops; another one goes on, or this one after its start.
        case draining
        /// It has lasted as long as one may: whoever listens has to show again that they may.
        case expired
        case unavailable
    }

    struct Timing: Sendable {
        /// How often the database is asked, for what other processes do.
        var poll: Duration = .milliseconds(500)
        /// The shortest time between two looks, however often there is news.
        var gap: Duration = .milliseconds(100)
        /// How long nothing is sent; then a comment is, so that nobody takes the stream for dead.
        var heartbeat: Duration = .seconds(15)
        var lifetime: Duration = .seconds(900)
        /// After what a client comes back whose stream ended, in milliseconds.
        var retry = 2_000
    }

    let seat: Audience.Seat
    var timing = Timing()
    /// The present state; nil if there is no such thing any more.
    let look: @Sendable () async throws(StoreFault) -> ListenedState?

    /// Hands the stream to `write`, piece by piece as it comes about.
    ///
    /// - Throws: What `write` throws, which ends it, and `CancellationError`.
    @concurrent func run(_ write: @concurrent (String) async throws -> Void) async throws {
        let start = ContinuousClock.now
        var written = start
        var told: ListenedState?
        while true {
            let looked = ContinuousClock.now
            // Asked first, so that what was true when the service was told to stop is told.
            let isClosing = seat.isClosing
            let found: ListenedState?
            do throws(StoreFault) { found = try await look() } catch {
                return try await write(Self.end(.unavailable))
            }
            guard let found else { return try await write(Self.end(.deleted)) }
            let state = found.advanced(from: told)
            if state != told {
                let retry = told == nil ? "retry: \(timing.retry)\n" : ""
                let isProgress = told?.hasSameStatus(as: state) ?? false
                try await write(retry + state.event(isProgress ? .progress : .status))
                told = state
                written = .now
            } else if ContinuousClock.now - written >= timing.heartbeat {
                try await write(": still there\n\n")
                written = .now
            }
            if state.isFinal { return try await write(Self.end(.finished)) }
            if isClosing { return try await write(Self.end(.draining)) }
            if ContinuousClock.now - start >= timing.lifetime {
                return try await write(Self.end(.expired))
            }
            await seat.bell.wait(atMost: timing.poll)
            try await Task.sleep(for: max(.zero, timing.gap - (ContinuousClock.now - looked)))
        }
    }

    private static func end(_ reason: Ending) -> String {
        "event: \(Name.end.rawValue)\ndata: \(WireJSON.text(["reason": reason.rawValue]))\n\n"
    }
}
