import Foundation
import GatewayCore
import Testing

@testable import GatewayEndpoints

/// A world with an administrator who is logged in.
struct AdminWorld {
    let world: World
    let root: Account
    let token: String

    static let email = EmailAddress("root@example.com")!

    init(_ backend: Backend) async throws {
        world = try await World(backend)
        root = try await world.add(Self.email, isAdmin: true)
        token = try await world.logIn(Self.email)
        world.audited.events.withLock { $0 = [] }
    }

    func send(_ method: String, _ path: String, _ json: String? = nil) async throws -> EndpointResponse {
        try await world.send(
            Call(
                method: method, target: "/api/v1/admin" + path, type: json == nil ? nil : "application/json",
                body: json ?? "", token: token))
    }

    var events: [AuditEvent] { world.audited.all }
}

@Suite("The admin API: accounts")
struct AdminUserTests {
    @Test("an administrator makes, shows, lists, changes and deletes an account", arguments: Backend.allCases)
    func life(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        let made = try await admin.send(
            "POST", "/users", #"{"email":"Bob@example.com","password":"nine otters under the old mill"}"#)
        #expect(made.status == 201)
        let id = try #require(try made.object()["id"] as? String)
        #expect(made.header("Location") == "/api/v1/admin/users/\(id)")
        #expect(try made.object()["is_superuser"] as? Bool == false)
        #expect(!made.text.contains("argon2"))

        #expect(try await admin.send("GET", "/users/\(id)").object()["email"] as? String == "bob@example.com")
        #expect(try await admin.send("GET", "/users/bob@example.com").object()["id"] as? String == id)
        let listed = try await admin.send("GET", "/users").object()
        let users = try #require(listed["users"] as? [[String: Any]])
        #expect(users.compactMap { $0["email"] as? String } == ["bob@example.com", "root@example.com"])
        #expect(listed["next"] is NSNull)

        _ = try await admin.world.logIn(
            EmailAddress("bob@example.com")!, password: "nine otters under the old mill")
        let disabled = try await admin.send("PATCH", "/users/\(id)", #"{"is_active":false}"#)
        #expect(try disabled.object()["is_active"] as? Bool == false)
        #expect(try await admin.world.sessions(UserID(id)!).isEmpty)
        let back = try await admin.send("PATCH", "/users/\(id)", #"{"is_active":true,"is_superuser":true}"#)
        #expect(try back.object()["is_active"] as? Bool == true)
        #expect(try back.object()["is_superuser"] as? Bool == true)
        #expect(try await admin.send("DELETE", "/users/\(id)").status == 204)
        #expect(try await admin.send("GET", "/users/\(id)").status == 404)

        let kinds = admin.events.filter { $0.actor == .user(admin.root.id, admin.root.email) }.map(\.kind)
        #expect(
            kinds == [
                .accountCreated, .accountDisabled, .sessionRevoked, .accountChanged, .accountEnabled,
                .accountDisabled, .accountDeleted,
            ])
        let subjects = admin.events.filter { $0.kind != .loginSucceeded && $0.kind != .sessionBegan }
        #expect(subjects.allSatisfy { $0.subject?.email.text == "bob@example.com" && $0.request != nil })
    }

    @Test("a new password ends the account's sessions, and only it logs in", arguments: Backend.allCases)
    func password(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        let alice = try await admin.world.add()
        _ = try await admin.world.logIn()
        let fresh = "seven herons stand in the reeds"
        let answer = try await admin.send("PATCH", "/users/\(alice.id)", #"{"password":"\#(fresh)"}"#)
        #expect(answer.status == 200)
        #expect(try await admin.world.sessions(alice.id).isEmpty)
        #expect(try await admin.world.send(.login("alice@example.com", World.password)).status == 401)
        #expect(try await admin.world.send(.login("alice@example.com", fresh)).status == 200)
    }

    @Test("faults name the field", arguments: Backend.allCases)
    func faults(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        let alice = try await admin.world.add()
        let bad = try await admin.send(
            "POST", "/users", #"{"email":"nonsense","password":"short","is_superuser":"yes"}"#)
        #expect(bad.status == 422)
        #expect(try bad.faultyFields() == ["email", "password", "is_superuser"])
        let taken = try await admin.send(
            "POST", "/users", #"{"email":"alice@example.com","password":"nine otters under the old mill"}"#)
        #expect(taken.status == 409 && taken.code == "address-taken")
        #expect(try await admin.send("PATCH", "/users/\(alice.id)", "{}").faultyFields() == ["is_active"])
        let text = try await admin.send("PATCH", "/users/\(alice.id)", #"{"is_active":"no"}"#)
        #expect(try text.faultyFields() == ["is_active"])
        #expect(try await admin.send("PATCH", "/users/nobody@example.com", "{}").status == 404)
        #expect(try await admin.send("DELETE", "/users/NOT AN ID").status == 404)
        #expect(admin.events.isEmpty)
    }

    @Test(
        "nobody disables, demotes or deletes themselves, or sets their own password without the present one",
        arguments: Backend.allCases)
    func oneself(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        let password = #"{"is_active":true,"password":"seven herons stand in the reeds"}"#
        for change in [#"{"is_active":false}"#, #"{"is_superuser":false}"#, password] {
            let answer = try await admin.send("PATCH", "/users/\(admin.root.id)", change)
            #expect(answer.status == 409 && answer.code == "own-account")
            #expect(answer.text.contains("PUT /api/v1/auth/password"))
        }
        #expect(try await admin.send("DELETE", "/users/root@example.com").status == 409)
        // What they are already changes nothing.
        #expect(
            try await admin.send("PATCH", "/users/root@example.com", #"{"is_active":true}"#).status == 200)
        #expect(try await admin.world.account(admin.root.id)?.isAdmin == true)
        #expect(admin.events.isEmpty)
        #expect(try await admin.world.send(.login("root@example.com", World.password)).status == 200)
    }

    @Test(
        "of two administrators who end each other at the same moment one is left", arguments: Backend.allCases
    )
    func eachOther(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        let other = try await admin.world.add(EmailAddress("other@example.com")!, isAdmin: true)
        // The other was faster: the session that asks has been let in, and its account is none any more.
        let principal = Principal(
            session: Session(
                digest: SessionToken.random().digest, user: admin.root.id, email: admin.root.email,
                isAdmin: true, createdAt: Call.clock(), lastUsedAt: Call.clock(),
                expiresAt: Call.clock() + .seconds(60), address: "192.0.2.1", userAgent: ""),
            credential: .bearer)
        try await admin.world.setActive(false, admin.root.id)
        for (method, body) in [
            ("PATCH", #"{"is_active":false}"#), ("PATCH", #"{"is_superuser":false}"#), ("DELETE", ""),
        ] {
            var call = Call(target: "/api/v1/admin/users/\(other.id)", body: body)
            call.method = method
            call.principal = principal
            let answer = try await admin.world.send(call)
            #expect(answer.status == 409 && answer.code == "last-administrator")
            let left = try await admin.world.account(other.id)
            #expect(left?.isActive == true && left?.isAdmin == true)
        }
    }

    @Test("whoever is no administrator is refused everything", arguments: Backend.allCases)
    func notAdministrator(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let token = try await world.logIn()
        let names = await world.endpointNames.filter { $0.contains("/admin/") }
        #expect(names.count == 15)
        for name in names {
            let parts = name.split(separator: " ").map(String.init)
            var call = Call(target: parts[1].replacing("{id}", with: "x"), type: nil)
            call.method = parts[0]
            #expect(try await world.send(call).status == 401)
            call.token = token
            #expect(try await world.send(call).status == 403, "\(name)")
        }
    }

    @Test("accounts are listed page by page, each once", arguments: Backend.allCases)
    func pages(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        for number in 0..<150 {
            try await admin.world.add(
                EmailAddress("user\(number)+x@example.com")!, hash: PasswordHash(encoded: "$none"))
        }
        var seen: [String] = []
        var query = ""
        for _ in 0..<10 {
            let page = try await admin.send("GET", "/users" + query).object()
            seen += (page["users"] as? [[String: Any]] ?? []).compactMap { $0["email"] as? String }
            guard let next = page["next"] as? String else { break }
            query = "?" + Call.encoded(["cursor": next])
        }
        #expect(seen.count == 151 && Set(seen).count == 151)
    }
}

@Suite("The admin API: locks, sessions, limits, audit")
struct AdminStateTests {
    @Test(
        "pain 15: locks are listed and cleared by user, by address and all at once",
        arguments: Backend.allCases)
    func lockouts(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        try await admin.world.add()
        func lock() async throws {
            for _ in 0..<6 {
                _ = try await admin.world.send(.login("alice@example.com", "a wrong password indeed"))
            }
        }
        func locked() async throws -> [[String: Any]] {
            try await admin.send("GET", "/lockouts").object()["lockouts"] as? [[String: Any]] ?? []
        }
        for query in ["?user=alice%40example.com", "?address=192.0.2.1", "?all=true"] {
            try await lock()
            let rows = try await locked()
            #expect(rows.contains { $0["user"] as? String == "alice@example.com" && $0["failures"] is Int })
            let answer = try await admin.send("DELETE", "/lockouts" + query)
            #expect(try answer.object()["cleared"] as? Int ?? 0 > 0)
            #expect(try await locked().isEmpty)
            #expect(admin.events.last?.kind == .unlocked)
            #expect(try await admin.world.send(.login("alice@example.com", World.password)).status == 200)
        }
        for query in ["", "?user=x", "?address=x", "?all=false", "?user=a%40b&all=true"] {
            #expect(try await admin.send("DELETE", "/lockouts" + query).status == 422)
        }
        #expect(try await admin.send("GET", "/lockouts?limit=0").faultyFields() == ["limit"])
        #expect(try await admin.send("GET", "/lockouts?limit=10001").faultyFields() == ["limit"])
        #expect(try await admin.send("GET", "/lockouts?limit=10000").status == 200)
    }

    @Test("a user's sessions are listed, ended one by one, or all", arguments: Backend.allCases)
    func sessions(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        let alice = try await admin.world.add()
        for _ in 0..<3 { _ = try await admin.world.logIn() }
        let listed = try await admin.send("GET", "/sessions?user=alice%40example.com").object()
        let rows = try #require(listed["sessions"] as? [[String: Any]])
        #expect(rows.count == 3)
        let id = try #require(rows[1]["id"] as? String)
        #expect(try await admin.send("DELETE", "/sessions/\(id)?user=\(alice.id)").status == 204)
        #expect(try await admin.send("DELETE", "/sessions/\(id)?user=\(alice.id)").status == 404)
        #expect(admin.events.last?.session?.description == id)
        let ended = try await admin.send("DELETE", "/sessions?user=\(alice.id)")
        #expect(try ended.object()["ended"] as? Int == 2)
        #expect(try await admin.world.sessions(alice.id).isEmpty)
        #expect(try await admin.send("GET", "/sessions").faultyFields() == ["user"])
        #expect(try await admin.send("GET", "/sessions?user=nobody%40example.com").status == 404)
    }

    @Test("limits show what is left, and a reset brings it back", arguments: Backend.allCases)
    func limits(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        let alice = try await admin.world.add()
        let question = LimitQuestion(address: AddressPrefix("192.0.2.9"), user: alice.id)
        try await admin.world.use(question)
        try await admin.world.use(question)
        for _ in 0..<2 { #expect(try await admin.world.occupy(alice.id)) }
        let query = "?address=192.0.2.9&user=alice%40example.com"
        let shown = try await admin.send("GET", "/limits" + query).object()["limits"] as? [[String: Any]]
        #expect(shown?.compactMap { $0["policy"] as? String } == ["address", "api", "exports"])
        #expect(shown?.compactMap { $0["remaining"] as? Int } == [3, 3, 1])
        #expect(shown?.map { $0["in_flight"] as? Int } == [nil, nil, 2])
        #expect(shown?.map { $0["full_in"] == nil } == [false, false, true])
        #expect(try await admin.send("DELETE", "/limits" + query).object()["reset"] as? Int == 3)
        let after = try await admin.send("GET", "/limits" + query).object()["limits"] as? [[String: Any]]
        #expect(after?.compactMap { $0["remaining"] as? Int } == [5, 5, 3])
        let ofAddress = try await admin.send("GET", "/limits?address=192.0.2.9").object()["limits"]
        #expect((ofAddress as? [[String: Any]])?.compactMap { $0["policy"] as? String } == ["address"])
        #expect(admin.events.last?.kind == .limitReset)
        #expect(try await admin.send("DELETE", "/limits").faultyFields() == ["user"])
        #expect(try await admin.send("GET", "/limits?address=x").faultyFields() == ["address"])
    }

    private func report(
        _ worker: String, at seconds: Int64, refused: Int, _ user: UserID
    ) throws -> WorkerReport {
        var api = WorkerReport.Policy("api")
        api.admitted = 10
        api.refused = refused
        var exports = WorkerReport.Policy("exports")
        exports.inFlight = 1
        let key = RefusalRanking.Key(policy: "api", subject: .user(user), isShadow: false)
        return WorkerReport(
            worker: worker, version: "1", at: seconds * 1_000_000 + 250_000, isDraining: false,
            connections: 3, requests: 20, failures: 1, logins: .init(succeeded: 1, failed: 2, locked: 0),
            redis: .init(loops: 2, connected: 2, open: 0, unanswered: 0), policies: [api, exports],
            upstreams: [
                .init(
                    upstream: "app", inFlight: 1, queued: 0, open: 0, ejected: 0,
                    addresses: [.init(address: "127.0.0.1:1", verdict: "healthy", fault: nil)])
            ], refused: [.init(key, count: refused)])
    }

    @Test(
        "what all workers tell of limits is added up, and each of them is told of",
        arguments: Backend.allCases)
    func overview(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        let alice = try await admin.world.add()
        try await admin.world.keep(report("a:1", at: 100, refused: 4, alice.id))
        try await admin.world.keep(report("b:2", at: 102, refused: 3, alice.id))
        let limits = try await admin.send("GET", "/limits").object()
        #expect(limits["workers"] as? [String] == ["a:1", "b:2"])
        #expect(limits["counted_at"] as? String == "1970-01-01T00:01:41.250Z")
        let policies = try #require(limits["policies"] as? [[String: Any]])
        #expect(policies.map { $0["policy"] as? String } == ["api", "exports"])
        #expect(policies.map { $0["admitted"] as? Int } == [20, 0])
        #expect(policies.map { $0["refused"] as? Int } == [7, 0])
        #expect(policies.map { $0["in_flight"] as? Int } == [0, 2])
        #expect(policies.map { $0["rate"] as? String } == ["1/h", nil])
        #expect(policies.map { $0["most"] as? Int } == [nil, 3])
        #expect(policies.map { $0["overridden"] as? Bool } == [false, true])
        let refused = try #require(limits["refused"] as? [[String: Any]])
        #expect(refused.count == 1)
        #expect(refused.first?["user"] as? String == "alice@example.com")
        #expect(refused.first?["count"] as? Int == 7)

        let health = try await admin.send("GET", "/health").object()
        #expect((health["redis"] as? [String: Any])?["latency_ms"] as? Double == 0.25)
        let workers = try #require(health["workers"] as? [[String: Any]])
        #expect(workers.map { $0["worker"] as? String } == ["a:1", "b:2"])
        #expect(workers.map { $0["at"] as? String }.first == "1970-01-01T00:01:40.250Z")
        #expect((workers.first?["upstreams"] as? [[String: Any]])?.first?["upstream"] as? String == "app")
        #expect(workers.allSatisfy { $0["policies"] == nil })
    }

    @Test(
        "accounts are found by a part of their address, however many do not have it",
        arguments: Backend.allCases)
    func search(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        for number in 0..<210 {
            try await admin.world.add(EmailAddress("user\(1_000 + number)@example.com")!)
        }
        func found(_ search: String) async throws -> [String?] {
            let page = try await admin.send("GET", "/users?search=\(search)").object()
            #expect(page["next"] is NSNull)
            return (page["users"] as? [[String: Any]] ?? []).map { $0["email"] as? String }
        }
        #expect(try await found("R1209") == ["user1209@example.com"])
        #expect(try await found("root%40") == ["root@example.com"])
        #expect(try await found("none").isEmpty)
    }

    @Test("the audit is read page by page, newest first, and by account", arguments: Backend.allCases)
    func audit(backend: Backend) async throws {
        let admin = try await AdminWorld(backend)
        try await admin.world.add()
        for _ in 0..<3 { _ = try await admin.world.logIn() }
        _ = try await admin.send("DELETE", "/lockouts?all=true")
        try await admin.world.keepAudited()
        var seen: [String] = []
        var query = "?limit=3"
        for _ in 0..<10 {
            let page = try await admin.send("GET", "/audit" + query).object()
            seen += (page["events"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
            guard let next = page["next"] as? String else { break }
            query = "?limit=3&cursor=\(next)"
        }
        #expect(seen == admin.events.reversed().map(\.id))
        let ofAlice = try await admin.send("GET", "/audit?user=alice%40example.com").object()
        #expect((ofAlice["events"] as? [Any])?.count == 6)
        #expect(ofAlice["next"] is NSNull)
        let some = try await admin.send("GET", "/audit?kind=unlocked,locked").object()
        #expect((some["events"] as? [[String: Any]])?.map { $0["kind"] as? String } == ["unlocked"])
        for (query, field) in [
            ("kind=x", "kind"), ("kind=locked,x", "kind"), ("kind=", "kind"), ("limit=0", "limit"),
            ("limit=1001", "limit"), ("cursor=x", "cursor"), ("user=x", "user"),
        ] {
            #expect(try await admin.send("GET", "/audit?" + query).faultyFields() == [field])
        }
        #expect(try await admin.send("GET", "/audit?limit=1000").status == 200)
    }
}
