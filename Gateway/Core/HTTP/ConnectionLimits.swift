/// What a client's connection may cost. Every bound has a default and a name in the configuration.
package struct ConnectionLimits: Sendable, Hashable {
    /// Bytes of the request line, CRLF not counted.
    package var requestLine: Int
    /// Fields of a header section.
    package var headerCount: Int
    /// Bytes of a header section, the request line not counted.
    package var headerSize: Int
    /// From the first byte of a head to its end, and from accepting a connection to its first head.
    package var headerTimeout: Duration
    /// Bytes of a body on a route that does not say otherwise.
    package var bodyLimit: Int
    /// Bytes that no route and no override may exceed.
    package var bodyLimitMax: Int
    /// Bytes a second that a body must average once `bodyGrace` is over.
    package var bodyMinRate: Int
    package var bodyGrace: Duration
    /// How long a kept-alive connection may wait for its next request, and how long a peer may take to
    /// accept a part of a response.
    package var idleTimeout: Duration
    /// How long a WebSocket, or an event stream of an upstream, may be silent.
    package var streamIdleTimeout: Duration
    /// How long, once the worker is going away, a connection that waits for its next request may go on
    /// waiting: a request that was on its way is answered and not lost.
    package var drainIdleTimeout: Duration
    /// Connections that one address prefix may have open with one worker.
    package var perAddress: Int
    /// Connections that one worker accepts in all.
    package var total: Int
    /// Connections over one of these two bounds that may be told so at a time; further ones are closed without
    /// a word.
    package var turnedAway: Int
    /// From the first byte of a TLS handshake to its last.
    package var handshakeTimeout: Duration
    package var http2: HTTP2Limits
    /// Bytes of a chunk's extensions, and of a trailer section.
    package var chunkExtension: Int
    package var trailerSize: Int
    /// Bytes of body that may wait in memory in either direction of one exchange.
    package var bufferedBody: Int

    package init(
        requestLine: Int = 8 << 10, headerCount: Int = 100, headerSize: Int = 16 << 10,
        headerTimeout: Duration = .seconds(10), bodyLimit: Int = 10 << 20, bodyLimitMax: Int = 1 << 30,
        bodyMinRate: Int = 1 << 10, bodyGrace: Duration = .seconds(10),
        idleTimeout: Duration = .seconds(60), streamIdleTimeout: Duration = .seconds(300),
        drainIdleTimeout: Duration = .seconds(1), perAddress: Int = 256, total: Int = 20_000,
        turnedAway: Int = 128,
        handshakeTimeout: Duration = .seconds(10), http2: HTTP2Limits = .init(),
        chunkExtension: Int = 256, trailerSize: Int = 4 << 10, bufferedBody: Int = 64 << 10
    ) {
        self.requestLine = requestLine
        self.headerCount = headerCount
        self.headerSize = headerSize
        self.headerTimeout = headerTimeout
        self.bodyLimit = bodyLimit
        self.bodyLimitMax = bodyLimitMax
        self.bodyMinRate = bodyMinRate
        self.bodyGrace = bodyGrace
        self.idleTimeout = idleTimeout
        self.streamIdleTimeout = streamIdleTimeout
        self.drainIdleTimeout = drainIdleTimeout
        self.perAddress = perAddress
        self.total = total
        self.turnedAway = turnedAway
        self.handshakeTimeout = handshakeTimeout
        self.http2 = http2
        self.chunkExtension = chunkExtension
        self.trailerSize = trailerSize
        self.bufferedBody = bufferedBody
    }
}
