import Dispatch
import GatewayCore
import GatewayPasswords
import TestSupport
import Testing

@testable import GatewayEndpoints

@Suite("Logging in over the API")
struct LoginTests {
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
        "pain 29: unknown, disabled, locked and wrong are one answer, byte for byte, and cost one hash each",
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
        "pain 19, pain 28: when hashing is full the answer is 503 with Retry-After, and it counts for nothing"
    )
    func overloaded() async throws {
        let world = try await World(pool: .init(workers: 1, queue: 8, patience: .zero))
        try await world.add()
        for _ in 0..<30 {
            let answer = try await world.send(.login("alice@example.com", "wrong"))
            #expect(answer.status == 503)
            #expect(answer.code == "overloaded")
            #expect(["1", "2", "3", "4", "5"].contains(answer.header("Retry-After")))
        }
        #expect(try await world.lockouts().isEmpty)
    }

    @Test("pain 28: who finds the hashing queue full is turned away before the store is asked anything")
    func fullQueue() async throws {
        let redis = try await RedisServer.start()
        let world = try await World(
            on: Backend.configuration(of: redis), pool: .init(workers: 1, queue: 0))
        redis.stop()
        #expect(try await world.send(.login("alice@example.com", "wrong")).code == "store-unavailable")
        let gate = DispatchSemaphore(value: 0)
        let pool = world.pool
        let blocking = Task { try await pool.run { () throws(HashingFault) in gate.wait() } }
        try await eventually("the only thread is taken") { pool.load.working == 1 }
        #expect(try await world.send(.login("alice@example.com", "wrong")).code == "overloaded")
        gate.signal()
        try await blocking.value
    }

    @Test("pain 28: a flood that was turned away at one moment is told different moments to come back at")
    func spreadRetries() {
        let told = Set((0..<1_000).map { _ in Refusal.overloaded() })
        #expect(told == Set((1...5).map { Refusal.overloaded(retryAfter: $0) }))
    }

    @Test(
        "pain 28: a login whose client has gone before it was hashed is skipped and counts for nothing",
        arguments: Backend.allCases)
    func clientGone(backend: Backend) async throws {
        let world = try await World(backend, pool: .init(workers: 1, queue: 8))
        try await world.add()
        let gate = DispatchSemaphore(value: 0)
        let pool = world.pool
        let blocking = Task { try await pool.run { () throws(HashingFault) in gate.wait() } }
        try await eventually("the only thread is taken") { pool.load.working == 1 }
        for _ in 0..<6 {
            let login = Task { try await world.send(.login("alice@example.com", "wrong")) }
            try await eventually("a login waits") { pool.load.waiting == 1 }
            login.cancel()
            #expect(try await login.value.status == 503)
        }
        gate.signal()
        try await blocking.value
        #expect(try await world.lockouts().isEmpty)
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 200)
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
