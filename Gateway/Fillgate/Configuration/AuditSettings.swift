/// What is kept of security events.
struct AuditSettings: Sendable, Hashable {
    /// Events in Redis: about the last so many.
    var keep = 50_000
    /// Events that wait in a worker while Redis is away.
    var queue = 4_096
    /// Requests refused by a rate limit that leave an event, a second and event loop.
    var limitRefusals = 1
}
