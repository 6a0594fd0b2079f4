import Foundation
import GatewayCore
import Testing
import TestSupport

@testable import Fillgate

@Suite("fillgate key")
struct KeyCommandTests {
    private func list(_ line: CommandLine, _ email: String) async throws -> [[String: Any]] {
        let result = try await line.run("key", "list", email, "--json")
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]] ?? []
    }

    @Test("pain 25: a key is made, its secret shown once, listed without it, and revoked")
    func life() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com")
        let made = try await line.run(
            "key", "create", "alice@example.com", "--name", "CI", "--scope", "read", "--scope", "write",
            "--expires", "1h", "--address", "192.0.2.0/24")
        #expect(made.code == 0)
        let secret = made.output.trimmingCharacters(in: .newlines)
        #expect(secret.hasPrefix("fgk_") && secret.count == 47)
        #expect(!made.errors.contains(secret))

        let row = try #require(try await list(line, "alice@example.com").first)
        #expect(row["name"] as? String == "CI" && row["scopes"] as? [String] == ["read", "write"])
        #expect(row["addresses"] as? [String] == ["192.0.2.0/24"])
        let table = try await line.run("key", "list", "alice@example.com").output
        #expect(table.contains("CI") && table.contains("never") && !table.contains(secret.dropFirst(4)))
        let found = try await line.store { store in
            let digest = SessionDigest(ofToken: Array(secret.utf8))
            return try await store.admit(.init(session: digest, isKey: true, charges: [])).session
        }
        #expect(found != .absent)

        let id = try #require(row["id"] as? String)
        #expect(try await line.run("key", "revoke", "alice@example.com", "--id", id).code == 0)
        #expect(try await line.run("key", "revoke", "alice@example.com", "--id", id).code == 1)
        #expect(try await line.run("key", "revoke", "alice@example.com", "--all").output == "keys ended: 0\n")
        #expect(try await list(line, "alice@example.com").isEmpty)
    }

    @Test("what is wrong with a key is wrong usage; what the user may not have is refused")
    func faults() async throws {
        let line = try await CommandLine.start(extra: "upstreams: {}\napi-keys: { per-user: 1 }\n")
        try await line.addUser("alice@example.com")
        try await line.addUser("root@example.com", "--admin")
        func create(_ email: String, _ options: String...) async throws -> CommandLine.Result {
            try await CommandLine.run(
                ["key", "create", email, "--name", "x"] + options,
                environment: ["FILLGATE_CONFIG": line.config])
        }
        #expect(try await create("alice@example.com").code == 2)
        #expect(try await create("alice@example.com", "--scope", "root").code == 2)
        #expect(try await create("alice@example.com", "--scope", "read", "--expires", "1d").code == 2)
        #expect(try await create("alice@example.com", "--scope", "read", "--expires", "8761h").code == 2)
        #expect(try await create("nobody@example.com", "--scope", "read").code == 1)
        #expect(try await create("alice@example.com", "--scope", "admin").code == 1)
        #expect(try await create("root@example.com", "--scope", "admin", "--json").code == 0)
        #expect(try await create("alice@example.com", "--scope", "read", "--expires", "8760h").code == 0)
        let second = try await create("alice@example.com", "--scope", "read")
        #expect(second.code == 1 && second.errors.contains("1 API keys"))
        #expect(try await line.run("key", "revoke", "alice@example.com").code == 2)
        #expect(try await line.run("key", "revoke", "alice@example.com", "--id", "x").code == 2)
    }

    @Test("whoever is disabled or deleted has no keys", arguments: ["disable", "delete"])
    func ended(verb: String) async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com")
        let made = try await line.run("key", "create", "alice@example.com", "--name", "x", "--scope", "read")
        let secret = made.output.trimmingCharacters(in: .newlines)
        #expect(try await line.run("user", verb, "alice@example.com").code == 0)
        let found = try await line.store { store in
            let digest = SessionDigest(ofToken: Array(secret.utf8))
            return try await store.admit(.init(session: digest, isKey: true, charges: [])).session
        }
        #expect(found == .absent)
    }
}
