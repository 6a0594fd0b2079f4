import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import Fillgate

@Suite("fillgate user totp")
struct SecondFactorCommandTests {
    @Test("an administrator who must have a second factor is enrolled by command, and logs in with a code")
    func enrolment() async throws {
        let extra = """
            upstreams: {}
            login: { second-factor: { required-for: [admin] } }
            """
        let line = try await CommandLine.start(extra: extra)
        try await line.addUser("root@example.com", "--admin")
        let result = try await line.run(
            "user", "totp", "enrol", "root@example.com", "--without-confirmation", "--json")
        #expect(result.code == 0, "\(result.errors)")
        let shown = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let codes = try #require(shown["recovery_codes"] as? [String])
        #expect(codes.count == 10)
        #expect((shown["uri"] as? String)?.hasPrefix("otpauth://totp/fillgate:root%40example.com?") == true)
        let twice = try await line.run("user", "totp", "enrol", "root@example.com", "--without-confirmation")
        #expect(twice.code == 1)

        let worker = try await RunningWorker(line)
        let password = CommandLine.password.replacing(" ", with: "+")
        try await eventually("the code lets in", within: .seconds(20)) {
            let form = "username=root@example.com&password=\(password)&code=\(codes[0])"
            return try await worker.ask("/api/v1/auth/login", form: form).status == 200
        }
        #expect(try await worker.logIn("root@example.com").status == 401)
        #expect(try await line.run("user", "totp", "reset", "root@example.com").code == 0)
        #expect(try await line.run("user", "totp", "reset", "root@example.com").code == 1)
        let audit = try await line.run("audit", "--json", "--user", "root@example.com")
        for kind in ["second-factor-enrolled", "recovery-code-used", "second-factor-removed"] {
            #expect(audit.output.contains(kind))
        }
    }

    @Test("the terminal shows a QR code and the secret, and a wrong code changes nothing")
    func terminal() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com")
        let result = try await line.run(
            "user", "totp", "enrol", "alice@example.com", input: "1\n2\n3\n")
        #expect(result.code == 1)
        #expect(result.output.contains("█▀▀▀▀▀█") && result.output.contains("Secret: "))
        let email = try #require(EmailAddress("alice@example.com"))
        #expect(try await line.store { try await $0.required(email) }.secondFactor == nil)
    }

    @Test("a key file is taken whole, of bounded size, and only if others may not use it")
    func keyFile() throws {
        let folder = try TemporaryFolder()
        func load(_ bytes: Int, mode: Int = 0o600) throws -> Int {
            let path = try folder.write(Data(repeating: 7, count: bytes), to: "key-\(bytes)-\(mode)")
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            return try SecondFactorKey.load(path).count
        }
        #expect(try load(32) == 32)
        #expect(try load(4_096) == 4_096)
        #expect(try load(32, mode: 0o640) == 32)
        #expect(throws: CommandFailure.self) { try load(31) }
        #expect(throws: CommandFailure.self) { try load(4_097) }
        #expect(throws: CommandFailure.self) { try load(32, mode: 0o644) }
        #expect(throws: CommandFailure.self) { try SecondFactorKey.load(folder.file("none")) }
        #expect(throws: CommandFailure.self) { try SecondFactorKey.load(folder.file(".")) }
    }
}
