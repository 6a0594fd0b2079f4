import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("A new token at every authentication")
struct SessionRenewalTests {
    private static func digest(_ token: String) -> SessionDigest { SessionDigest(ofToken: Array(token.utf8)) }

    private static func isLive(_ token: String, _ world: World) async throws -> Bool {
        try await world.send(.get("/api/v1/auth/me", token: token)).status == 200
    }

    /// The token of the session's cookie; nil where none is set.
    private static func token(_ answer: EndpointResponse) -> String? {
        answer.headers.filter { $0.name == "Set-Cookie" }.map(\.value)
            .first { $0.hasPrefix("__Host-fillgate=") }?
            .split(separator: ";").first?.split(separator: "=").last.map(String.init)
    }

    /// Sends JSON with a session's cookie.
    private static func send(
        _ method: String, _ path: String, _ fields: [String: String], _ token: String, _ world: World
    ) async throws -> EndpointResponse {
        var call = Call(method: method, target: path, body: Call.json(fields), token: token)
        call.credential = .cookie
        return try await world.send(call)
    }

    @Test(
        "a program that logs in again has a new session, and the one that it showed ends within 10 s",
        arguments: Backend.allCases)
    func programs(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        let (old, other) = (try await world.logIn(), try await world.logIn())
        func end(_ token: String) async throws -> Timestamp {
            let sessions = try await world.sessions(account.id)
            return try #require(sessions.first { $0.digest == Self.digest(token) }).expiresAt
        }
        var call = Call.login("alice@example.com", "not that")
        call.token = old
        #expect(try await world.send(call).status == 401)
        #expect(try await end(old) > Call.clock() + .seconds(60))
        call = Call.login("alice@example.com", World.password)
        call.token = old
        let answer = try await world.send(call)
        let new = try #require(try answer.object()["access_token"] as? String)
        #expect(new != old)
        #expect(try await end(old) <= Call.clock() + .seconds(10))
        for token in [new, other] { #expect(try await end(token) > Call.clock() + .seconds(60)) }
        // What is no session is no reason to refuse.
        call.token = "nothing that anybody was given"
        #expect(try await world.send(call).status == 200)
    }

    @Test(
        "who brings in or takes away a second factor in a browser has a new token, and the other sessions end",
        arguments: Backend.allCases)
    func secondFactor(backend: Backend) async throws {
        let world = try await World(backend)
        let alice = try await world.add()
        let (old, other) = (try await world.logIn(), try await world.logIn())
        let was = try #require(
            try await world.sessions(alice.id).first { $0.digest == Self.digest(old) })
        let path = "/api/v1/auth/totp"
        let offer = try await Self.send("POST", path, ["password": World.password], old, world)
        #expect(offer.status == 200 && Self.token(offer) == nil)
        let sealed = try #require(try await world.account(alice.id)?.offeredSecret)
        let secret = try #require(SecondFactorVault(keyMaterial: nil).open(sealed, of: alice.id))
        let code = SecondFactorWorld.code(secret)
        let done = try await Self.send("POST", path + "/confirm", ["code": code], old, world)
        let new = try #require(Self.token(done))
        let codes = try #require(try done.object()["recovery_codes"] as? [String])
        #expect(new != old)
        for token in [old, new] { #expect(try await Self.isLive(token, world)) }
        #expect(try await !Self.isLive(other, world))
        let sessions = try await world.sessions(alice.id)
        let renewed = try #require(sessions.first { $0.digest == Self.digest(new) })
        #expect(renewed.createdAt == was.createdAt && renewed.expiresAt == was.expiresAt)
        let retired = try #require(sessions.first { $0.digest == was.digest })
        #expect(retired.expiresAt <= Call.clock() + .seconds(10))

        // A session that began with the factor ends with it as well.
        var login = Call(target: "/api/v1/auth/login")
        login.body = Call.json([
            "email": "alice@example.com", "password": World.password, "code": codes[0],
        ])
        let second = try #require(try await world.send(login).object()["access_token"] as? String)
        let fields = ["password": World.password, "code": codes[1]]
        let gone = try await Self.send("DELETE", path, fields, new, world)
        #expect(gone.status == 204)
        let last = try #require(Self.token(gone))
        #expect(last != new)
        #expect(try await Self.isLive(last, world))
        #expect(try await !Self.isLive(second, world))
        let reasons = world.audited.all.filter { $0.kind == .sessionRevoked }.map(\.reason)
        #expect(reasons == ["second-factor-enrolled", "second-factor-removed"])
    }

    @Test("a bearer session keeps its token over a change of the second factor", arguments: Backend.allCases)
    func bearer(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend)
        let grant = try await alice.logIn(code: alice.code())
        let token = try #require(try grant.object()["access_token"] as? String)
        let answer = try await alice.world.send(
            Call(
                method: "DELETE", target: "/api/v1/auth/totp",
                body: Call.json(["password": World.password, "code": alice.recovery[0].text]), token: token))
        #expect(answer.status == 204)
        #expect(!answer.headers.contains { $0.name == "Set-Cookie" })
        #expect(try await Self.isLive(token, alice.world))
    }

    @Test("the page of the second factor hands the browser its new token", arguments: Backend.allCases)
    func page(backend: Backend) async throws {
        let world = try await World(backend)
        let alice = try await world.add()
        let old = try await world.logIn()
        func submit(_ path: String, _ fields: KeyValuePairs<String, String>) async throws -> EndpointResponse
        {
            var call = Call.form(path, fields)
            call.token = old
            call.credential = .cookie
            return try await world.send(call)
        }
        #expect(try await submit("/second-factor", ["password": World.password]).status == 200)
        let sealed = try #require(try await world.account(alice.id)?.offeredSecret)
        let secret = try #require(SecondFactorVault(keyMaterial: nil).open(sealed, of: alice.id))
        let done = try await submit("/second-factor/confirm", ["code": SecondFactorWorld.code(secret)])
        let new = try #require(Self.token(done))
        #expect(try await Self.isLive(new, world))
    }
}
