import Crypto
import Foundation
import ServiceCore
import TestSupport
import Testing

@Suite("Who may ask")
struct AuthenticationTests {
    private static let routes: [(String, String)] = [
        ("POST", "/api/v1/schedule"), ("POST", "/api/v1/schedule/json"),
        ("POST", "/api/v1/schedule/validate"),
        ("GET", "/api/v1/schedule/some-id"), ("DELETE", "/api/v1/schedule/some-id"),
        ("POST", "/api/v1/schedule/some-id/cancel"), ("GET", "/api/v1/schedule/some-id/export"),
        ("GET", "/api/v1/schedules"), ("GET", "/api/v1/schedules/stats"), ("GET", "/api/v1/strategies"),
        ("GET", "/"), ("GET", "/nothing"),
    ]

    @Test(
        "pain 30: no route answers a request without a valid assertion: none, expired, other audience, other key, unsigned"
    )
    func refusals() async throws {
        let fixture = try SchedulerFixture()
        let scheduler = try await fixture.start()
        func signed(_ claims: IdentityAssertion, by key: AssertionSigningKey) throws -> String {
            String(decoding: try key.sign(claims), as: UTF8.self)
        }
        let other = AssertionSigningKey(Curve25519.Signing.PrivateKey())
        let valid = try signed(SchedulerFixture.claims(), by: fixture.key)
        let unsigned = valid.split(separator: ".").dropLast().joined(separator: ".") + "."
        let assertions: [(String, String?)] = [
            ("none", nil), ("empty", ""), ("garbage", "x.y.z"), ("unsigned", unsigned),
            ("expired", try signed(SchedulerFixture.claims(age: 120), by: fixture.key)),
            ("from the future", try signed(SchedulerFixture.claims(age: -120), by: fixture.key)),
            ("too long a life", try signed(SchedulerFixture.claims(lifetime: 61), by: fixture.key)),
            ("other audience", try signed(SchedulerFixture.claims(aud: "reports"), by: fixture.key)),
            ("other key", try signed(SchedulerFixture.claims(), by: other)),
        ]
        for (what, assertion) in assertions {
            for (method, path) in Self.routes {
                let answer = try await scheduler.ask(
                    .init(rawValue: method), path, as: nil, assertion: assertion,
                    json: method == "POST" ? "{}" : nil)
                #expect(answer.status == 401, "\(what): \(method) \(path)")
                #expect(answer.code == "assertion-invalid", "\(what): \(method) \(path)")
                #expect(answer.headers.first(name: "Content-Type") == "application/problem+json")
            }
        }
        #expect(try await scheduler.ask(.GET, "/api/v1/strategies").status == 200)
        #expect(!scheduler.process.output.contains(valid))
    }

    @Test("two assertions on one request are none")
    func twoAssertions() async throws {
        let fixture = try SchedulerFixture()
        let scheduler = try await fixture.start()
        let token = String(decoding: try fixture.key.sign(SchedulerFixture.claims()), as: UTF8.self)
        let answer = try await scheduler.ask(
            .GET, "/api/v1/strategies", headers: [IdentityAssertion.headerName: token])
        #expect(answer.status == 401)
    }

    @Test("seed bug 3: the list of strategies needs an assertion too; only health and readiness are open")
    func openRoutes() async throws {
        let scheduler = try await SchedulerFixture().start()
        #expect(try await scheduler.ask(.GET, "/api/v1/strategies", as: nil).status == 401)
        for path in ["/health", "/ready", "/api/v1/health", "/api/v1/ready"] {
            #expect(try await scheduler.ask(.GET, path, as: nil).status == 200)
        }
    }

    @Test("a key that was published after the start is believed at its first assertion")
    func rotation() async throws {
        let fixture = try SchedulerFixture()
        let scheduler = try await fixture.start()
        let next = AssertionSigningKey(Curve25519.Signing.PrivateKey())
        let token = String(decoding: try next.sign(SchedulerFixture.claims()), as: UTF8.self)
        #expect(try await scheduler.ask(.GET, "/api/v1/strategies", as: nil, assertion: token).status == 401)
        try fixture.publish([fixture.key, next])
        #expect(try await scheduler.ask(.GET, "/api/v1/strategies", as: nil, assertion: token).status == 200)
        #expect(try await scheduler.ask(.GET, "/api/v1/strategies").status == 200)
    }

    @Test("it starts without keys, says that it is not ready, and is once they are there")
    func lateKeys() async throws {
        let fixture = try SchedulerFixture()
        let scheduler = try await fixture.start(keys: fixture.folder.file("later.json"))
        #expect(try await scheduler.ask(.GET, "/health", as: nil).status == 200)
        let early = try await scheduler.ask(.GET, "/ready", as: nil)
        #expect(early.status == 503)
        #expect(early.json["keys"] as? Bool == false)
        #expect(early.json["database"] as? Bool == true)
        let keys = try JSONEncoder().encode(JSONWebKeySet(keys: [fixture.key.publicKey]))
        try fixture.folder.write(keys, to: "later.json")
        try await scheduler.process.wait(until: "ready") {
            try await scheduler.ask(.GET, "/ready", as: nil).status == 200
        }
    }

    @Test("the keys are read from a URL as well as from a file")
    func keysByURL() async throws {
        let fixture = try SchedulerFixture()
        let publisher = try ServerProcess(
            "python3", ["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"], directory: fixture.folder.path
        )
        try await publisher.wait(forOutput: "port ")
        let port = publisher.output.split(separator: "port ").last?.prefix { $0.isNumber } ?? ""
        let scheduler = try await fixture.start(keys: "http://127.0.0.1:\(port)/keys.json")
        #expect(try await scheduler.ask(.GET, "/api/v1/strategies").status == 200)
    }

    @Test("another owner's schedule is 404 everywhere: read, list, statistics, export, cancel, delete")
    func ownership() async throws {
        let scheduler = try await SchedulerFixture().start()
        let id = try await scheduler.submit(as: "anna")
        _ = try await scheduler.finished(id)
        let missing = try await scheduler.ask(.GET, "/api/v1/schedule/no-such-schedule", as: "ben")
        for (method, path) in [
            ("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/export?format=csv"),
            ("GET", "/export?format=json"),
        ] {
            let answer = try await scheduler.ask(
                .init(rawValue: method), "/api/v1/schedule/\(id)\(path)", as: "ben")
            #expect(answer.status == 404, "\(method) \(path)")
            // Not even the wording tells that it exists.
            #expect(answer.code == missing.code)
            #expect(answer.json["detail"] as? String == missing.json["detail"] as? String)
        }
        let list = try await scheduler.ask(.GET, "/api/v1/schedules", as: "ben")
        #expect(list.json["total"] as? Int == 0)
        let statistics = try await scheduler.ask(.GET, "/api/v1/schedules/stats", as: "ben")
        #expect(statistics.json["total"] as? Int == 0, "\(statistics.status) \(statistics.text)")
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)").status == 200)
    }

    @Test("an administrator reads everybody's schedules and changes none of them")
    func administrators() async throws {
        let scheduler = try await SchedulerFixture().start()
        let id = try await scheduler.submit(as: "anna")
        _ = try await scheduler.finished(id)
        func asAdmin(_ method: String, _ path: String) async throws -> RunningScheduler.Answer {
            try await scheduler.ask(.init(rawValue: method), path, as: "root", roles: ["user", "admin"])
        }
        #expect(try await asAdmin("GET", "/api/v1/schedule/\(id)").json["owner"] as? String == "anna")
        #expect(try await asAdmin("GET", "/api/v1/schedules").json["total"] as? Int == 1)
        #expect(try await asAdmin("GET", "/api/v1/schedule/\(id)/export").status == 200)
        #expect(try await asAdmin("DELETE", "/api/v1/schedule/\(id)").code == "not-owner")
        #expect(try await asAdmin("POST", "/api/v1/schedule/\(id)/cancel").code == "not-owner")
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)").status == 200)
    }
}
