import GatewayCore
import GatewayRedis
import ServiceCore
import TestSupport
import Testing

@testable import GatewayEndpoints

@Suite("The endpoints while Redis is away")
struct StoreAwayTests {
    @Test(
        "pain 3: while Redis is away every verb is 503 and takes no cookie; when it is back, so is everybody")
    func away() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let world = try await World(on: Backend.configuration(of: redis))
        try await world.add()
        let token = try await world.logIn()
        try await world.publish(PublishedKey(keyID: "other", x: "BBBB"))
        #expect(try await world.send(.get(IdentityAssertion.keySetPath)).text.contains("other"))

        redis.kill9()
        let session = Session(
            digest: SessionDigest(ofToken: Array(token.utf8)), user: UserID("u")!, email: World.alice,
            isAdmin: false,
            createdAt: Call.clock(), lastUsedAt: Call.clock(), expiresAt: Call.clock() + .seconds(60),
            address: "",
            userAgent: "")
        let principal = Principal(session: session, credential: .cookie)
        var calls: [Call] = [
            .login("alice@example.com", World.password), .login("nobody@example.com", "wrong"),
            .changePassword(from: World.password, to: "seven herons stand in the reeds", token: token),
            .get("/api/v1/auth/me"), .get("/api/v1/auth/sessions"), Call(target: "/api/v1/auth/logout"),
            Call(target: "/api/v1/auth/logout-all"),
            Call(method: "DELETE", target: "/api/v1/auth/sessions/\(session.digest.sessionID)"),
            Call.form("/login", ["username": "alice@example.com", "password": World.password]),
            Call(target: "/logout", token: token),
        ]
        for index in calls.indices { calls[index].principal = principal }
        for call in calls {
            let answer = try await world.send(call)
            #expect(answer.status == 503, "\(call.method) \(call.target)")
            #expect(answer.code == "store-unavailable")
            #expect(answer.header("Retry-After") == "1")
            #expect(answer.header("Set-Cookie") == nil)
        }
        var keys = Call.get(IdentityAssertion.keySetPath)
        keys.now = Call.clock() + .seconds(30)
        #expect(try await world.send(keys).text.contains("other"))
        keys.now = Call.clock() + .seconds(120)
        let own = try await world.send(keys)
        #expect(own.status == 200)
        #expect(own.text.contains("own") && !own.text.contains("other"))
        #expect(try await world.send(.get("/health")).status == 200)
        #expect(try await world.send(.get("/login")).status == 200)

        try await redis.restart()
        try await eventually("logging in works again") {
            try await world.send(.login("alice@example.com", World.password)).status == 200
        }
        #expect(try await world.send(.get("/api/v1/auth/me", token: token)).status == 200)
    }
}
