/// What one loop's edge has seen, since the beginning; numbers for metrics to pick up.
struct EdgeCounts: Sendable, Hashable {
    /// Connections that were let in.
    var accepted = 0
    /// Connections over a bound: told so, or closed without a word.
    var turnedAway = 0
    var dropped = 0
    var handshakes = 0
    /// TLS handshakes that came to nothing, those that were too slow among them.
    var handshakesFailed = 0
    var handshakesTooSlow = 0
    /// Connections that should have begun with a PROXY header and did not, or not in time, or not from a
    /// trusted proxy.
    var proxyHeadersRefused = 0

    var http2Connections = 0
    var http2Streams = 0
    /// Streams whose messages were malformed, and streams beyond what may be under way.
    var http2StreamsMalformed = 0
    var http2StreamsRefused = 0
    /// Streams that clients reset.
    var http2Resets = 0
    /// Connections ended for a flood of frames, a protocol error, or a header block that did not come to its
    /// end in time.
    var http2Floods = 0
    var http2ProtocolErrors = 0
    var http2SlowHeaders = 0
}

/// The edge's part of a loop: its numbers, and the connections that are more than one wire.
final class EdgeState: @unchecked Sendable {
    // SAFETY: confined to the event loop of the `LoopState` that owns it.
    var counts = EdgeCounts()
    private var connections = DeadlineList<EdgeConnection>()
    /// Called when the last connection has gone.
    var onEmpty: () -> Void = {}

    var isEmpty: Bool { connections.count == 0 }

    func add(_ connection: EdgeConnection) { connections.add(connection) }

    func remove(_ connection: EdgeConnection) {
        if connections.remove(connection), isEmpty { onEmpty() }
    }

    func collect(at now: UInt64, into overdue: inout Overdue) { connections.collect(at: now, into: &overdue) }

    /// Ends what has not begun to be served, and has the rest finish.
    func drain() {
        for connection in connections.members { connection.drain() }
    }

    /// Ends every connection without any ceremony.
    func cutOff() {
        for connection in connections.members { connection.abort() }
    }
}
