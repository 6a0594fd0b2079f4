import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("What the endpoints leave for the audit")
struct AuditEventTests {
    @Test(
        "a login leaves who, from where, under which request, and the session that began",
        arguments: Backend.allCases)
    func login(backend: Backend) async throws {
        let world = try await World(backend)
        let alice = try await world.add()
        let token = try await world.logIn()
        let events = world.audited.all
        #expect(events.map(\.kind) == [.loginSucceeded, .sessionBegan])
        let session = SessionDigest(ofToken: Array(token.utf8)).sessionID
        for event in events {
            #expect(event.actor == .user(alice.id, alice.email))
            #expect(event.subject == .init(alice))
            #expect(event.address == "192.0.2.1")
            #expect(event.request != nil)
            #expect(event.session == session)
        }
    }

    @Test(
        "a failed login says why, for operators, and never what was typed as the name of nobody",
        arguments: Backend.allCases)
    func failures(backend: Backend) async throws {
        let world = try await World(backend)
        let alice = try await world.add()
        try await world.add(EmailAddress("carol@example.com")!, isActive: false)
        let typed = "my-secret-password@example.com"
        for email in [World.alice.text, "carol@example.com", typed] {
            #expect(try await world.send(.login(email, "a wrong password indeed")).status == 401)
        }
        let events = world.audited.all
        #expect(events.map(\.kind) == [.loginFailed, .loginFailed, .loginFailed])
        #expect(events.map(\.reason) == ["wrong-password", "disabled", "unknown-account"])
        #expect(events[0].subject == .init(alice))
        #expect(events.allSatisfy { $0.actor == .nobody })
        #expect(events[2].subject == nil)
        #expect(!events.contains { "\($0.fields)".contains("my-secret") })
        #expect(!world.log.all.contains { $0.contains("my-secret") })
    }

    @Test(
        "the failure that locks tells that a lock began, and a success in its place does not",
        arguments: Backend.allCases)
    func success(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        for _ in 0..<4 { _ = try await world.send(.login(World.alice.text, "a wrong password indeed")) }
        #expect(try await world.send(.login(World.alice.text, World.password)).status == 200)
        #expect(!world.audited.kinds.contains(.locked))
    }

    @Test(
        "an attempt that a lock refuses is a failed login whose reason names the lock",
        arguments: Backend.allCases)
    func locked(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        for _ in 0..<4 { _ = try await world.send(.login(World.alice.text, "a wrong password indeed")) }
        #expect(!world.audited.kinds.contains(.locked))
        for _ in 0..<2 { _ = try await world.send(.login(World.alice.text, "a wrong password indeed")) }
        #expect(world.audited.kinds.suffix(3) == [.loginFailed, .locked, .loginFailed])
        #expect(world.audited.all.suffix(2).map(\.reason) == ["pair", "locked-pair"])
    }

    @Test("logging out, ending a session and changing the password are told", arguments: Backend.allCases)
    func ends(backend: Backend) async throws {
        let world = try await World(backend)
        let alice = try await world.add()
        let (first, second, third) = (
            try await world.logIn(), try await world.logIn(), try await world.logIn()
        )
        world.audited.events.withLock { $0 = [] }
        let id = SessionDigest(ofToken: Array(second.utf8)).sessionID
        var end = Call.get("/api/v1/auth/sessions/\(id)", token: first)
        end.method = "DELETE"
        #expect(try await world.send(end).status == 204)
        let change = Call.changePassword(
            from: World.password, to: "another river under nine bridges", token: first)
        #expect(try await world.send(change).status == 204)
        #expect(
            try await world.send(Call(target: "/api/v1/auth/logout", type: nil, token: first)).status == 204)
        let events = world.audited.all
        #expect(events.map(\.kind) == [.sessionRevoked, .passwordChanged, .sessionRevoked, .sessionEnded])
        #expect(events[0].session == id)
        #expect(events[2].count == 1)
        #expect(events[2].reason == "password-changed")
        #expect(events.allSatisfy { $0.subject == .init(alice) })
        _ = third
    }

    @Test("the log has a line for each event, with its ID, its kind and its reason")
    func logLines() async throws {
        let world = try await World()
        try await world.add()
        _ = try await world.send(.login(World.alice.text, "a wrong password indeed"))
        let event = try #require(world.audited.all.first)
        let line = try #require(world.log.all.first { $0.contains(event.id) })
        #expect(line.hasPrefix("notice a login failed"))
        #expect(line.contains("login-failed") && line.contains("wrong-password"))
    }
}
