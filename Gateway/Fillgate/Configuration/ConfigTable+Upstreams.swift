import GatewayCore

extension ConfigTable {
    private static var shortest: Duration { .milliseconds(10) }
    private static var second: Duration { .seconds(1) }
    private static var hour: Duration { .seconds(3_600) }

    static var upstream: [ConfigKey<UpstreamSettings>] {
        [
            .values(
                "addresses", \.addresses, .address(ports: 1...65_535, unix: true), required: true, atLeast: 1,
                "HOST:PORT or unix:///PATH; a request goes to that with the fewest outstanding. All addresses of a "
                    + "name are used."),
            .value(
                "resolve-interval", \.resolveInterval, .duration(second...hour),
                "How often names are looked up again. While that fails, the last answer stays."),
            .value(
                "connect-timeout", \.connectTimeout, .duration(shortest...hour),
                "For a connection, TLS included; beyond it 504."),
            .value(
                "response-timeout", \.responseTimeout, .duration(shortest...hour),
                "From the end of a request to its response, and between two parts of a response; beyond it 504."
            ),
            .value(
                "max-connections", \.maxConnections, .count(1...65_536),
                "Requests that one worker may have under way here, and connections; event loops share them, with at "
                    + "least one each."),
            .value(
                "queue", \.queue, .count(0...65_536),
                "Requests that may wait for one of these; beyond it 503 with Retry-After."),
            .value("queue-timeout", \.queueTimeout, .duration(shortest...hour), "How long they may wait."),
            .value(
                "idle-timeout", \.idleTimeout, .duration(shortest...hour),
                "How long an idle connection is kept."),
            .value(
                "max-lifetime", \.maxLifetime, .duration(second...(hour * 24)),
                "How long any connection is used."),
            .value(
                "assertion", \.assertion, .flag,
                "Whether requests carry X-Fillgate-Assertion; without it the upstream does not learn who asks."
            ),
            .section(
                "health-check", \.health, healthCheck,
                "Every address is asked whether it is well; one that is not gets requests only if none is."),
            .section(
                "ejection", \.ejection, ejection,
                "An address that fails requests is passed over for a while; one that takes no connection, at once."
            ),
            .section(
                "circuit-breaker", \.breaker, circuitBreaker,
                "An upstream whose requests mostly get no answer is spared them for a while: 503 upstream-unavailable."
            ),
            .section("tls", \.tls, tls, "Encryption towards the upstream. Files are PEM."),
        ]
    }

    private static var healthCheck: [ConfigKey<HealthPolicy>] {
        [
            .value("path", \.path, .urlPath, "Answers 2xx when the address is well."),
            .value(
                "interval", \.interval, .duration(orZero: .milliseconds(100)...hour),
                "How often it is asked, and each second while in doubt; 0s: never."),
            .value(
                "timeout", \.timeout, .duration(shortest...(second * 60)), "How long the answer may take."),
            .value(
                "healthy-after", \.healthyAfter, .count(1...100),
                "Good answers in a row that make it well again."),
            .value(
                "unhealthy-after", \.unhealthyAfter, .count(1...100), "Bad ones in a row that make it unwell."
            ),
        ]
    }

    private static var ejection: [ConfigKey<EjectionPolicy>] {
        [
            .value(
                "failures", \.failures, .count(1...1_000), "Failed requests in a row; a success forgives all."
            ),
            .values(
                "statuses", \.statuses, .count(500...599), "Answers that count as failures; others do not."),
            .value(
                "duration", \.duration, .duration(.milliseconds(100)...hour),
                "How long the first time; twice as long each further time ..."),
            .value("max-duration", \.longest, .duration(.milliseconds(100)...hour), "... up to this."),
            .value(
                "max-ejected", \.share, .share, "The share of the addresses that may be out at one time."),
        ]
    }

    private static var circuitBreaker: [ConfigKey<BreakerPolicy>] {
        [
            .value("failures", \.share, .share, "The share of failures that opens the circuit ..."),
            .value(
                "requests", \.requests, .count(0...1_000_000),
                "... among at least so many requests, on one event loop; 0: never."),
            .value("window", \.window, .duration(.milliseconds(100)...hour), "How far back they count."),
            .value(
                "cool-down", \.coolDown, .duration(.milliseconds(100)...hour),
                "How long until one request is let through to try."),
        ]
    }

    private static var tls: [ConfigKey<UpstreamTLS>] {
        [
            .value("enabled", \.isEnabled, .flag, "Whether connections are encrypted: TLS 1.2 or later."),
            .optional(
                "ca", \.ca, .path, example: "/etc/fillgate/upstream-ca.pem",
                "The authorities whose certificates are believed; where it is left out, the system's."),
            .optional(
                "certificate", \.certificate, .path, example: "/etc/fillgate/client.pem",
                "What the gateway shows of itself, with its chain."),
            .optional("key", \.key, .path, example: "/etc/fillgate/client.key", "The certificate's key."),
            .optional(
                "server-name", \.serverName, .hostName, example: "app.internal",
                "The name in the upstream's certificate; where it is left out, that of the address."),
            .value(
                "insecure-skip-verify", \.insecureSkipVerify, .flag,
                "Takes any certificate: whoever is on the way can read and change everything."),
        ]
    }
}
