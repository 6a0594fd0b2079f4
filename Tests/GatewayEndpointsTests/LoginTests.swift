import GatewayCore
import GatewayPasswords
import Testing

@testable import GatewayEndpoints

@Suite("Logging in over the API")
struct LoginTests {
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

    @Test("a session holds who, whence, with what, and when it ends", arguments: Backend.allCases)
    func session(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add(isAdmin: true)
        var call = Call.login("alice@example.com", World.password, from: IPAddress("2001:db8::7"))
        call.userAgent = "agent\r\n\u{1}" + String(repeating: "\u{E9}", count: 200)
        #expect(try await world.send(call).status == 200)
        let session = try #require(try await world.sessions(account.id).first)
        #expect(session.email == account.email)
        #expect(session.isAdmin)
        #expect(session.address == "2001:db8::7")
        #expect(session.userAgent == "agent" + String(repeating: "\u{E9}", count: 125))
        #expect(session.createdAt == call.now)
        #expect(session.expiresAt == call.now + .seconds(12 * 3600))
    }

    @Test(
        "unknown, disabled, locked and wrong are one answer, byte for byte, and cost one hash each",
        arguments: Backend.allCases)
    func oneAnswer(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        try await world.add(EmailAddress("disabled@example.com")!, isActive: false)
        try await world.add(EmailAddress("locked@example.com")!)
        try await world.add(
            EmailAddress("imported@example.com")!, hash: PasswordHash(encoded: "$2b$12$imported"))
        for _ in 0..<5 { _ = try await world.send(.login("locked@example.com", "wrong")) }

        var answers: [String] = []
        for (email, password) in [
            ("alice@example.com", "wrong"), ("nobody@example.com", "wrong"),
            ("nobody@example.com", World.password),
            ("disabled@example.com", "wrong"), ("disabled@example.com", World.password),
            ("locked@example.com", "wrong"), ("locked@example.com", World.password),
            ("imported@example.com", World.password),
        ] {
            let before = world.passwords.checks
            let answer = try await world.send(.login(email, password))
            #expect(world.passwords.checks == before + 1)
            answers.append(try answer.seen())
            #expect(answer.status == 401)
            #expect(answer.code == "invalid-credentials")
            #expect(answer.header("Content-Type") == "application/problem+json")
            #expect(try answer.object()["code"] as? String == "invalid-credentials")
            #expect(try answer.object()["request_id"] as? String != nil)
        }
        #expect(Set(answers).count == 1)
    }

    @Test("pain 29: what cannot succeed is checked against the real dummy hash", arguments: Backend.allCases)
    func dummy(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add(EmailAddress("disabled@example.com")!, isActive: false)
        _ = try await world.send(.login("nobody@example.com", World.password))
        _ = try await world.send(.login("disabled@example.com", World.password))
        #expect(world.passwords.checks == 2)
        #expect(world.passwords.realChecks == 0)
    }

    @Test(
        "1,000 parallel guesses at one account from one address get five passwords checked",
        arguments: Backend.allCases)
    func parallelGuesses(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for guess in 0..<1000 {
                // The right one is among them, past the first five.
                let password = guess == 500 ? World.password : "guess \(guess)"
                group.addTask {
                    try await world.send(.login("alice@example.com", password, from: World.mallory)).status
                }
            }
            return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(world.passwords.realChecks <= 5)
        #expect(world.passwords.checks == 1000)
        // Tasks start in no promised order, so the right guess may be among the first; then it is let in.
        #expect(statuses[401, default: 0] >= 999)
    }

    @Test(
        "four failures and a success leave nothing; five failures lock out the right password too",
        arguments: Backend.allCases)
    func bothSidesOfTheLock(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        for _ in 0..<3 {
            for _ in 0..<4 {
                #expect(try await world.send(.login("alice@example.com", "wrong")).status == 401)
            }
            #expect(try await world.send(.login("alice@example.com", World.password)).status == 200)
        }
        for _ in 0..<5 { _ = try await world.send(.login("alice@example.com", "wrong")) }
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 401)
    }

    @Test(
        "pain 14: whoever locks an account out from elsewhere does not lock out its owner",
        arguments: Backend.allCases)
    func ownerElsewhere(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        for _ in 0..<20 {
            _ = try await world.send(.login("alice@example.com", "wrong", from: World.mallory))
        }
        #expect(
            try await world.send(.login("alice@example.com", World.password, from: World.mallory)).status
                == 401)
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 200)
    }

    @Test(
        "pain 18: guesses at an account that does not exist count like any other", arguments: Backend.allCases
    )
    func unknownCounts(backend: Backend) async throws {
        let world = try await World(backend)
        for _ in 0..<5 { _ = try await world.send(.login("alice@example.com", "wrong")) }
        try await world.add()
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 401)
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

    @Test(
        "pain 19, pain 28: when hashing is full the answer is 503 with Retry-After, and it counts for nothing"
    )
    func overloaded() async throws {
        let world = try await World(pool: .init(workers: 1, queue: 8, patience: .zero))
        try await world.add()
        for _ in 0..<30 {
            let answer = try await world.send(.login("alice@example.com", "wrong"))
            #expect(answer.status == 503)
            #expect(answer.code == "overloaded")
            #expect(answer.header("Retry-After") == "1")
        }
        #expect(try await world.lockouts().isEmpty)
    }

    @Test(
        "an account that is disabled while its password is checked gets no session",
        arguments: Backend.allCases)
    func disabledMeanwhile(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        world.passwords.meanwhile.withLock {
            $0 = { [weak world] in try await world?.setActive(false, account.id) }
        }
        let answer = try await world.send(.login("alice@example.com", World.password))
        #expect(answer.status == 401)
        #expect(answer.code == "invalid-credentials")
        #expect(try await world.sessions(account.id).isEmpty)
    }

    @Test(
        "a hash with other parameters is replaced at the next login, and not by a wrong password",
        arguments: Backend.allCases)
    func rehash(backend: Backend) async throws {
        let world = try await World(backend)
        let scrypt = PasswordScheme.scrypt(ScryptParameters(logN: 4, r: 1, p: 1)!)
        let old = try PasswordHasher(scheme: scrypt).hash(Password(World.password))
        let account = try await world.add(hash: old)
        _ = try await world.send(.login("alice@example.com", "wrong"))
        #expect(try await world.account(account.id)?.passwordHash == old)
        _ = try await world.logIn()
        let renewed = try #require(try await world.account(account.id))
        #expect(renewed.passwordHash.encoded.hasPrefix("$argon2id$"))
        #expect(renewed.passwordChangedAt == account.passwordChangedAt)
        _ = try await world.logIn()
        #expect(try await world.account(account.id)?.passwordHash == renewed.passwordHash)
    }

    @Test(
        "neither passwords nor tokens nor what was typed as a name reach the log or a problem",
        arguments: Backend.allCases)
    func secrecy(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let token = try await world.logIn()
        let answers = [
            try await world.send(.login("alice@example.com", "my-wrong-secret")),
            try await world.send(.login("my-wrong-secret@example.com", "x")),
            try await world.send(.login("my-wrong-secret", "x")),
            try await world.send(
                .changePassword(from: "my-wrong-secret", to: "my-wrong-secret", token: token)),
            try await world.send(.changePassword(from: "x", to: "my-wrong-secret", token: token)),
        ]
        let written = answers.map { "\($0)" + $0.text } + world.log.all
        for secret in ["my-wrong-secret", World.password, token] {
            #expect(!written.contains { $0.contains(secret) })
        }
        #expect(world.log.all.contains { $0.contains("wrong-password") })
        #expect(world.log.all.contains { $0.contains("unknown-account") })
    }
}
