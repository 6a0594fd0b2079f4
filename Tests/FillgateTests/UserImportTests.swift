import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import Fillgate

@Suite("fillgate user import and export")
struct UserImportTests {
    private static let bcrypt = "$2b$04$yCI8x0KrPcnQTKtb9rKhN.kCAN34zreZYa88EFQUGEX2wlwyDwaR."
    private static let pbkdf2 =
        "pbkdf2:sha256:1000$iDAKdrfEhQJydJg0$80487f398007a9d42347ed3e550ef4b0ed200663130cce1bcc9e556b7dab0a99"

    private func line(_ email: String, _ hash: String = bcrypt, _ more: String = "") -> String {
        "{\"email\": \"\(email)\", \"password_hash\": \"\(hash)\"\(more.isEmpty ? "" : ", " + more)}\n"
    }

    private func accounts(_ line: CommandLine) async throws -> [Account] {
        try await line.store { store in
            var all: [Account] = []
            try await store.eachPage { all += $0 }
            return all
        }
    }

    @Test("accounts come in from a file or a pipe as their lines say")
    func imports() async throws {
        let line = try await CommandLine.start()
        let text =
            self.line("Alice@Example.com") + "\n"
            + self.line(
                "root@example.com", Self.pbkdf2,
                "\"is_superuser\": true, \"is_active\": false, \"created_at\": \"2020-01-02T03:04:05Z\", \"id\": \"old-7\""
            )
        let path = try line.folder.write(Data(text.utf8), to: "users.jsonl")
        let done = try await line.run("user", "import", path)
        #expect(done.code == 0, "\(done.errors)")
        #expect(done.output.contains("imported 2 accounts, 1 of them administrators"))
        #expect(done.output.contains("every login computes one of each"))
        let all = try await accounts(line)
        #expect(all.map(\.email.text) == ["alice@example.com", "root@example.com"])
        #expect(all[0].passwordHash.encoded == Self.bcrypt)
        #expect(all[0].isActive && !all[0].isAdmin)
        #expect(all[1].id.text == "old-7")
        #expect(!all[1].isActive && all[1].isAdmin)
        #expect(CalendarText.rfc3339(all[1].createdAt) == "2020-01-02T03:04:05Z")
        #expect(all[1].passwordChangedAt == all[1].createdAt)

        let piped = try await Self.piped(line, self.line("carol@example.com"))
        #expect(piped.code == 0, "\(piped.errors)")
        #expect(try await accounts(line).count == 3)
        #expect(!(done.output + done.errors + piped.output).contains("kCAN34zreZYa"))
    }

    /// Runs the import behind a real pipe, with its temporary folder `folder/tmp`.
    private static func piped(
        _ line: CommandLine, _ text: String, _ options: String = ""
    ) async throws -> CommandLine.Result {
        let input = try line.folder.write(Data(text.utf8), to: "piped.jsonl")
        let out = line.folder.file("piped.out")
        let errors = line.folder.file("piped.err")
        let script =
            "cat '\(input)' | '\(ServerProcess.product("fillgate"))' user import \(options) - >'\(out)' 2>'\(errors)'"
        let process = try ServerProcess(
            "/bin/sh", ["-c", script],
            environment: ["FILLGATE_CONFIG": line.config, "TMPDIR": line.folder.path])
        guard case .code(let code) = try await process.waitForExit(within: .seconds(60)) else {
            throw DeadlineExceeded("the import was killed")
        }
        return CommandLine.Result(
            code: code, output: try String(contentsOfFile: out, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }

    @Test("every fault of every line is told with its line, and nothing at all is imported")
    func faults() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("taken@example.com")
        let costly = "$2b$31$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
        let text =
            self.line("good@example.com") + "not json\n" + self.line("nobody", "$1$abc$def")
            + self.line("Good@example.com") + self.line("taken@example.com")
            + self.line("rich@example.com", costly)
            + self.line(
                "odd@example.com", Self.bcrypt,
                "\"is_superusers\": true, \"is_active\": 1, \"created_at\": \"today\"")
            + "{\"email\": \"bare@example.com\"}\n[]\n"
            + self.line(
                "long@example.com", Self.bcrypt, "\"id\": \"\(String(repeating: "x", count: 16_384))\"")
        let path = try line.folder.write(Data(text.utf8), to: "users.jsonl")
        let refused = try await line.run("user", "import", path)
        #expect(refused.code == 1)
        #expect(
            refused.errors.replacing(path, with: "FILE").split(separator: "\n").map(String.init) == [
                "FILE:2: is not a JSON object",
                "FILE:3: 'email' must be an e-mail address",
                "FILE:3: 'password_hash' is of a scheme that is not read here: bcrypt ($2a$, $2b$, $2y$), Werkzeug's scrypt: "
                    + "and pbkdf2: (sha1, sha256, sha512), and PHC strings of argon2id and scrypt are",
                "FILE:4: good@example.com is on line 1 already",
                "FILE:5: there is an account taken@example.com already (--skip-existing)",
                "FILE:6: 'password_hash' costs more than a stored hash may",
                "FILE:7: 'is_superusers' is not a known name; did you mean 'is_superuser'?",
                "FILE:7: 'is_active' must be true or false",
                "FILE:7: 'created_at' must be a time such as 2026-01-02T03:04:05Z",
                "FILE:8: 'password_hash' is missing",
                "FILE:9: is not a JSON object",
                "FILE:10: is longer than 16384 bytes",
                "fillgate: nothing was imported; faults: 12",
            ])
        #expect(try await accounts(line).count == 1)
        #expect(try await line.run("user", "import", line.folder.file("none")).code == 1)
    }

    @Test("with --skip-existing what is there stays as it is, and --check writes nothing")
    func skipping() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com")
        let before = try await accounts(line)
        let text = self.line("alice@example.com") + self.line("bob@example.com")
        let path = try line.folder.write(Data(text.utf8), to: "users.jsonl")
        let checked = try await line.run("user", "import", path, "--skip-existing", "--check")
        #expect(checked.code == 0, "\(checked.errors)")
        #expect(try await accounts(line) == before)
        let done = try await line.run("user", "import", path, "--skip-existing")
        #expect(
            done.output.contains(
                "imported 1 accounts, 0 of them administrators; skipped because they exist: 1"))
        #expect(try await accounts(line).first == before.first)
        #expect(try await accounts(line).count == 2)
    }

    @Test("an ID that is another account's is refused with its line")
    func takenID() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com")
        let id = try #require(try await accounts(line).first).id
        let path = try line.folder.write(
            Data(self.line("bob@example.com", Self.bcrypt, "\"id\": \"\(id)\"").utf8), to: "users.jsonl")
        let refused = try await line.run("user", "import", path)
        #expect(refused.code == 1)
        #expect(refused.errors.contains(":1: the ID \(id) is that of alice@example.com"))
    }

    @Test("hashes of eight schemes are held, and an import that would make nine is refused whole")
    func schemes() async throws {
        let line = try await CommandLine.start()
        func lines(_ costs: ClosedRange<Int>) -> String {
            costs.map { cost in
                let rest = "iDAKdrfEhQJydJg0$80487f398007a9d42347ed3e550ef4b0ed200663130cce1bcc9e556b7dab0a99"
                return self.line("user\(cost)@example.com", "pbkdf2:sha256:\(cost)$\(rest)")
            }.joined()
        }
        let path = try line.folder.write(Data(lines(1...9).utf8), to: "users.jsonl")
        let refused = try await line.run("user", "import", path)
        #expect(refused.code == 1)
        #expect(refused.errors.contains("hashes of 9 schemes and costs"))
        #expect(try await accounts(line).isEmpty)
        try line.folder.write(Data(lines(1...8).utf8), to: "users.jsonl")
        #expect(try await line.run("user", "import", path).code == 0)

        // What nobody has any more can be forgotten.
        #expect(try await line.run("user", "delete", "user3@example.com").code == 0)
        let counted = try await line.run("user", "hashes", "--json")
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(counted.output.utf8)) as? [[String: Any]])
        #expect(rows.count == 8)
        let unused = try #require(rows.first { $0["form"] as? String == "pbkdf2:sha256:3" })
        #expect(unused["accounts"] as? Int == 0)
        #expect(unused["is_computed"] as? Bool == true)
        #expect(try await !line.run("user", "hashes", "--tidy").output.contains("pbkdf2:sha256:3"))
        #expect(try await line.store { try await $0.passwordForms() }.count == 7)
    }

    @Test("what comes through a pipe is bounded, and leaves nothing behind")
    func spool() async throws {
        let line = try await CommandLine.start()
        let text = (1...200).map { self.line("user\($0)@example.com") }.joined()
        let least = "\(text.utf8.count - 1)B"
        let refused = try await Self.piped(line, text, "--spool-limit \(least)")
        #expect(refused.code == 1)
        #expect(refused.errors.contains("--spool-limit"))
        #expect(try await accounts(line).isEmpty)
        #expect(try await Self.piped(line, text, "--spool-limit \(text.utf8.count)B").code == 0)
        #expect(try await accounts(line).count == 200)
        let left = try FileManager.default.contentsOfDirectory(atPath: line.folder.path)
        #expect(!left.contains { $0.hasPrefix("fillgate-import") })
        #expect(try await line.run("user", "import", "--spool-limit", "lots").code == 2)
    }

    @Test("a file has at most so many lines")
    func lines() async throws {
        let folder = try TemporaryFolder()
        let text = line("a@example.com") + line("b@example.com")
        let path = try folder.write(Data(text.utf8), to: "users.jsonl")
        for (most, isEnough) in [(2, true), (1, false)] {
            let work = AccountImport(
                skipExisting: false, now: Timestamp(seconds: 1), mostLines: most, complain: { _ in })
            let store = MemoryStore(now: { Timestamp(seconds: 1) })
            let file = try ImportFile(path, spool: 0)
            do {
                _ = try await work.check(file, in: store)
                #expect(isEnough)
            } catch let failure as CommandFailure {
                #expect(!isEnough && failure.message.contains("more than 1 lines"))
            }
        }
    }

    @Test("what is exported with hashes is imported again as it was, IDs included")
    func roundTrip() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com", "--admin")
        let path = try line.folder.write(Data(self.line("bob@example.com").utf8), to: "users.jsonl")
        #expect(try await line.run("user", "import", path).code == 0)
        #expect(try await line.run("user", "disable", "bob@example.com").code == 0)

        let bare = try await line.run("user", "export")
        #expect(bare.code == 0)
        #expect(!bare.output.contains("password_hash") && !bare.output.contains("$2b$"))
        #expect(bare.output.split(separator: "\n").count == 2)

        let file = line.folder.file("export.jsonl")
        #expect(try await line.run("user", "export", "--with-hashes", "--output", file).code == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // It does not write over what is there.
        #expect(try await line.run("user", "export", "--output", file).code == 1)
        // Standard output that is a file others may read is warned of.
        let warned = try await line.run("user", "export", "--with-hashes")
        #expect(warned.code == 0)
        #expect(warned.errors.contains("others may read"))

        let before = try await accounts(line)
        let other = try await CommandLine.start()
        #expect(try await other.run("user", "import", file).code == 0)
        let after = try await accounts(other)
        #expect(after.map(\.id) == before.map(\.id))
        #expect(after.map(\.email) == before.map(\.email))
        #expect(after.map(\.passwordHash) == before.map(\.passwordHash))
        #expect(after.map(\.isActive) == [true, false])
        #expect(after.map(\.isAdmin) == [true, false])
        #expect(after.map(\.createdAt.seconds) == before.map(\.createdAt.seconds))
    }

    @Test("a listing that streams has the form of a whole one, with no account, one and several pages")
    func streams() async throws {
        let line = try await CommandLine.start()
        for count in [0, 1, 250] {
            try await line.store { store in
                var some: [Account] = []
                for index in 0..<count {
                    guard let email = EmailAddress("user\(index)@example.com") else { continue }
                    some.append(Account.new(email, PasswordHash(encoded: "none"), at: Timestamp(seconds: 1)))
                }
                _ = try await store.create(some)
            }
            let rows = try await accounts(line).map(UserRow.init)
            #expect(rows.count == count)
            #expect(try await line.run("user", "list", "--json").output == Listing.json(rows) + "\n")
            let table = Listing.table(UserRow.titles, rows.map(\.cells)) + "\n"
            #expect(try await line.run("user", "list").output == table)
        }
    }
}
