import Foundation
import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("One's own account")
struct OwnAccountTests {
    private static let fresh = "seven herons stand in the reeds"

    @Test("me tells id, address, state, role and birth", arguments: Backend.allCases)
    func me(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add(isAdmin: true)
        let token = try await world.logIn()
        let answer = try await world.send(.get("/api/v1/auth/me", token: token))
        #expect(answer.status == 200)
        #expect(answer.header("Cache-Control") == "no-store")
        #expect(
            answer.text
                == #"{"created_at":"2023-11-14T22:13:20Z","email":"alice@example.com","id":"\#(account.id)","is_active":true,"is_superuser":true}"#
        )
        #expect(try await world.send(.get("/api/v1/auth/me")).status == 401)
    }

    @Test(
        "pain 26: a password change ends every other session and keeps the asking one",
        arguments: Backend.allCases)
    func endsOthers(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        let mine = try await world.logIn()
        let others = [try await world.logIn(), try await world.logIn()]
        var call = Call.changePassword(from: World.password, to: Self.fresh, token: mine)
        call.now = Call.clock()
        let answer = try await world.send(call)
        #expect(answer.status == 204)
        #expect(answer.body.isEmpty)
        #expect(try await world.send(.get("/api/v1/auth/me", token: mine)).status == 200)
        for other in others {
            #expect(try await world.send(.get("/api/v1/auth/me", token: other)).status == 401)
        }
        #expect(try await world.account(account.id)?.passwordChangedAt == call.now)
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 401)
        #expect(try await world.send(.login("alice@example.com", Self.fresh)).status == 200)
    }

    @Test(
        "pain 23: a browser that changes the password gets a new token, and the old one is good for 10 s more",
        arguments: Backend.allCases)
    func rotates(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        let old = try await world.logIn()
        let was = try #require(try await world.sessions(account.id).first)
        var call = Call.changePassword(from: World.password, to: Self.fresh, token: old)
        call.credential = .cookie
        let before = Call.clock()
        let answer = try await world.send(call)
        let after = Call.clock()
        #expect(answer.status == 204)
        let cookie = try #require(answer.header("Set-Cookie"))
        #expect(cookie.hasPrefix("__Host-fillgate="))
        let new = try #require(
            cookie.split(separator: ";").first?.split(separator: "=").last.map(String.init))
        #expect(new != old && new.utf8.count == SessionToken.length)
        for token in [old, new] {
            #expect(try await world.send(.get("/api/v1/auth/me", token: token)).status == 200)
        }
        let sessions = try await world.sessions(account.id)
        let renewed = try #require(sessions.first { $0.digest != was.digest })
        #expect(renewed.createdAt == was.createdAt && renewed.expiresAt == was.expiresAt)
        let retired = try #require(sessions.first { $0.digest == was.digest })
        #expect(retired.expiresAt >= before + .seconds(10) && retired.expiresAt <= after + .seconds(10))
    }

    @Test("a form changes the password as JSON does", arguments: Backend.allCases)
    func form(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        var call = Call.form(
            "/api/v1/auth/password", ["current_password": World.password, "new_password": Self.fresh])
        call.method = "PUT"
        call.token = try await world.logIn()
        #expect(try await world.send(call).status == 204)
    }

    @Test(
        "wrong current passwords count like failed logins, and a lock answers as a wrong password does",
        arguments: Backend.allCases)
    func counts(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let token = try await world.logIn()
        var answers: Set<String> = []
        for _ in 0..<5 {
            let answer = try await world.send(.changePassword(from: "wrong", to: Self.fresh, token: token))
            #expect(answer.status == 403)
            #expect(answer.code == "invalid-credentials")
            answers.insert(try answer.seen())
        }
        answers.insert(
            try await world.send(.changePassword(from: World.password, to: Self.fresh, token: token)).seen())
        #expect(answers.count == 1)
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 401)
        // The session itself is untouched.
        #expect(try await world.send(.get("/api/v1/auth/me", token: token)).status == 200)
    }

    @Test(
        "a new password on the wrong side of a limit is refused before the current one is checked",
        arguments: [
            ("kV9#xQ2!mT7zLp", false), ("kV9#xQ2!mT7zLp4", true),
            (String(repeating: "kV9#xQ2!mT7zLp4&", count: 8), true),
            (String(repeating: "kV9#xQ2!mT7zLp4&", count: 8) + "w", false), ("alice@example.com", false),
            ("passwordpassword", false), (World.password, false), ("", false),
        ])
    func policy(new: String, isAccepted: Bool) async throws {
        let world = try await World()
        try await world.add()
        let token = try await world.logIn()
        let before = world.passwords.checks
        let answer = try await world.send(.changePassword(from: World.password, to: new, token: token))
        if isAccepted {
            #expect(answer.status == 204)
        } else {
            #expect(answer.status == 422)
            #expect(try answer.faultyFields() == ["new_password"])
            #expect(world.passwords.checks == before)
            #expect(new.isEmpty || !answer.text.contains(new))
        }
    }

    @Test("both fields are named when both are missing", arguments: Backend.allCases)
    func missing(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let call = Call(
            method: "PUT", target: "/api/v1/auth/password", body: "{}", token: try await world.logIn())
        #expect(try await world.send(call).faultyFields() == ["current_password", "new_password"])
    }

    @Test(
        "sessions are listed newest first, the asking one marked, and say nothing secret",
        arguments: Backend.allCases)
    func sessions(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        try await world.add(EmailAddress("bob@example.com")!)
        _ = try await world.logIn(EmailAddress("bob@example.com")!)
        let old = try await world.logIn()
        let new = try await world.logIn()
        let answer = try await world.send(.get("/api/v1/auth/sessions", token: old))
        #expect(answer.status == 200)
        let sessions = try #require(try answer.object()["sessions"] as? [[String: Any]])
        #expect(sessions.count == 2)
        #expect(sessions.map { $0["current"] as? Bool } == [false, true])
        #expect(
            Set(sessions[0].keys) == [
                "id", "created_at", "last_used_at", "expires_at", "idle_expires_at", "address", "user_agent",
                "current",
            ])
        #expect(sessions[0]["id"] as? String == "\(SessionDigest(ofToken: Array(new.utf8)).sessionID)")
        // Half an hour after the last use, by a clock that is told to the second.
        let formatter = ISO8601DateFormatter()
        let used = try #require(formatter.date(from: sessions[0]["last_used_at"] as? String ?? ""))
        let idle = try #require(formatter.date(from: sessions[0]["idle_expires_at"] as? String ?? ""))
        #expect(idle.timeIntervalSince(used) == 1_800)
        #expect(sessions[0]["address"] as? String == "192.0.2.1")
        #expect(sessions[0]["user_agent"] as? String == "tests/1")
        for token in [old, new] {
            #expect(!answer.text.contains(token))
            #expect(!answer.text.contains("\(SessionDigest(ofToken: Array(token.utf8)))"))
        }
    }

    @Test("what a new password must be like is told to whoever has logged in")
    func passwordRule() async throws {
        let world = try await World()
        try await world.add()
        let rule = try await world.send(.get("/api/v1/auth/password", token: world.logIn())).object()
        #expect(rule as? [String: Int] == ["min_length": 15, "max_length": 128])
        #expect(try await world.send(.get("/api/v1/auth/password")).status == 401)
    }

    @Test(
        "one's own session is ended by its ID; another's, a past one and nonsense are 404 alike",
        arguments: Backend.allCases)
    func endsOne(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        try await world.add(EmailAddress("bob@example.com")!)
        let bobs = try await world.logIn(EmailAddress("bob@example.com")!)
        let mine = try await world.logIn()
        let other = try await world.logIn()
        func end(_ id: String) async throws -> EndpointResponse {
            try await world.send(
                Call(method: "DELETE", target: "/api/v1/auth/sessions/\(id)", type: nil, token: mine))
        }
        let id = "\(SessionDigest(ofToken: Array(other.utf8)).sessionID)"
        #expect(try await end(id).status == 204)
        #expect(try await world.send(.get("/api/v1/auth/me", token: other)).status == 401)
        var answers: Set<String> = []
        for id in [
            id, "\(SessionDigest(ofToken: Array(bobs.utf8)).sessionID)", "nonsense", id.uppercased(), other,
        ] {
            let answer = try await end(id)
            #expect(answer.status == 404)
            answers.insert(try answer.seen())
        }
        #expect(answers.count == 1)
        #expect(try await world.send(.get("/api/v1/auth/me", token: bobs)).status == 200)
        #expect(try await end("\(SessionDigest(ofToken: Array(mine.utf8)).sessionID)").status == 204)
        #expect(try await world.send(.get("/api/v1/auth/me", token: mine)).status == 401)
    }

    @Test(
        "other sessions are ended by one that began of late, its own by any", arguments: Backend.allCases)
    func endsOthersOfLate(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        let mine = try await world.logIn()
        let began = try #require(try await world.sessions(account.id).first).createdAt
        let other = try await world.logIn()
        let limit = EndpointContext.usualFreshness
        func send(_ method: String, _ path: String, after age: Duration) async throws -> EndpointResponse {
            var call = Call(method: method, target: "/api/v1/auth/\(path)", type: nil, token: mine)
            call.now = began + age
            return try await world.send(call)
        }
        func session(_ token: String) -> String {
            "sessions/\(SessionDigest(ofToken: Array(token.utf8)).sessionID)"
        }
        let late = limit + .microseconds(1)
        for (method, path) in [
            ("DELETE", session(other)), ("DELETE", session("nobody's")), ("POST", "logout-all"),
        ] {
            let answer = try await send(method, path, after: late)
            #expect(answer.status == 403 && answer.code == "reauthentication-required")
        }
        #expect(try await world.sessions(account.id).count == 2)
        #expect(try await send("DELETE", session(other), after: limit).status == 204)
        #expect(try await send("DELETE", session(mine), after: late).status == 204)
        #expect(try await world.sessions(account.id).isEmpty)
    }

    @Test(
        "logging out ends this session, logging out everywhere ends all of this user's",
        arguments: Backend.allCases)
    func logout(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        try await world.add(EmailAddress("bob@example.com")!)
        let bobs = try await world.logIn(EmailAddress("bob@example.com")!)
        let tokens = [try await world.logIn(), try await world.logIn(), try await world.logIn()]
        func isLive(_ token: String) async throws -> Bool {
            try await world.send(.get("/api/v1/auth/me", token: token)).status == 200
        }
        let one = try await world.send(Call(target: "/api/v1/auth/logout", type: nil, token: tokens[0]))
        #expect(one.status == 204)
        #expect(one.header("Set-Cookie") == nil)
        #expect(try await !isLive(tokens[0]))
        #expect(try await isLive(tokens[1]))
        var all = Call(target: "/api/v1/auth/logout-all", type: nil, token: tokens[1])
        all.credential = .cookie
        let answer = try await world.send(all)
        #expect(answer.status == 204)
        #expect(answer.header("Set-Cookie") == SessionCookie.secure.clearing)
        for token in tokens { #expect(try await !isLive(token)) }
        #expect(try await isLive(bobs))
    }

    @Test("registration is closed to everybody, whatever they send", arguments: Backend.allCases)
    func registration(backend: Backend) async throws {
        let world = try await World(backend)
        for body in ["", "{}", Call.json(["email": "new@example.com", "password": Self.fresh])] {
            let answer = try await world.send(Call(target: "/api/v1/auth/register", body: body))
            #expect(answer.status == 403)
            #expect(answer.code == "registration-closed")
        }
    }
}
