import Testing

@testable import Fillgate

/// A key, the last value inside each of its bounds, and the first beyond.
struct Bound: Sendable, CustomTestStringConvertible {
    var key: String
    var inside: [String]
    var outside: [String]

    var testDescription: String { key }

    init(_ key: String, inside: [String], outside: [String]) {
        self.key = key
        self.inside = inside
        self.outside = outside
    }
}

@Suite("Bounds of the configuration")
struct ConfigBoundTests {
    static let bounds = [
        Bound("redis.deadline", inside: ["1ms", "10s"], outside: ["0ms", "10001ms"]),
        Bound("redis.database", inside: ["0", "65535"], outside: ["65536", "-1"]),
        Bound("audit.keep", inside: ["1000", "10000000"], outside: ["999", "10000001"]),
        Bound("audit.queue", inside: ["16", "1000000"], outside: ["15", "1000001"]),
        Bound("audit.limit-refusals", inside: ["0", "1000"], outside: ["1001", "-1"]),
        Bound("event-loops", inside: ["0", "256"], outside: ["257"]),
        Bound("drain-timeout", inside: ["100ms", "1h"], outside: ["99ms", "3601s"]),
        Bound("drain-delay", inside: ["0s", "1h"], outside: ["3601s"]),
        Bound("connections.request-line", inside: ["256B", "64KiB"], outside: ["255B", "65537B"]),
        Bound("connections.header-count", inside: ["8", "1000"], outside: ["7", "1001"]),
        Bound("connections.header-size", inside: ["1KiB", "256KiB"], outside: ["1023B", "262145B"]),
        Bound("connections.header-timeout", inside: ["100ms", "1h"], outside: ["99ms", "3601s"]),
        Bound("connections.body-limit", inside: ["0B", "1GiB"], outside: ["1025GiB"]),
        Bound("connections.body-limit-max", inside: ["10MiB", "1024GiB"], outside: ["1025GiB"]),
        Bound("connections.body-min-rate", inside: ["1B", "1GiB"], outside: ["0B", "2GiB"]),
        Bound("connections.body-grace", inside: ["100ms", "1h"], outside: ["99ms", "3601s"]),
        Bound("connections.idle-timeout", inside: ["100ms", "1h"], outside: ["99ms", "3601s"]),
        Bound("connections.stream-idle-timeout", inside: ["100ms", "24h"], outside: ["99ms", "86401s"]),
        Bound("drain-idle-timeout", inside: ["0s", "5m"], outside: ["301s"]),
        Bound("connections.per-address", inside: ["1", "100000"], outside: ["0", "100001"]),
        Bound("connections.total", inside: ["1", "1000000"], outside: ["0", "1000001"]),
        Bound("connections.chunk-extension", inside: ["0B", "16KiB"], outside: ["17KiB"]),
        Bound("connections.trailer-size", inside: ["0B", "64KiB"], outside: ["65KiB"]),
        Bound("connections.buffered-body", inside: ["4KiB", "16MiB"], outside: ["4095B", "17MiB"]),
        Bound("admission.memory", inside: ["0s", "1s"], outside: ["1001ms"]),
        Bound("admission.memory-keys", inside: ["2", "1000000"], outside: ["1", "1000001"]),
        Bound("admission.ipv6-prefix", inside: ["32", "64"], outside: ["31", "65"]),
        Bound("admission.lease", inside: ["1s", "5m"], outside: ["999ms", "301s"]),
        Bound("records.sample", inside: ["0", "0.5", "1"], outside: ["1.01", "-1"]),
        Bound("records.lifetime", inside: ["1m", "168h"], outside: ["59s", "169h"]),
        Bound("records.count", inside: ["1", "10000000"], outside: ["0", "10000001"]),
        Bound("records.bytes", inside: ["64KiB", "4GiB"], outside: ["63KiB", "5GiB"]),
        Bound("records.per-second", inside: ["0", "10000"], outside: ["10001"]),
        Bound("sessions.idle-timeout", inside: ["1s", "12h"], outside: ["999ms", "721h"]),
        Bound("sessions.absolute-timeout", inside: ["30m", "720h"], outside: ["999ms", "721h"]),
        Bound("sessions.per-user", inside: ["1", "10000"], outside: ["0", "10001"]),
        Bound("sessions.cache", inside: ["0s", "10s"], outside: ["10001ms"]),
        Bound("sessions.touch-interval", inside: ["1s", "30m"], outside: ["999ms", "3601s"]),
        Bound("sessions.rotation-grace", inside: ["0s", "1m"], outside: ["60001ms"]),
        Bound("api-keys.per-user", inside: ["1", "1000"], outside: ["0", "1001"]),
        Bound("api-keys.lifetime", inside: ["1m", "8760h"], outside: ["59s", "8785h"]),
        Bound("api-keys.max-lifetime", inside: ["2160h", "8784h"], outside: ["59s", "8785h"]),
        Bound("api-keys.addresses", inside: ["1", "100"], outside: ["0", "101"]),
        Bound("login.password.min-length", inside: ["8", "128"], outside: ["7", "129"]),
        Bound("login.password.max-length", inside: ["64", "1024"], outside: ["63", "1025"]),
        Bound("login.hash.argon2id.memory", inside: ["46MiB", "1GiB"], outside: ["45MiB", "1025MiB"]),
        Bound("login.hash.argon2id.iterations", inside: ["1", "16"], outside: ["0", "17"]),
        Bound("login.hash.argon2id.parallelism", inside: ["1", "16"], outside: ["0", "17"]),
        Bound("login.hash.scrypt.log-n", inside: ["17", "20"], outside: ["16", "21"]),
        Bound("login.hash.scrypt.block-size", inside: ["8", "32"], outside: ["7", "33"]),
        Bound("login.hash.scrypt.parallelism", inside: ["1", "16"], outside: ["0", "17"]),
        Bound("login.hash-workers", inside: ["0", "64"], outside: ["65"]),
        Bound("login.hash-queue", inside: ["1", "10000"], outside: ["0", "10001"]),
        Bound("login.fresh", inside: ["1m", "24h"], outside: ["0s", "59999ms", "86401s"]),
        Bound("login.second-factor.window", inside: ["0", "1"], outside: ["-1", "2"]),
        Bound(
            "login.lockout.pair", inside: ["1/1s", "1000/24h"],
            outside: ["0/1s", "1001/1s", "5/999ms", "5/25h"]),
        Bound("login.lockout.pair-duration", inside: ["1s", "1h"], outside: ["999ms", "25h"]),
        Bound("login.lockout.max-duration", inside: ["15m", "24h"], outside: ["999ms", "86401s"]),
        Bound(
            "login.lockout.address", inside: ["1/1s", "1000/24h"], outside: ["0/1s", "1001/1s", "5/25h"]),
        Bound(
            "login.lockout.account", inside: ["1/1s", "1000/24h"], outside: ["0/1s", "1001/1s", "5/25h"]),
        Bound("login.lockout.consecutive", inside: ["10", "1000000"], outside: ["9", "1000001"]),
        Bound("login.lockout.names-per-address", inside: ["20", "100000"], outside: ["19", "100001"]),
        Bound("login.lockout.device-lifetime", inside: ["1m", "9600h"], outside: ["59s", "9601h"]),
        Bound(
            "operations.address", inside: ["127.0.0.1:0", "127.0.0.1:65535"], outside: ["127.0.0.1:65536"]),
        Bound("upstreams.scheduler.connect-timeout", inside: ["10ms", "1h"], outside: ["9ms", "3601s"]),
        Bound("upstreams.scheduler.response-timeout", inside: ["10ms", "1h"], outside: ["9ms", "3601s"]),
        Bound("upstreams.scheduler.queue-timeout", inside: ["10ms", "1h"], outside: ["9ms", "3601s"]),
        Bound("upstreams.scheduler.idle-timeout", inside: ["10ms", "1h"], outside: ["9ms", "3601s"]),
        Bound("upstreams.scheduler.max-lifetime", inside: ["1s", "24h"], outside: ["999ms", "86401s"]),
        Bound("upstreams.scheduler.resolve-interval", inside: ["1s", "1h"], outside: ["999ms", "3601s"]),
        Bound("upstreams.scheduler.max-connections", inside: ["1", "65536"], outside: ["0", "65537"]),
        Bound("upstreams.scheduler.queue", inside: ["0", "65536"], outside: ["65537"]),
        Bound(
            "upstreams.scheduler.health-check.interval", inside: ["0s", "100ms", "1h"],
            outside: ["99ms", "3601s"]),
        Bound("upstreams.scheduler.health-check.timeout", inside: ["10ms", "1m"], outside: ["9ms", "61s"]),
        Bound(
            "upstreams.scheduler.health-check.healthy-after", inside: ["1", "100"], outside: ["0", "101"]),
        Bound(
            "upstreams.scheduler.health-check.unhealthy-after", inside: ["1", "100"], outside: ["0", "101"]),
        Bound("upstreams.scheduler.ejection.failures", inside: ["1", "1000"], outside: ["0", "1001"]),
        Bound(
            "upstreams.scheduler.ejection.duration", inside: ["100ms", "30s"], outside: ["99ms", "3601s"]),
        Bound(
            "upstreams.scheduler.ejection.max-duration", inside: ["1s", "1h"], outside: ["99ms", "3601s"]),
        Bound("upstreams.scheduler.ejection.max-ejected", inside: ["0.01", "1"], outside: ["0", "1.01"]),
        Bound(
            "upstreams.scheduler.circuit-breaker.failures", inside: ["0.01", "1"], outside: ["0", "1.01"]),
        Bound(
            "upstreams.scheduler.circuit-breaker.requests", inside: ["0", "1000000"], outside: ["1000001"]),
        Bound(
            "upstreams.scheduler.circuit-breaker.window", inside: ["100ms", "1h"], outside: ["99ms", "3601s"]),
        Bound(
            "upstreams.scheduler.circuit-breaker.cool-down", inside: ["100ms", "1h"],
            outside: ["99ms", "3601s"]),
    ]

    @Test(
        "pain 20: a value on its bound is taken, one beyond it is refused with its bounds named",
        arguments: bounds)
    func bothSides(_ bound: Bound) throws {
        for value in bound.inside {
            _ = try Configuration.parse(Self.document(bound.key, value), file: "test")
        }
        for value in bound.outside {
            let faults = #expect(throws: ConfigFaults.self, "\(bound.key): \(value)") {
                try Configuration.parse(Self.document(bound.key, value), file: "test")
            }
            #expect(faults?.faults.map(\.key) == [bound.key])
        }
    }

    @Test("pain 20: no duration of the table may be longer than thirty days")
    func noEndlessDuration() throws {
        for name in ConfigEnvironment.names(ConfigTable.root.map(\.outline), nil) {
            let isDuration = ["TIMEOUT", "INTERVAL", "DURATION", "DEADLINE", "GRACE"].contains {
                name.hasSuffix($0)
            }
            guard isDuration else { continue }
            #expect(throws: ConfigFaults.self, "\(name)") {
                try Configuration.parse("", file: "test", environment: ["FILLGATE_\(name)": "721h"])
            }
        }
    }

    /// One key as a YAML document.
    private static func document(_ key: String, _ value: String) -> String {
        let parts = key.split(separator: ".")
        let lines = parts.enumerated().map { depth, part in String(repeating: "  ", count: depth) + part + ":"
        }
        // An upstream is nothing without an address.
        let rest = parts.first == "upstreams" ? "\n    addresses: [127.0.0.1:8081]" : ""
        return lines.joined(separator: "\n") + " \"\(value)\"\(rest)\n"
    }
}
