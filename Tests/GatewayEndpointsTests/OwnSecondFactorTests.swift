import Foundation
import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("One's own second factor")
struct OwnSecondFactorTests {
    private static let path = "/api/v1/auth/totp"

    private static func call(
        _ method: String, _ fields: [String: String]?, to path: String, token: String
    ) -> Call {
        var call = Call(
            target: path, type: fields == nil ? nil : "application/json",
            body: fields.map(Call.json) ?? "", token: token)
        call.method = method
        return call
    }

    @Test(
        "it is offered for the password, confirmed with a code, and then asked for",
        arguments: Backend.allCases)
    func life(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let (token, other) = (try await world.logIn(), try await world.logIn())
        func send(
            _ method: String, _ fields: [String: String]?, to path: String = Self.path
        ) async throws -> EndpointResponse {
            try await world.send(Self.call(method, fields, to: path, token: token))
        }
        #expect(try await send("POST", ["password": "wrong"]).status == 403)
        #expect(try await send("POST", [:]).faultyFields() == ["password"])
        #expect(try await send("POST", ["code": "123456"], to: Self.path + "/confirm").status == 404)
        let offer = try await send("POST", ["password": World.password])
        #expect(offer.status == 200)
        let text = try #require(try offer.object()["secret"] as? String)
        #expect(try offer.object()["uri"] as? String ?? "" != "")
        #expect((try offer.object()["qr"] as? String)?.hasPrefix("<svg") == true)
        #expect(try await send("GET", nil).object()["enrolled"] as? Bool == false)
        // Not asked for before it is confirmed.
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 200)

        let secret = TOTPSecret(SecretBytes(copying: try #require(Self.decoded(text))))
        let confirm = Self.path + "/confirm"
        let wrong = SecondFactorWorld.code(secret, at: Call.clock() + .seconds(3_600))
        #expect(try await send("POST", ["code": wrong], to: confirm).faultyFields() == ["code"])
        let done = try await send("POST", ["code": SecondFactorWorld.code(secret)], to: confirm)
        #expect(done.status == 200)
        #expect((try done.object()["recovery_codes"] as? [String])?.count == 10)
        #expect(try await send("GET", nil).object()["enrolled"] as? Bool == true)
        #expect(try await send("GET", nil).object()["recovery_codes"] as? Int == 10)
        #expect(try await world.send(.get("/api/v1/auth/me", token: other)).status == 401)
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 401)

        // A second enrolment proves the first, and is refused all the same.
        let next = SecondFactorWorld.code(secret, at: Call.clock() + .seconds(30))
        let again = try await send("POST", ["password": World.password, "code": next])
        #expect(again.status == 409 && again.code == "second-factor-enrolled")
        #expect(try await send("DELETE", ["password": World.password]).status == 403)
        let codes = try #require(try done.object()["recovery_codes"] as? [String])
        #expect(try await send("DELETE", ["password": World.password, "code": codes[0]]).status == 204)
        #expect(try await world.send(.login("alice@example.com", World.password)).status == 200)
        let kinds = world.audited.kinds
        #expect(kinds.contains(.secondFactorEnrolled) && kinds.contains(.secondFactorRemoved))
        #expect(!world.log.all.contains { $0.contains(text) })
    }

    @Test("a role that must have one cannot take it away", arguments: Backend.allCases)
    func required(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend, policy: SecondFactorPolicy(requiredFor: [.user]))
        let grant = try await alice.logIn(code: alice.code())
        let token = try #require(try grant.object()["access_token"] as? String)
        let answer = try await alice.world.send(
            Self.call(
                "DELETE", ["password": World.password, "code": alice.recovery[0].text], to: Self.path,
                token: token))
        #expect(answer.status == 409 && answer.code == "second-factor-required")
        #expect(try await alice.logIn(code: alice.code(steps: 1)).status == 200)
    }

    @Test("a new password takes the second factor too", arguments: Backend.allCases)
    func passwordChange(backend: Backend) async throws {
        let alice = try await SecondFactorWorld(backend)
        let grant = try await alice.logIn(code: alice.code())
        let token = try #require(try grant.object()["access_token"] as? String)
        let fresh = "seven herons stand in the reeds"
        var call = Call.changePassword(from: World.password, to: fresh, token: token)
        #expect(try await alice.world.send(call).status == 403)
        call.body = Call.json([
            "current_password": World.password, "new_password": fresh, "code": alice.recovery[0].text,
        ])
        #expect(try await alice.world.send(call).status == 204)
    }

    /// Base32.
    private static func decoded(_ text: String) -> [UInt8]? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var bits = 0
        var count = 0
        var bytes: [UInt8] = []
        for character in text {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            bits = (bits << 5 | value) & 0xFFFF
            count += 5
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }
}
