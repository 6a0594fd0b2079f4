import GatewayCore
import Testing

@testable import Fillgate

@Suite("What a configuration becomes")
struct ConfigurationTests {
    private func parse(_ text: String) throws -> Settings {
        try Configuration.parse(text, file: "gateway.yaml")
    }

    @Test("services of the operator's own take the place of the default ones")
    func ownServices() throws {
        let settings = try parse("upstreams: { app: { addresses: [\"unix:///run/app.sock\"] } }")
        #expect(settings.upstreams.map(\.name) == ["app"])
        #expect(settings.upstreams.first?.addresses == [.unixSocket(path: "/run/app.sock")])
        #expect(settings.routes.isEmpty)
    }

    @Test("limits of the operator's own keep the login policy, and theirs takes its place")
    func loginPolicyStays() throws {
        let other = "upstreams: {}\nlimits:\n  - { name: other, key: [ip, user], rate: 5/s, burst: 5 }"
        #expect(try parse(other).credentialPolicies.map(\.gcra.burst) == [10])
        #expect(try parse(other).endpointPolicies.isEmpty)
        #expect(try parse(other).policies.map(\.key) == [.addressAndUser, .address])
        let login = "upstreams: {}\nlimits:\n  - { name: login, key: [ip], rate: 5/s, burst: 3 }"
        #expect(try parse(login).credentialPolicies.map(\.gcra.burst) == [3])
    }

    @Test("routes keep their order, methods and limits")
    func routes() throws {
        let settings = try parse(
            """
            upstreams: { app: { addresses: [127.0.0.1:1] } }
            connections: { body-limit: 1MiB }
            routes:
              - { path: /a, methods: [GET, POST], upstream: app, require: anonymous, limits: [address] }
              - { path: /a, upstream: app, require: admin, body-limit: 2MiB }
            """)
        let routes = settings.routeTable.routes
        #expect(routes.map(\.methods) == [["GET", "POST"], nil])
        #expect(routes.map(\.require) == [.anonymous, .admin])
        #expect(routes.map(\.bodyLimit) == [1 << 20, 2 << 20])
        #expect(routes.map { $0.limits.map(\.name) } == [["address"], []])
    }

    @Test("a policy on every bound of its numbers is taken")
    func policyBounds() throws {
        let settings = try parse(
            """
            upstreams: {}
            limits:
              - { name: fast, key: [ip], rate: 10000/s, burst: 1, cost: 1 }
              - { name: slow, key: [user], rate: 1/h, burst: 24, cost: 24, local-share: 0.25, mode: shadow }
            """)
        #expect(settings.policies.map(\.gcra.interval).prefix(2) == [100, 3_600_000_000])
        #expect(settings.limits[1].policy()?.localShare == 0.25)
    }

    @Test("a shorter idle timeout shortens the touch interval that nobody wrote")
    func touchInterval() throws {
        #expect(try parse("sessions: { idle-timeout: 10s }").sessions.touchInterval == .seconds(10))
    }

    @Test(
        "addresses are read",
        arguments: [
            ("127.0.0.1:80", UpstreamSettings.Address.host("127.0.0.1", port: 80)),
            ("[2001:db8::1]:80", .host("2001:db8::1", port: 80)),
            ("app.example.com:80", .host("app.example.com", port: 80)),
            ("unix:///run/a.sock", .unixSocket(path: "/run/a.sock")),
            ("unix:/run/a.sock", .unixSocket(path: "/run/a.sock")),
        ])
    func addresses(_ text: String, _ address: UpstreamSettings.Address) throws {
        #expect(try AddressText.parse(text, ports: 1...65_535, unix: true) == address)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", ":80", "a:", "a:b", "a:-1", "[::1]", "[127.0.0.1]:80", "1.2.3:80", "a_b..c:80",
            "unix:relative", "-a:80",
            "a:80:90", "[::1:80", "http://a:80",
        ])
    func badAddresses(_ text: String) {
        #expect(throws: Complaint.self) { try AddressText.parse(text, ports: 1...65_535, unix: true) }
    }

    @Test("a configuration is looked for where it was named, then where the environment says")
    func search() {
        #expect(Configuration.path(named: "a", environment: ["FILLGATE_CONFIG": "b"]) == "a")
        #expect(Configuration.path(named: nil, environment: ["FILLGATE_CONFIG": "b"]) == "b")
    }

    @Test("a file that is not there, or not text, is a fault of its own")
    func unreadable() {
        let missing = #expect(throws: ConfigFaults.self) {
            try Configuration.load(path: "/nonexistent/gateway.yaml", environment: [:])
        }
        #expect(missing?.description == "/nonexistent/gateway.yaml: there is no such file")
    }
}
