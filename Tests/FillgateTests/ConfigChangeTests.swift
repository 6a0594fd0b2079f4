import Testing

@testable import Fillgate

@Suite("Changes of a configuration")
struct ConfigChangeTests {
    private func settings(_ text: String, _ environment: [String: String] = [:]) throws -> Settings {
        try Configuration.parse(text, file: "gateway.yaml", environment: environment)
    }

    private func changes(_ old: String, _ new: String) throws -> [String] {
        Configuration.changes(from: try settings(old), to: try settings(new))
    }

    @Test("equal configurations have no changes, however they are written")
    func none() throws {
        #expect(try changes("", "").isEmpty)
        #expect(try changes("sessions: { idle-timeout: 30m }", "sessions:\n  idle-timeout: 1800s").isEmpty)
    }

    @Test("a change has the key's whole name, and a secret's no more than that")
    func names() throws {
        #expect(
            try changes("drain-timeout: 1s", "{ drain-timeout: 2s, sessions: { per-user: 7 } }")
                == ["drain-timeout", "sessions.per-user"])
        #expect(
            try changes("redis: { password: one }", "redis: { password: two }") == ["redis.password"])
        #expect(
            try changes(
                "redis: { url: 'redis://a:one@127.0.0.1' }", "redis: { url: 'redis://a:two@127.0.0.1' }")
                == ["redis.url"])
        #expect(try changes("trusted-proxies: []", "trusted-proxies: [10.0.0.0/8]") == ["trusted-proxies"])
        #expect(
            try changes("", "endpoints: { limits: [address] }") == ["endpoints.limits"])
    }

    @Test("items that changed, came or went are named")
    func items() throws {
        let upstreams = "upstreams: { a: { addresses: [127.0.0.1:1] }, b: { addresses: [127.0.0.1:2] } }\n"
        #expect(
            try changes(
                upstreams + "routes: [{ path: /a, upstream: a }, { path: /b, upstream: b }]",
                upstreams + "routes: [{ path: /c, upstream: a }]") == ["routes[0].path", "routes[1]"])
        #expect(
            try changes(
                upstreams, "upstreams: { b: { addresses: [127.0.0.1:3] }, c: { addresses: [127.0.0.1:1] } }")
                == ["upstreams.a", "upstreams.b.addresses", "upstreams.c"])
    }

    @Test("what only a start can change is put back and named")
    func restart() throws {
        var new = try settings("event-loops: 4\nlisten: [{ address: 127.0.0.1:80, reuse-port: true }]")
        let old = try settings("event-loops: 2\nlisten: [{ address: 127.0.0.1:80 }]")
        #expect(Worker.keepWhatNeedsRestart(&new, from: old) == ["event-loops", "listen[0].reuse-port"])
        #expect(new == old)
        var other = try settings("event-loops: 2\nlisten: [{ address: 127.0.0.1:81, reuse-port: true }]")
        #expect(Worker.keepWhatNeedsRestart(&other, from: old).isEmpty)
        #expect(other.listen[0].reusePort)
    }
}
