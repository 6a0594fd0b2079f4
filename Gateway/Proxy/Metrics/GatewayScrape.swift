import NIOCore
package import ServiceCore
import Synchronization

/// Asks every event loop of a gateway what it has counted, and writes it down.
///
/// A loop that is stuck does not hold up a scrape: after `deadline` its last answer stands in for it, so that
/// no counter seems to fall, and the scrape is counted as incomplete.
package final class GatewayScrape: Sendable {
    private struct State {
        var last: [LoopSnapshot?]
        var unanswered = 0
    }

    let gateway: Gateway
    private let deadline: Duration
    private let state: Mutex<State>

    package init(of gateway: Gateway, deadline: Duration = .milliseconds(500)) {
        self.gateway = gateway
        self.deadline = deadline
        state = Mutex(State(last: gateway.loops.map { _ in nil }))
    }

    /// Writes every family of the gateway's. Returns within the deadline and what writing takes.
    package func write(to text: inout MetricsText) async {
        let (snapshots, missing) = await snapshots()
        let unanswered = state.withLock { state in
            state.unanswered += missing
            return state.unanswered
        }
        var page = GatewayPage(loops: snapshots, connections: gateway.openConnections)
        page.unanswered = unanswered
        page.write(to: &text)
    }

    /// Every loop as it is, or as it was when it answered last, in the order of their places, and how many did not
    /// answer in time.
    func snapshots() async -> (loops: [LoopSnapshot], missing: Int) {
        let fresh = await collect()
        return state.withLock { state in
            for snapshot in fresh { state.last[snapshot.loop] = snapshot }
            return (state.last.compactMap { $0 }, gateway.loops.count - fresh.count)
        }
    }

    /// The answers that came in time, in any order.
    private func collect() async -> [LoopSnapshot] {
        let (answers, continuation) = AsyncStream.makeStream(of: LoopSnapshot.self)
        for (place, loop) in gateway.loops.enumerated() {
            loop.executor.eventLoop.execute { continuation.yield(loop.state.snapshot(loop: place)) }
        }
        // Not a timer of a loop: it is the loops that may be stuck.
        let patience = Task { [deadline] in
            try? await Task.sleep(for: deadline)
            continuation.finish()
        }
        defer { patience.cancel() }
        var found: [LoopSnapshot] = []
        for await answer in answers {
            found.append(answer)
            if found.count == gateway.loops.count { break }
        }
        return found
    }
}
