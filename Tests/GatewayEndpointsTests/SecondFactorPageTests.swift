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
        #expect(again.status == 422 && again.text.contains("<svg"))
        let done = try await submit("/second-factor/confirm", ["code": SecondFactorWorld.code(secret)])
        #expect(done.status == 200 && done.text.matches(of: #/<li><code>/#).count == 10)
        Self.expectWayOut(done)
        let enrolled = try await world.send(.get("/second-factor", token: token))
        #expect(enrolled.text.contains("left: 10"))
        Self.expectWayOut(enrolled)
    }
}
