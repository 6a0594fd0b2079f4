import Foundation
import GatewayCore
import GatewayPasswords
import Testing

@testable import GatewayEndpoints

@Suite("Registration and imported accounts")
struct RegistrationTests {
    private static let fresh = "eleven grey herons on a wire"

    private func register(_ email: String, _ password: String) -> Call {
        Call(target: "/api/v1/auth/register", body: Call.json(["email": email, "password": password]))
    }

    @Test("where registration is open a newcomer gets an account and may log in", arguments: Backend.allCases)
    func newcomer(backend: Backend) async throws {
        let world = try await World(backend, isRegistrationOpen: true)
        let answer = try await world.send(register(" New@Example.com", Self.fresh))
        #expect(answer.status == 201)
        let user = try answer.object()
        #expect(Set(user.keys) == ["id", "email", "is_active", "is_superuser", "created_at"])
        #expect(user["email"] as? String == "new@example.com")
        #expect(user["is_superuser"] as? Bool == false)
        #expect(!answer.text.contains("argon2"))
        let email = try #require(EmailAddress("new@example.com"))
        _ = try await world.logIn(email, password: Self.fresh)
        // Being told of an account is not being in it.
        #expect(answer.header("Set-Cookie") == nil)
    }

    @Test(
        "an address that is taken is 409, whatever its spelling, and its account stays as it was",
        arguments: Backend.allCases)
    func taken(backend: Backend) async throws {
        let world = try await World(backend, isRegistrationOpen: true)
        let account = try await world.add()
        let answer = try await world.send(register("ALICE@example.com", Self.fresh))
        #expect(answer.status == 409)
        #expect(answer.code == "address-taken")
        #expect(try await world.account(account.id) == account)
        _ = try await world.logIn()
    }

    @Test(
        "every fault of a newcomer's fields is told at once, and none makes an account",
        arguments: Backend.allCases)
    func faults(backend: Backend) async throws {
        let world = try await World(backend, isRegistrationOpen: true)
        let both = try await world.send(register("nobody", ""))
        #expect(both.status == 422)
        #expect(try both.faultyFields() == ["email", "password"])
        for password in ["fourteen chars", "new@example.com", "passwordpassword"] {
            let answer = try await world.send(register("new@example.com", password))
            #expect(answer.status == 422)
            #expect(try answer.faultyFields() == ["password"])
            #expect(!answer.text.contains(password))
        }
        let form = Call.form("/api/v1/auth/register", ["email": "new@example.com", "password": Self.fresh])
        #expect(try await world.send(form).status == 415)
        #expect(try await world.send(.login("new@example.com", Self.fresh)).status == 401)
    }

    @Test(
        "an imported account logs in with its old password and has a hash of ours afterwards",
        arguments: Backend.allCases,
        [
            "$2b$04$yCI8x0KrPcnQTKtb9rKhN.kCAN34zreZYa88EFQUGEX2wlwyDwaR.",
            "scrypt:1024:8:1$m4gk18I9oiVUkYx5$caff5784849c711ae1eb61450742733b62f317d3d16f0a010dd1716af7c6d7519594"
                + "a19a173cfc2d04d4912965bf478a1cbe14f57b0c1380afcadfde2080f22a",
            "pbkdf2:sha256:1000$iDAKdrfEhQJydJg0$80487f398007a9d42347ed3e550ef4b0ed200663130cce1bcc9e556b7dab0a99",
        ])
    func imported(backend: Backend, encoded: String) async throws {
        let world = try await World(backend)
        let account = try await world.add(hash: PasswordHash(encoded: encoded))
        world.held.replace(by: try await world.passwordForms())
        #expect(world.held.all.count == 1)
        #expect(try await world.send(.login("alice@example.com", "wrong")).status == 401)
        #expect(try await world.account(account.id)?.passwordHash.encoded == encoded)
        _ = try await world.logIn(password: "caf\u{E9} correct horse battery")
        let renewed = try #require(try await world.account(account.id))
        #expect(renewed.passwordHash.encoded.hasPrefix("$argon2id$"))
        #expect(renewed.passwordChangedAt == account.passwordChangedAt)
        _ = try await world.logIn(password: "caf\u{E9} correct horse battery")
    }

    @Test(
        "an account whose hash costs more than it may answers as one with a wrong password",
        arguments: Backend.allCases)
    func tooCostly(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add(
            hash: PasswordHash(encoded: "$2b$31$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"))
        let costly = try await world.send(.login("alice@example.com", World.password))
        let unknown = try await world.send(.login("nobody@example.com", World.password))
        #expect(try costly.seen() == unknown.seen())
        #expect(world.log.all.contains { $0.contains("too-costly-hash") })
    }
}

extension World {
    func passwordForms() async throws -> [String] { try await store.passwordForms() }
}
