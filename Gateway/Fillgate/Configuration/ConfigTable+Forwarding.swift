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

    static var upstream: [ConfigKey<UpstreamSettings>] {
        let shortest = Duration.milliseconds(10)
        let hour = Duration.seconds(3_600)
        return [
            .values(
                "addresses", \.addresses, .address(ports: 1...65_535, unix: true), required: true, atLeast: 1,
                "HOST:PORT or unix:///PATH; a request goes to that with the fewest outstanding."),
            .value("connect-timeout", \.connectTimeout, .duration(shortest...hour), "Beyond it 502."),
            .value(
                "response-timeout", \.responseTimeout, .duration(shortest...hour),
                "From the end of a request to its response, and between two parts of a response; beyond it 504."
            ),
            .value(
                "max-connections", \.maxConnections, .count(1...65_536),
                "Requests that one worker may have under way here."),
            .value(
                "queue", \.queue, .count(0...65_536),
                "Requests that may wait for one of these; beyond it 503 with Retry-After."),
            .value("queue-timeout", \.queueTimeout, .duration(shortest...hour), "How long they may wait."),
            .value(
                "idle-timeout", \.idleTimeout, .duration(shortest...hour),
                "How long an idle connection is kept."),
            .value(
                "assertion", \.assertion, .flag,
                "Whether requests carry X-Fillgate-Assertion; without it the upstream does not learn who asks."
            ),
            .section(
                "health-check", \.self,
                [
                    .value("path", \.healthPath, .urlPath, "Answers 2xx when the upstream is ready."),
                    .value(
                        "interval", \.healthInterval, .duration(.milliseconds(100)...hour),
                        "How often it is asked, in a later version; now whenever readiness is asked for."),
                ], "How the upstream is asked whether it is ready."),
        ]
    }
}
