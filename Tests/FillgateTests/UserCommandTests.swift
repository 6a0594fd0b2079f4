import Foundation
import GatewayCore
import Testing
import TestSupport

@testable import Fillgate

@Suite("fillgate user")
struct UserCommandTests {
    @Test("an account is made, shown, listed and deleted")
    func life() async throws {
        let line = try await CommandLine.start()
        #expect(try await line.addUser("Alice@Example.com").code == 0)
        #expect(try await line.addUser("root@example.com", "--admin").code == 0)
        let again = try await line.addUser("alice@example.com")
        #expect(again.code == 1)
        #expect(again.errors.contains("there is an account alice@example.com already"))

        let shown = try await line.run("user", "show", "ALICE@example.com", "--json")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [String: Any])
        #expect(object["email"] as? String == "alice@example.com")
        #expect(object["is_active"] as? Bool == true)
        #expect(object["is_superuser"] as? Bool == false)
        #expect(
            Set(object.keys) == [
                "id", "email", "is_active", "is_superuser", "created_at", "password_changed_at",
            ])

        let listed = try await line.run("user", "list", "--json")
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [[String: Any]])
        #expect(rows.map { $0["email"] as? String } == ["alice@example.com", "root@example.com"])
        #expect(rows.map { $0["is_superuser"] as? Bool } == [false, true])
        #expect(try await line.run("user", "list").output.contains("root@example.com   admin"))

        #expect(try await line.run("user", "delete", "alice@example.com").code == 0)
        for verb in ["show", "delete", "disable", "enable"] {
            let result = try await line.run("user", verb, "alice@example.com")
            #expect(result.code == 1, "\(verb)")
            #expect(result.errors.contains("there is no account alice@example.com"))
        }
    }

    @Test("all accounts are listed however many there are")
    func many() async throws {
        let line = try await CommandLine.start()
        try await line.store { store in
            for index in 0..<250 {
                guard let email = EmailAddress("user\(index)@example.com") else { continue }
                let hash = PasswordHash(encoded: "none")
                let account = Account.new(email, hash, at: Timestamp(seconds: 1))
                _ = try await store.create(account)
            }
        }
        let listed = try await line.run("user", "list")
        #expect(listed.output.split(separator: "\n").count == 251)
    }

    @Test("no password and no hash is ever printed, and none comes from the arguments")
    func secrets() async throws {
        let line = try await CommandLine.start()
        let added = try await line.addUser("alice@example.com")
        let shown = try await line.run("user", "show", "alice@example.com")
        let listed = try await line.run("user", "list", "--json")
        for result in [added, shown, listed] {
            #expect(!(result.output + result.errors).contains(CommandLine.password))
            #expect(!(result.output + result.errors).contains("argon2id"))
        }
        let argument = try await line.run("user", "add", "bob@example.com", "--password", "x")
        #expect(argument.code == 2)
    }

    @Test("a password that the policy refuses is refused with the reason, at the bound")
    func policy() async throws {
        let line = try await CommandLine.start()
        func add(_ password: String) async throws -> CommandLine.Result {
            try await line.run("user", "add", "alice@example.com", "--password-stdin", input: password)
        }
        let short = try await add("fourteen chars")
        #expect(short.code == 1)
        #expect(short.errors.contains("at least 15 characters"))
        #expect(try await add("").errors.contains("no password was given"))
        #expect(try await add("alice@example.com").errors.contains("your own address"))
        #expect(try await add("fifteen chars!!\n").code == 0)
    }

    @Test("without a terminal and without --password-stdin there is nobody to ask")
    func noTerminal() async throws {
        let line = try await CommandLine.start()
        let result = try await line.run("user", "add", "alice@example.com", input: CommandLine.password)
        #expect(result.code == 2)
        #expect(result.errors.contains("--password-stdin"))
    }

    @Test("pain 26: disabling, deleting and a new password end the user's sessions, and nobody else's")
    func sessionsEnd() async throws {
        let line = try await CommandLine.start()
        for user in ["alice", "bob", "carol", "dave"] {
            try await line.addUser("\(user)@example.com")
            _ = try await line.beginSession(of: "\(user)@example.com")
        }
        #expect(
            try await line.run("user", "disable", "alice@example.com").output.contains("sessions ended: 1"))
        let password = try await line.run(
            "user", "set-password", "bob@example.com", "--password-stdin", input: "another long password\n")
        #expect(password.code == 0, "\(password.errors)")
        #expect(password.output.contains("sessions ended: 1"))
        #expect(
            try await line.run("user", "delete", "carol@example.com").output.contains("sessions ended: 1"))
        #expect(try await line.sessions(of: "alice@example.com").isEmpty)
        #expect(try await line.sessions(of: "bob@example.com").isEmpty)
        #expect(try await line.sessions(of: "dave@example.com").count == 1)

        #expect(try await line.run("user", "show", "alice@example.com").output.contains("disabled"))
        #expect(try await line.run("user", "enable", "alice@example.com").code == 0)
        #expect(try await line.run("user", "show", "alice@example.com").output.contains("active"))
    }

    @Test(
        "the password of Redis comes from the file that a variable names; a wrong one exits 3 and is not shown"
    )
    func redisPassword() async throws {
        let line = try await CommandLine.start(options: ["--requirepass", "open-sesame-please"])
        let right = try line.folder.write(Data("open-sesame-please\n".utf8), to: "right")
        let wrong = try line.folder.write(Data("open-barley-please\n".utf8), to: "wrong")
        let listed = try await line.run("user", "list", environment: ["FILLGATE_REDIS_PASSWORD_FILE": right])
        #expect(listed.code == 0, "\(listed.errors)")
        for environment in [["FILLGATE_REDIS_PASSWORD_FILE": wrong], [:]] {
            let refused = try await line.run("user", "list", environment: environment)
            #expect(refused.code == 3)
            #expect(!refused.errors.contains("please"))
        }
    }
}
