import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("What a login may bring")
struct LoginInputTests {
    @Test(
        "a form with username, JSON with email and JSON with username log in alike",
        arguments: Backend.allCases)
    func parity(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        let calls = [
            Call.form("/api/v1/auth/login", ["username": "alice@example.com", "password": World.password]),
            Call.form(
                "/api/v1/auth/login",
                [
                    "grant_type": "password", "username": " ALICE@example.com", "password": World.password,
                    "scope": "",
                ]),
            Call.login("alice@example.com", World.password),
            Call(
                target: "/api/v1/auth/login", type: "Application/JSON; charset=utf-8",
                body: Call.json(["username": "Alice@Example.com", "password": World.password])),
        ]
        for call in calls {
            let answer = try await world.send(call)
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.header("Cache-Control") == "no-store")
            let body = try answer.object()
            #expect(Set(body.keys) == ["access_token", "token_type", "expires_in"])
            #expect(body["token_type"] as? String == "bearer")
            #expect(body["expires_in"] as? Int == 12 * 3600)
            let token = try #require(body["access_token"] as? String)
            #expect(token.utf8.count == SessionToken.length)
            #expect(try await world.send(.get("/api/v1/auth/me", token: token)).status == 200)
        }
        #expect(try await world.sessions(account.id).count == calls.count)
    }

    @Test(
        "pain 17: names that are empty or none are refused before they count, and the field is named",
        arguments: [
            ("", "email"), (" ", "email"), ("\u{0}", "email"), ("alice", "email"), ("alice@", "email"),
            (String(repeating: "a", count: 250) + "@b.example", "email"),
        ])
    func malformedNames(email: String, field: String) async throws {
        let world = try await World()
        try await world.add()
        for _ in 0..<30 {
            let answer = try await world.send(.login(email, World.password))
            #expect(answer.status == 422)
            #expect(answer.code == "invalid-input")
            #expect(try answer.faultyFields() == [field])
        }
        #expect(world.passwords.checks == 0)
        #expect(try await world.lockouts().isEmpty)
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 200)
    }

    @Test(
        "every field that is missing, empty or of another type is named at once",
        arguments: [
            (#"{}"#, ["email", "password"]), (#"{"email":"a@b"}"#, ["password"]),
            (#"{"password":"x"}"#, ["email"]),
            (#"{"email":"a@b","password":""}"#, ["password"]),
            (#"{"email":7,"password":null}"#, ["email", "password"]),
            (#"{"email":{"a":[1]},"password":["x"]}"#, ["email", "password"]),
            (#"{"username":"","password":"x"}"#, ["username"]),
            (#"{"email":"a@b","username":"a@b","password":"x"}"#, ["username"]),
            (#"{"email":"a@b","password":"x","password":"y"}"#, ["password"]),
            (#"{"email":"a@b","password":"\#(String(repeating: "x", count: 4097))"}"#, ["password"]),
        ])
    func faultyFields(body: String, fields: [String]) async throws {
        let answer = try await World().send(Call(target: "/api/v1/auth/login", body: body))
        #expect(answer.status == 422)
        #expect(try answer.faultyFields() == fields)
    }

    @Test("a password of 4,096 bytes is checked", arguments: Backend.allCases)
    func longPassword(backend: Backend) async throws {
        let world = try await World(backend)
        let answer = try await world.send(.login("a@b.example", String(repeating: "x", count: 4096)))
        #expect(answer.status == 401)
        #expect(world.passwords.checks == 1)
    }

    @Test(
        "another content type is 415 and says what is read",
        arguments: [
            nil, "", "text/plain", "multipart/form-data; boundary=x", "application/jsonx", "application/xml",
        ])
    func contentType(type: String?) async throws {
        var call = Call.login("alice@example.com", World.password)
        call.type = type
        let answer = try await World().send(call)
        #expect(answer.status == 415)
        #expect(answer.code == "unsupported-media-type")
        #expect(answer.header("Accept") == "application/x-www-form-urlencoded, application/json")
    }

    @Test(
        "a body that is not of its type is 400, and the problem does not repeat it",
        arguments: [
            ("application/json", #"{"email":"a@b","password":"hunter2"#), ("application/json", "hunter2"),
            ("application/json", #"["hunter2"]"#), ("application/json", ""),
            ("application/json", #"{"password":"hunter2"} x"#),
            ("application/x-www-form-urlencoded", "username=a%40b&password=hunter2%"),
            ("application/x-www-form-urlencoded", "username=a%40b&password=hunter2%C3%28"),
        ])
    func malformed(type: String, body: String) async throws {
        let answer = try await World().send(Call(target: "/api/v1/auth/login", type: type, body: body))
        #expect(answer.status == 400)
        #expect(answer.code == "malformed-body")
        #expect(!answer.text.contains("hunter2"))
    }
}
