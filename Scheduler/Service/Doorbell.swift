import Synchronization

/// Wakes idle workers. A ring is never lost: one that finds nobody waiting is kept for the next who waits.
final class Doorbell: Sendable {
    private struct State {
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var numbers = 0
        var hasRung = false
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Wakes one who waits.
    func ring() {
        let first = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.hasRung = true
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        first?.resume()
    }

    /// Wakes all who wait, and from now on nobody waits.
    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in all { one.continuation.resume() }
    }

    /// Waits for a ring, at most `time`.
    func wait(atMost time: Duration) async {
        let number = state.withLock { state in
            state.numbers += 1
            return state.numbers
        }
        let timer = Task {
            try? await Task.sleep(for: time)
            self.wake(number)
        }
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                guard !state.isClosed, !state.hasRung else {
                    state.hasRung = false
                    return false
                }
                state.waiting.append((number, continuation))
                return true
            }
            if !mustWait { continuation.resume() }
        }
        timer.cancel()
    }

    /// Wakes the one with `number`, unless a ring did.
    private func wake(_ number: Int) {
        let one = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: index).continuation
        }
        one?.resume()
    }
}
