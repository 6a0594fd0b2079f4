import Foundation
import GatewayCore
import Testing

@testable import GatewayEndpoints

/// A world in which alice has a second factor.
struct SecondFactorWorld {
    let world: World
    let alice: Account
    let secret: TOTPSecret
    let recovery: [RecoveryCode]

    init(_ backend: Backend, policy: SecondFactorPolicy = .init()) async throws {
        world = try await World(backend, secondFactor: policy)
        alice = try await world.add()
        let offer = try #require(SecondFactorOffer(for: alice, policy))
        secret = offer.secret
        let (factor, codes) = SecondFactor.confirmed(offer.sealed, at: 0)
        recovery = codes
        try await world.enrol(factor, alice)
    }

    static func code(_ secret: TOTPSecret, at now: Timestamp = Call.clock()) -> String {
        let digits = String(TOTP.code(of: secret, at: TOTP.step(at: now)))
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The code of now, or of a step beside it.
    func code(steps: Int64 = 0) -> String {
        Self.code(secret, at: Call.clock() + .seconds(steps * TOTP.period))
    }

    /// A code that is none.
    var wrong: String {
        let good = (-3...3).map { code(steps: $0) }
        return (0..<10).map { String(repeating: "\($0)", count: 6) }.first { !good.contains($0) } ?? "000000"
    }

    func logIn(
        _ password: String = World.password, code: String?, email: String = "alice@example.com"
    ) async throws -> EndpointResponse {
        var fields = ["email": email, "password": password]
        fields["code"] = code
        return try await world.send(Call(target: "/api/v1/auth/login", body: Call.json(fields)))
    }

    var reasons: [String?] { world.audited.all.filter { $0.kind == .loginFailed }.map(\.reason) }
}

@Suite("Logging in with a second factor")
struct SecondFactorTests {
    @Test("the password and the code of now let in, once", arguments: Backend.allCases)
    func once(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend)
        let code = alice.code()
        #expect(try await alice.logIn(code: code).status == 200)
        #expect(try await alice.logIn(code: code).status == 401)
        #expect(try await alice.logIn(code: alice.code(steps: -1)).status == 401)
        #expect(try await alice.logIn(code: alice.code(steps: 1)).status == 200)
        #expect(alice.reasons == ["second-factor-wrong", "second-factor-wrong"])
    }

    @Test(
        "without a window only the code of the present half minute counts, at login and at enrolment",
        arguments: Backend.allCases)
    func narrow(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend, policy: SecondFactorPolicy(window: 0))
        // The middle of a step, so that the codes beside it are those of other steps.
        let now = Timestamp(seconds: (TOTP.step(at: Call.clock()) + 5) * TOTP.period + 15)
        func logIn(_ code: String) async throws -> Int {
            let fields = ["email": "alice@example.com", "password": World.password, "code": code]
            var call = Call(target: "/api/v1/auth/login", body: Call.json(fields))
            call.now = now
            return try await alice.world.send(call).status
        }
        for seconds in [-30, 30] as [Int64] {
            let code = SecondFactorWorld.code(alice.secret, at: now + .seconds(seconds))
            #expect(try await logIn(code) == 401)
        }
        #expect(try await logIn(SecondFactorWorld.code(alice.secret, at: now)) == 200)

        let bob = try await alice.world.add(EmailAddress("bob@example.com")!)
        let token = try await alice.world.logIn(bob.email)
        func ask(_ path: String, _ fields: [String: String]) async throws -> EndpointResponse {
            var call = Call(target: "/api/v1/auth/totp" + path, body: Call.json(fields), token: token)
            call.now = now
            return try await alice.world.send(call)
        }
        #expect(try await ask("", ["password": World.password]).status == 200)
        let sealed = try #require(try await alice.world.account(bob.id)?.offeredSecret)
        let secret = try #require(SecondFactorVault(keyMaterial: nil).open(sealed, of: bob.id))
        let late = SecondFactorWorld.code(secret, at: now + .seconds(-30))
        #expect(try await ask("/confirm", ["code": late]).status == 422)
        let good = SecondFactorWorld.code(secret, at: now)
        #expect(try await ask("/confirm", ["code": good]).status == 200)
    }

    @Test("a form takes the code as JSON does, and leaves an empty one out", arguments: Backend.allCases)
    func form(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend)
        try await alice.world.add(EmailAddress("bob@example.com")!)
        let fields: KeyValuePairs = [
            "username": "alice@example.com", "password": World.password, "code": alice.code(),
        ]
        #expect(try await alice.world.send(.form("/login", fields)).status == 303)
        let empty: KeyValuePairs = [
            "username": "bob@example.com", "password": World.password, "code": "",
        ]
        #expect(try await alice.world.send(.form("/login", empty)).status == 303)
        #expect(try await alice.world.send(.form("/api/v1/auth/login", empty)).status == 200)
    }

    @Test(
        "a wrong password, a wrong code, no code and no account are one answer, byte for byte, of one hash and the same flights",
        arguments: Backend.allCases)
    func oneAnswer(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend)
        try await alice.world.add(EmailAddress("bob@example.com")!)
        var answers: Set<String> = []
        for (email, password, code) in [
            ("alice@example.com", World.password, nil), ("alice@example.com", World.password, alice.wrong),
            ("alice@example.com", "wrong", alice.code()), ("alice@example.com", "wrong", nil),
            ("bob@example.com", "wrong", nil), ("bob@example.com", "wrong", "123456"),
            ("nobody@example.com", World.password, nil), ("nobody@example.com", "wrong", "123456"),
        ] as [(String, String, String?)] {
            let before = alice.world.passwords.checks
            let answer = try await alice.logIn(password, code: code, email: email)
            #expect(alice.world.passwords.checks == before + 1)
            #expect(answer.status == 401)
            answers.insert(try answer.seen())
        }
        #expect(answers.count == 1)
        // A wrong password uses no code up.
        #expect(try await alice.logIn(code: alice.code()).status == 200)
    }

    @Test(
        "wrong codes lock as wrong passwords do, and then the right one does not help",
        arguments: Backend.allCases)
    func lock(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend)
        for _ in 0..<4 { _ = try await alice.logIn(code: alice.wrong) }
        #expect(try await alice.logIn(code: alice.code()).status == 200)
        for _ in 0..<5 { _ = try await alice.logIn(code: alice.wrong) }
        #expect(try await alice.logIn(code: alice.code(steps: 1)).status == 401)
        #expect(alice.reasons.last == "locked-pair")
    }

    @Test("a recovery code stands in for the app, once", arguments: Backend.allCases)
    func recovery(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend)
        let code = alice.recovery[3].text
        #expect(try await alice.logIn(code: code.uppercased()).status == 200)
        #expect(try await alice.logIn(code: code).status == 401)
        #expect(try await alice.logIn("wrong", code: alice.recovery[4].text).status == 401)
        #expect(try await alice.logIn(code: alice.recovery[4].text).status == 200)
        #expect(alice.world.audited.kinds.filter { $0 == .recoveryCodeUsed }.count == 2)
    }

    @Test("a role that must have a second factor does not log in without", arguments: Backend.allCases)
    func required(backend: Backend) async throws {
        let policy = SecondFactorPolicy(requiredFor: [.admin])
        let alice = try await SecondFactorWorld(backend, policy: policy)
        try await alice.world.add(EmailAddress("bob@example.com")!)
        try await alice.world.add(EmailAddress("root@example.com")!, isAdmin: true)
        #expect(try await alice.logIn(code: nil, email: "bob@example.com").status == 200)
        #expect(try await alice.logIn(code: nil, email: "root@example.com").status == 401)
        #expect(alice.reasons == ["second-factor-not-enrolled"])
        let everybody = SecondFactorPolicy(requiredFor: [.user])
        let other = try await SecondFactorWorld(backend, policy: everybody)
        try await other.world.add(EmailAddress("bob@example.com")!)
        #expect(try await other.logIn(code: nil, email: "bob@example.com").status == 401)
        #expect(try await other.logIn(code: other.code()).status == 200)
    }

    @Test("a password that an administrator sets leaves the second factor", arguments: Backend.allCases)
    func reset(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend)
        let root = try await alice.world.add(EmailAddress("root@example.com")!, isAdmin: true)
        let fresh = "seven herons stand in the reeds"
        let answer = try await alice.world.send(
            Call(
                method: "PATCH", target: "/api/v1/admin/users/\(alice.alice.id)",
                body: Call.json(["password": fresh]), token: try await alice.world.logIn(root.email)))
        #expect(answer.status == 200)
        #expect(try await alice.world.account(alice.alice.id)?.secondFactor?.secret != nil)
        #expect(try await alice.logIn(fresh, code: nil).status == 401)
        #expect(alice.reasons == ["second-factor-missing"])
        #expect(try await alice.logIn(fresh, code: alice.code()).status == 200)
    }

    @Test(
        "under another key of the operator's nobody is let in by a code, and a recovery code still is good",
        arguments: Backend.allCases)
    func otherKey(backend: Backend) async throws {
        let vault = SecondFactorVault(
            keyMaterial: SecretBytes(copying: Array("the operator's key, of enough bytes".utf8)))
        let alice = try await SecondFactorWorld(backend, policy: SecondFactorPolicy(vault: vault))
        #expect(try await alice.logIn(code: alice.code()).status == 200)
        let strange = SecondFactorVault(
            keyMaterial: SecretBytes(copying: Array("another key, of enough bytes as well".utf8)))
        let sealed = try #require(strange.seal(alice.secret, for: alice.alice.id))
        let (factor, codes) = SecondFactor.confirmed(sealed, at: 0)
        try await alice.world.enrol(factor, alice.alice)
        #expect(try await alice.logIn(code: alice.code(steps: 1)).status == 401)
        #expect(alice.reasons == ["second-factor-unreadable"])
        #expect(try await alice.logIn(code: codes[0].text).status == 200)
    }
}
