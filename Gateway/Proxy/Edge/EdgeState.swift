/// What one loop's edge has seen; numbers for metrics to pick up.
struct EdgeCounts: Sendable, Hashable {
    /// Connections that were let in.
    var accepted = 0
    /// Connections over a bound: told so, or closed without a word.
    var turnedAway = 0
    var dropped = 0
}

/// The edge's part of a loop: its numbers, and the connections that are not the pipeline's, or not its alone.
final class EdgeState {
    var counts = EdgeCounts()
}
