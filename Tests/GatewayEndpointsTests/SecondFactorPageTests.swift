import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("The page of the second factor")
struct SecondFactorPageTests {
    /// Each step lets whoever stands before it log out, and hides what is typed as a password.
    private static func expectWayOut(
        _ page: EndpointResponse, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            page.text.contains(#"<form method="post" action="/logout">"#), sourceLocation: sourceLocation)
        #expect(page.text.contains("Log out</button>"), sourceLocation: sourceLocation)
        let fields = page.text.matches(of: #/<input[^>]*name="password"[^>]*>/#)
        #expect(
            fields.allSatisfy { $0.output.contains(#"type="password""#) }, sourceLocation: sourceLocation)
    }

    @Test("it leads from the password over a QR code to the recovery codes", arguments: Backend.allCases)
    func steps(backend: Backend) async throws {
        let world = try await World(backend)
        let alice = try await world.add()
        let token = try await world.logIn()
        func submit(_ path: String, _ fields: KeyValuePairs<String, String>) async throws -> EndpointResponse
        {
            var call = Call.form(path, fields)
            call.token = token
            return try await world.send(call)
        }
        let first = try await world.send(.get("/second-factor", token: token))
        #expect(first.status == 200 && first.text.contains(#"name="password""#))
        Self.expectWayOut(first)
        let wrong = try await submit("/second-factor", ["password": "wrong"])
        #expect(wrong.status == 403 && wrong.text.contains("role=\"alert\""))
        Self.expectWayOut(wrong)
        let second = try await submit("/second-factor", ["password": World.password])
        #expect(second.text.contains("<svg") && second.text.contains(#"name="code""#))
        Self.expectWayOut(second)
        let sealed = try #require(try await world.account(alice.id)?.offeredSecret)
        let secret = try #require(SecondFactorVault(keyMaterial: nil).open(sealed, of: alice.id))
        #expect(second.text.contains(secret.text))
        let again = try await submit("/second-factor/confirm", ["code": "x"])
        #expect(again.status == 422 && again.text.contains(#"name="code""#))
        // Shown to whoever has proved the password, not to whoever finds the browser afterwards.
        #expect(!again.text.contains(secret.text) && !again.text.contains("<svg"))
        #expect(again.text.contains(#"<a href="/second-factor">begin anew</a>"#))
        Self.expectWayOut(again)
        let done = try await submit("/second-factor/confirm", ["code": SecondFactorWorld.code(secret)])
        #expect(done.status == 200 && done.text.matches(of: #/<li><code>/#).count == 10)
        Self.expectWayOut(done)
        let enrolled = try await world.send(.get("/second-factor", token: token))
        #expect(enrolled.text.contains("left: 10"))
        Self.expectWayOut(enrolled)
    }

    @Test(
        "an offer is confirmed within 10 minutes and not afterwards, and not after a new password",
        arguments: Backend.allCases)
    func late(backend: Backend) async throws {
        let world = try await World(backend)
        let alice = try await world.add()
        let token = try await world.logIn()
        func submit(
            _ path: String, _ fields: KeyValuePairs<String, String>, at now: Timestamp = Call.clock()
        ) async throws -> EndpointResponse {
            var call = Call.form(path, fields)
            call.token = token
            call.now = now
            return try await world.send(call)
        }
        func offered() async throws -> (secret: TOTPSecret, end: Timestamp) {
            #expect(try await submit("/second-factor", ["password": World.password]).status == 200)
            let account = try #require(try await world.account(alice.id))
            let sealed = try #require(account.offeredSecret)
            let secret = try #require(SecondFactorVault(keyMaterial: nil).open(sealed, of: alice.id))
            return (secret, try #require(account.offerEndsAt))
        }
        func confirm(_ secret: TOTPSecret, at now: Timestamp) async throws -> EndpointResponse {
            let code = SecondFactorWorld.code(secret, at: now)
            return try await submit("/second-factor/confirm", ["code": code], at: now)
        }
        let first = try await offered()
        let late = try await confirm(first.secret, at: first.end)
        #expect(late.status == 404 && late.code == "no-second-factor")
        #expect(late.text.contains(#"name="password""#) && !late.text.contains(first.secret.text))

        let fresh = "seven herons stand in the reeds"
        var change = Call.changePassword(from: World.password, to: fresh, token: token)
        #expect(try await world.send(change).status == 204)
        #expect(try await confirm(first.secret, at: Call.clock()).status == 404)
        change = Call.changePassword(from: fresh, to: World.password, token: token)
        #expect(try await world.send(change).status == 204)

        let second = try await offered()
        let moment = Timestamp(microseconds: second.end.microseconds - 1)
        #expect(try await confirm(second.secret, at: moment).status == 200)
    }
}
