import Foundation
import Synchronization

/// What comes to a worker while it serves, one after the other.
///
/// Requests to reload that come while one waits are that one; the first request to stop is an event, the second
/// hurries the drain, the third ends the process where it stands.
final class WorkerEvents: Sendable {
    enum Event: Sendable {
        case stop
        case reload
        /// Something that must run ended by itself.
        case failed(CommandFailure)
    }

    private struct State {
        var isReloadWaiting = false
        var stops = 0
        var hurry: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func askToReload() {
        let isFirst = state.withLock { state in
            defer { state.isReloadWaiting = true }
            return !state.isReloadWaiting
        }
        if isFirst { continuation.yield(.reload) }
    }

    func askToStop() {
        let (stops, hurry) = state.withLock { state in
            state.stops += 1
            return (state.stops, state.hurry)
        }
        switch stops {
        case 1: continuation.yield(.stop)
        case 2: hurry?()
        default: exit(1)
        }
    }

    func fail(_ failure: CommandFailure) { continuation.yield(.failed(failure)) }

    /// Whether more than one signal to stop has come.
    var isHurried: Bool { state.withLock { $0.stops > 1 } }

    /// Calls `body` once a second signal to stop comes, or now if one has come.
    func onHurry(_ body: @escaping @Sendable () -> Void) {
        let isDue = state.withLock { state in
            state.hurry = body
            return state.stops > 1
        }
        if isDue { body() }
    }

    /// The next event. A signal to reload that comes after this has answered `.reload` is another one.
    func next() async -> Event {
        for await event in stream {
            if case .reload = event { state.withLock { $0.isReloadWaiting = false } }
            return event
        }
        return .stop
    }
}
