/// What one HTTP/2 connection may cost beside what every connection may. Every bound has a default and a name in
/// the configuration.
package struct HTTP2Limits: Sendable, Hashable {
    /// Streams that may be open at a time, and requests of this connection that may be under way, those of
    /// streams that were reset included.
    package var streams: Int
    /// Bytes of a decoded header list, as RFC 9113 §6.5.2 counts them.
    package var headerListSize: Int
    /// Bytes of a body that a client may send on one stream before any of them was taken.
    package var streamWindow: Int
    /// The time in which the next four are counted.
    package var rateWindow: Duration
    /// Streams that a client may reset.
    package var resets: Int
    /// PING, SETTINGS and PRIORITY frames.
    package var controlFrames: Int
    /// Malformed streams.
    package var streamErrors: Int
    /// WINDOW_UPDATE frames and frames of unknown types, beyond those that what we sent gives cause for.
    package var idleFrames: Int
    /// CONTINUATION frames of one header block.
    package var continuations: Int
    /// DATA frames in a row that hold nothing.
    package var emptyFrames: Int

    package init(
        streams: Int = 100, headerListSize: Int = 16 << 10, streamWindow: Int = 64 << 10,
        rateWindow: Duration = .seconds(30), resets: Int = 200, controlFrames: Int = 200,
        streamErrors: Int = 100, idleFrames: Int = 1_000, continuations: Int = 5, emptyFrames: Int = 8
    ) {
        self.streams = streams
        self.headerListSize = headerListSize
        self.streamWindow = streamWindow
        self.rateWindow = rateWindow
        self.resets = resets
        self.controlFrames = controlFrames
        self.streamErrors = streamErrors
        self.idleFrames = idleFrames
        self.continuations = continuations
        self.emptyFrames = emptyFrames
    }
}
