import GatewayCore

extension ConfigTable {
    static var connections: [ConfigKey<ConnectionLimits>] {
        let shortest = Duration.milliseconds(100)
        let hour = Duration.seconds(3_600)
        return [
            .value("request-line", \.requestLine, .size(256...(64 << 10)), "Beyond it 414."),
            .value("header-count", \.headerCount, .count(8...1_000), "Fields; beyond it 431."),
            .value(
                "header-size", \.headerSize, .size(1_024...(256 << 10)), "All fields together; beyond it 431."
            ),
            .value(
                "header-timeout", \.headerTimeout, .duration(shortest...hour),
                "For a whole head; beyond it 408."),
            .value(
                "body-limit", \.bodyLimit, .size(0...(1 << 40)),
                "The longest request body on routes that do not say otherwise; beyond it 413."),
            .value(
                "body-limit-max", \.bodyLimitMax, .size(0...(1 << 40)),
                "What no route and no override may exceed."),
            .value(
                "body-min-rate", \.bodyMinRate, .size(1...(1 << 30)),
                "Bytes a second that a body must average, or 408, ..."),
            .value("body-grace", \.bodyGrace, .duration(shortest...hour), "... once this long has passed."),
            .value(
                "handshake-timeout", \.handshakeTimeout, .duration(shortest...hour),
                "For a whole TLS handshake."),
            .value(
                "idle-timeout", \.idleTimeout, .duration(shortest...hour),
                "Between two requests, and for a peer that does not read."),
            .value(
                "stream-idle-timeout", \.streamIdleTimeout, .duration(shortest...(hour * 24)),
                "The longest silence of a WebSocket, and between two parts of an event stream."),
            .value(
                "per-address", \.perAddress, .count(1...100_000),
                "Connections that one address may have open with one worker."),
            .value("total", \.total, .count(1...1_000_000), "Connections that one worker accepts in all."),
            .value(
                "turned-away", \.turnedAway, .count(0...10_000),
                "Connections over these bounds that are told so with 503 at a time; further ones are just closed."
            ),
            .value(
                "chunk-extension", \.chunkExtension, .size(0...(16 << 10)), "Bytes of a chunk's extensions."),
            .value("trailer-size", \.trailerSize, .size(0...(64 << 10)), "Bytes of a trailer section."),
            .value(
                "buffered-body", \.bufferedBody, .size((4 << 10)...(16 << 20)),
                "Bytes of a body that may wait in memory in either direction."),
            .section("http2", \.http2, http2, "What one HTTP/2 connection may cost beside this."),
        ]
    }
}
