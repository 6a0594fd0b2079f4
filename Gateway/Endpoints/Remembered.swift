import GatewayCore

/// An answer that is asked for at most once in a while, however many want it. Belongs to one event loop.
final class Remembered<Value> {
    private let freshness: Duration
    private var value: Value?
    private var askAgainAt = Timestamp(seconds: 0)

    init(for freshness: Duration) { self.freshness = freshness }

    /// The value if it is fresh at `now`, otherwise what `ask` answers. Those who come while somebody asks
    /// get the value that was, if there was one. A clock that was set back keeps nothing fresh for longer.
    func value(at now: Timestamp, ask: nonisolated(nonsending) () async -> Value) async -> Value {
        if let value, now < askAgainAt, askAgainAt <= now + freshness { return value }
        askAgainAt = now + freshness
        let answer = await ask()
        value = answer
        return answer
    }
}
