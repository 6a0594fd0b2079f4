import Foundation
import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("One's own API keys")
struct OwnKeysTests {
    private func create(_ world: World, _ token: String, _ body: String) async throws -> EndpointResponse {
        try await world.send(Call(target: "/api/v1/auth/keys", body: body, token: token))
    }

    private func list(_ world: World, _ token: String) async throws -> [[String: Any]] {
        let answer = try await world.send(.get("/api/v1/auth/keys", token: token))
        #expect(answer.status == 200)
        let policy = try answer.object()["policy"] as? [String: Int]
        #expect(
            policy == [
                "per_user": 20, "addresses": 16, "lifetime": 90 * 86_400, "max_lifetime": 365 * 86_400,
            ])
        return try #require(try answer.object()["keys"] as? [[String: Any]])
    }

    @Test(
        "pain 25: a key is made with scopes and an end, its secret is told once and works",
        arguments: Backend.allCases)
    func create(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let token = try await world.logIn()
        let answer = try await create(
            world, token,
            #"{"name":"CI","scopes":["write","read"],"expires_in":3600,"addresses":["192.0.2.0/24"]}"#)
        #expect(answer.status == 201 && answer.header("Cache-Control") == "no-store")
        let made = try answer.object()
        let secret = try #require(made["key"] as? String)
        #expect(secret.hasPrefix("fgk_") && secret.count == 47)
        #expect(made["scopes"] as? [String] == ["read", "write"])
        #expect(made["last_used_at"] is NSNull)

        let listed = try #require(try await list(world, token).first)
        #expect(listed["id"] as? String == made["id"] as? String && listed["name"] as? String == "CI")
        #expect(listed["addresses"] as? [String] == ["192.0.2.0/24"])
        #expect(listed["key"] == nil)
        #expect(try await world.send(.get("/api/v1/auth/me", token: secret)).status == 200)
        #expect(!world.log.all.joined().contains(secret.dropFirst(4)))
    }

    @Test("a key ends at once, by its owner and by nobody else", arguments: Backend.allCases)
    func end(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        try await world.add(EmailAddress("bob@example.com")!)
        let alice = try await world.logIn()
        let bob = try await world.logIn(EmailAddress("bob@example.com")!)
        var keys: [(id: String, secret: String)] = []
        for _ in 0..<3 {
            let made = try await create(world, alice, #"{"name":"x","scopes":["read"]}"#).object()
            keys.append(
                (try #require(made["id"] as? String), try #require(made["key"] as? String)))
        }
        func end(_ id: String, _ token: String) async throws -> Int {
            try await world.send(
                Call(method: "DELETE", target: "/api/v1/auth/keys/\(id)", type: nil, token: token)
            ).status
        }
        #expect(try await end(keys[0].id, bob) == 404)
        #expect(try await end("x", alice) == 404)
        #expect(try await world.send(.get("/api/v1/auth/me", token: keys[0].secret)).status == 200)
        #expect(try await end(keys[0].id, alice) == 204)
        #expect(try await end(keys[0].id, alice) == 404)
        #expect(try await world.send(.get("/api/v1/auth/me", token: keys[0].secret)).status == 401)
        let all = Call(method: "DELETE", target: "/api/v1/auth/keys", type: nil, token: alice)
        #expect(try await world.send(all).status == 204)
        #expect(try await world.send(.get("/api/v1/auth/me", token: keys[1].secret)).status == 401)
        #expect(try await list(world, alice).isEmpty)
    }

    @Test("a key manages neither keys nor passwords nor sessions", arguments: Backend.allCases)
    func loggedIn(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add(isAdmin: true)
        let token = try await world.logIn()
        let made = try await create(world, token, #"{"name":"x","scopes":["read","write","admin"]}"#).object()
        let key = try #require(made["key"] as? String)
        let id = try #require(made["id"] as? String)
        let calls: [(method: String, path: String)] = [
            ("GET", "/api/v1/auth/keys"), ("POST", "/api/v1/auth/keys"), ("DELETE", "/api/v1/auth/keys"),
            ("DELETE", "/api/v1/auth/keys/\(id)"), ("PUT", "/api/v1/auth/password"),
            ("GET", "/api/v1/auth/sessions"), ("DELETE", "/api/v1/auth/sessions/\(id)"),
            ("POST", "/api/v1/auth/logout"), ("POST", "/api/v1/auth/logout-all"),
        ]
        for (method, path) in calls {
            let answer = try await world.send(Call(method: method, target: path, body: "{}", token: key))
            #expect(answer.status == 403 && answer.code == "session-required", "\(method) \(path)")
        }
        #expect(try await list(world, token).count == 1)
    }

    @Test(
        "an administrator's key sets no passwords and roles, makes no accounts and ends no sessions",
        arguments: Backend.allCases)
    func administration(backend: Backend) async throws {
        let world = try await World(backend)
        let root = try await world.add(isAdmin: true)
        let bob = try await world.add(EmailAddress("bob@example.com")!)
        _ = try await world.logIn(bob.email)
        let token = try await world.logIn()
        let made = try await create(world, token, #"{"name":"x","scopes":["read","write","admin"]}"#).object()
        let key = try #require(made["key"] as? String)
        func send(_ method: String, _ path: String, _ body: String) async throws -> EndpointResponse {
            let target = "/api/v1/admin" + path
            return try await world.send(Call(method: method, target: target, body: body, token: key))
        }
        let session = try #require(try await world.sessions(bob.id).first).digest.sessionID
        let refused: [(method: String, path: String, body: String)] = [
            ("PATCH", "/users/\(bob.id)", #"{"password":"seven herons stand in the reeds"}"#),
            ("PATCH", "/users/\(root.id)", #"{"password":"seven herons stand in the reeds"}"#),
            ("PATCH", "/users/\(bob.id)", #"{"is_superuser":true}"#),
            ("PATCH", "/users/\(bob.id)", #"{"is_active":false,"is_superuser":false}"#),
            (
                "POST", "/users",
                #"{"email":"new@example.com","password":"nine otters under the old mill"}"#
            ),
            ("DELETE", "/sessions?user=\(bob.id)", ""),
            ("DELETE", "/sessions/\(session)?user=\(bob.id)", ""),
        ]
        for (method, path, body) in refused {
            let answer = try await send(method, path, body)
            #expect(answer.status == 403 && answer.code == "session-required", "\(method) \(path)")
        }
        #expect(try await world.sessions(bob.id).count == 1)
        #expect(try await world.account(bob.id)?.isActive == true)
        // What is no credential it still does.
        #expect(try await send("GET", "/users", "").status == 200)
        #expect(try await send("GET", "/sessions?user=\(bob.id)", "").status == 200)
        #expect(try await send("PATCH", "/users/\(bob.id)", #"{"is_active":false}"#).status == 200)
    }

    @Test("what is wrong with a new key is told field by field", arguments: Backend.allCases)
    func faults(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let token = try await world.logIn()
        let table: [(body: String, fields: [String])] = [
            ("{}", ["name", "scopes"]), (#"{"name":1,"scopes":"read"}"#, ["name", "scopes"]),
            (#"{"name":"x","scopes":["admin"]}"#, ["scopes"]),
            (#"{"name":"x","scopes":["read"],"expires_in":0}"#, ["expires_in"]),
            (#"{"name":"x","scopes":["read"],"expires_in":9223372036854775807}"#, ["expires_in"]),
            (#"{"name":"x","scopes":["read"],"expires_in":1.5}"#, ["expires_in"]),
            (#"{"name":"x","scopes":["read"],"expires_in":31536001}"#, ["expires_in"]),
            (#"{"name":"x","scopes":["read"],"addresses":["192.0.2.1/24"]}"#, ["addresses"]),
        ]
        for (body, fields) in table {
            let answer = try await create(world, token, body)
            #expect(answer.status == 422, "\(body)")
            #expect(try answer.faultyFields() == fields, "\(body)")
        }
        for body in ["", "[]", "{", "null"] {
            #expect(try await create(world, token, body).status == 400, "\(body)")
        }
        var form = Call.form("/api/v1/auth/keys", ["name": "x"])
        form.token = token
        #expect(try await world.send(form).status == 415)
        #expect(try await list(world, token).isEmpty)
        #expect(
            try await create(world, token, #"{"name":"x","scopes":["read"],"expires_in":31536000}"#).status
                == 201)
    }

    @Test(
        "a key is made within 15 minutes of a login and not afterwards; what makes none goes on",
        arguments: Backend.allCases)
    func fresh(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        let token = try await world.logIn()
        let began = try #require(try await world.sessions(account.id).first).createdAt
        func send(_ method: String, after age: Duration) async throws -> EndpointResponse {
            let body = #"{"name":"x","scopes":["read"]}"#
            var call = Call(method: method, target: "/api/v1/auth/keys", body: body, token: token)
            call.now = began + age
            return try await world.send(call)
        }
        let limit = Duration.seconds(900)
        #expect(EndpointContext.usualFreshness == limit)
        #expect(try await send("POST", after: limit).status == 201)
        let late = try await send("POST", after: limit + .microseconds(1))
        #expect(late.status == 403 && late.code == "reauthentication-required")
        #expect(late.text.contains("900 s"))
        #expect(try await list(world, token).count == 1)
        // A new token is not a new login.
        var change = Call.changePassword(
            from: World.password, to: "seven herons stand in the reeds", token: token)
        change.now = began + limit
        #expect(try await world.send(change).status == 204)
        #expect(try await send("POST", after: limit + .microseconds(1)).status == 403)
        #expect(try await send("DELETE", after: limit + .seconds(600)).status == 204)
    }

    @Test("a user has 20 keys and not one more", arguments: Backend.allCases)
    func bound(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let token = try await world.logIn()
        let body = #"{"name":"x","scopes":["read"]}"#
        for _ in 0..<20 { #expect(try await create(world, token, body).status == 201) }
        let answer = try await create(world, token, body)
        #expect(answer.status == 409 && answer.code == "too-many-keys")
        #expect(try await list(world, token).count == 20)
    }

    @Test("no key is made for an account that was disabled meanwhile", arguments: Backend.allCases)
    func disabled(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        let token = try await world.logIn()
        try await world.setActive(false, account.id)
        #expect(try await create(world, token, #"{"name":"x","scopes":["read"]}"#).status == 401)
    }
}
