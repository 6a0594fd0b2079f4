import GatewayCore
import Testing

@testable import Fillgate

@Suite("The default configuration")
struct ConfigDefaultTests {
    @Test("what 'config print' writes parses to the defaults")
    func roundTrip() throws {
        #expect(try Configuration.parse(Configuration.defaultText, file: "printed") == Settings())
    }

    @Test("an empty file is the defaults")
    func emptyFile() throws {
        #expect(try Configuration.parse("", file: "empty") == Settings())
        #expect(try Configuration.parse("# nothing\nsessions:\n", file: "empty") == Settings())
    }

    @Test("every key that can be set is printed with a comment of its own")
    func everyKeyIsPrinted() {
        let lines = Configuration.defaultText.split(separator: "\n").map(String.init)
        for name in ConfigEnvironment.names(ConfigTable.root.map(\.outline), nil)
        where !name.hasSuffix("_FILE") {
            let key = name.split(separator: "_").last.map { $0.lowercased() } ?? ""
            let at = lines.firstIndex { line in
                line.drop { " #-".contains($0) }.split(separator: ":").first?.hasSuffix(key) == true
            }
            guard let at else {
                Issue.record("\(name) is not printed")
                continue
            }
            #expect(lines[..<at].contains { $0.contains("#") })
        }
    }

    @Test("the printed comments that stand for keys are keys, or say that they are not there yet")
    func commentedKeysAreKnown() throws {
        var text = Configuration.defaultText
        for key in ["username: fillgate", "database: 0", "methods: [GET, HEAD]", "limits: [address, api]"] {
            #expect(text.contains("# \(key)"))
            text = text.replacing("# \(key)", with: key)
        }
        text = text.replacing("# password: \"\"", with: "password: none")
        // One of the passwords is the sentinels'.
        let socket = "url: \(RedisURL.standard)"
        #expect(text.contains(socket))
        text = text.replacing(socket, with: "url: redis+sentinel://127.0.0.1/mymaster")
        let settings = try Configuration.parse(text, file: "printed")
        #expect(settings.redis.username == "fillgate")
        #expect(settings.routes.first?.methods == ["GET", "HEAD"])
        #expect(settings.endpoints.limits == ["address", "api"])
    }

    @Test("the names and values of the documented example hold")
    func documentedExample() throws {
        let settings = try Configuration.parse(Self.example, file: "example")
        #expect(settings == Settings())
        #expect(settings.sessions.idleTimeout == .seconds(1_800))
        #expect(settings.login.lockout.pair == FailureThreshold(failures: 5, window: .seconds(900)))
        #expect(
            settings.routeTable.routes.map { $0.limits.map(\.name) } == [["address", "api"], ["address"]])
        #expect(settings.routeTable.routes.map(\.bodyLimit) == [10 << 20, 10 << 20])
        #expect(settings.credentialPolicies.map(\.name) == ["login"])
        #expect(settings.endpointPolicies.map(\.name) == ["address", "api"])
    }

    @Test("open registration brings a policy of its own, and a written one takes its place")
    func registration() throws {
        #expect(Settings().registrationPolicies.isEmpty)
        let open = try Configuration.parse("login: { registration: open }", file: "f")
        #expect(open.login.registration == .open)
        let policy = try #require(open.registrationPolicies.first)
        #expect(policy.name == "register" && policy.key == .address)
        #expect(policy == LimitEntry.register.policy())
        let own = try Configuration.parse(
            """
            login: { registration: open }
            limits: [{ name: register, key: [ip], rate: 1/h, burst: 1 }]
            upstreams: {}
            """, file: "f")
        #expect(
            own.registrationPolicies.map(\.gcra) == [GCRA(count: 1, per: .seconds(3_600), burst: 1, cost: 1)])
        #expect(own.policyEntries.map(\.name) == ["register", "login"])
    }

    private static let example = """
        listen:
          - address: 127.0.0.1:8080
        operations: { address: 127.0.0.1:9901 }
        redis:
          url: unix:///run/fillgate/redis.sock
          deadline: 50ms
        data-directory: /var/lib/fillgate
        trusted-proxies: []
        event-loops: 0
        sessions: { idle-timeout: 30m, absolute-timeout: 12h, per-user: 100, cache: 2s }
        login:
          registration: closed
          password: { min-length: 15, max-length: 128 }
          hash: { scheme: argon2id }
          hash-workers: 0
          lockout: { pair: 5/15m, pair-duration: 15m, max-duration: 1h, address: 20/10m, account: 50/1h, consecutive: 100 }
        limits:
          - { name: address, key: [ip], rate: 50/s, burst: 100, mode: enforce, on-store-failure: local }
          - { name: login, key: [ip], rate: 10/min, burst: 10 }
          - { name: api, key: [user], rate: 100/s, burst: 200 }
        upstreams:
          scheduler:
            addresses: [127.0.0.1:8081]
            health-check: { path: /ready, interval: 5s }
        routes:
          - { path: /api/v1/**, upstream: scheduler, require: user, limits: [address, api], body-limit: 10MiB }
          - { path: /app/**, upstream: scheduler, require: user, limits: [address] }
        """
}
