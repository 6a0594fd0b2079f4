import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import Fillgate

@Suite("The file of common passwords")
struct CommonPasswordFileTests {
    private func load(
        _ path: String?, longest: Int = CommonPasswordFile.longest, most: Int = CommonPasswordFile.most
    ) throws -> CommonPasswordList? {
        var rules = LoginSettings.PasswordRules()
        rules.commonList = path
        return try CommonPasswordFile.load(rules, longest: longest, most: most)
    }

    @Test("Debian's list is used where it is and nobody names another, in some 440 KB")
    func debian() throws {
        let list = try load(nil)
        guard FileManager.default.fileExists(atPath: CommonPasswordFile.usual) else {
            #expect(list == nil)
            return
        }
        let found = try #require(list)
        #expect((10_000...200_000).contains(found.count))
        #expect(found.size == found.count * 8)
        #expect(found.contains(Password("Encyclopedia")))
    }

    @Test("an operator's own file takes its place, whatever ends its lines, and an empty one means none")
    func own() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Data("zanzibarquokka\r\nanother one\n\nlast".utf8), to: "list")
        let list = try #require(try load(path))
        #expect(list.count == 3)
        for text in ["ZanzibarQuokka", "another one", "last"] { #expect(list.contains(Password(text))) }
        #expect(!list.contains(Password("encyclopedia")))
        #expect(try load(try folder.write(Data(), to: "empty"))?.count == 0)
    }

    @Test("a file is read up to its bounds of bytes and entries, and not beyond")
    func bounds() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Data("one\ntwo\n".utf8), to: "list")
        #expect(try load(path, longest: 8, most: 2)?.count == 2)
        #expect(throws: Complaint("'\(path)' is longer than 7B")) { try load(path, longest: 7) }
        #expect(throws: Complaint("'\(path)' has more than 1 entries")) { try load(path, most: 1) }
    }

    @Test("a file that is named and cannot be read is a fault of the configuration, with its line")
    func missing() throws {
        let folder = try TemporaryFolder()
        for (path, why) in [
            (folder.file("none"), "cannot be read: No such file or directory"),
            (folder.path, "is not a file"),
        ] {
            let text = "upstreams: {}\nroutes: []\nlogin:\n  password:\n    common-list: \(path)\n"
            let faults = #expect(throws: ConfigFaults.self) {
                try Configuration.parse(text, file: "f", checksFiles: true)
            }
            #expect(faults?.description == "f:5: login.password.common-list: '\(path)' \(why)")
            // Whoever only talks to Redis need not be able to read it.
            #expect(throws: Never.self) { try Configuration.parse(text, file: "f") }
        }
    }

    @Test("a command and the gateway refuse what is on it")
    func refused() async throws {
        let line = try await CommandLine.start()
        let list = try line.folder.write(Data("zanzibarquokkaparade\n".utf8), to: "list")
        try line.rewrite("upstreams: {}\nlogin: { password: { common-list: \(list) } }\n")
        func add(_ password: String) async throws -> CommandLine.Result {
            try await line.run("user", "add", "alice@example.com", "--password-stdin", input: password)
        }
        let refused = try await add("Zanzibarquokkaparade7")
        #expect(refused.code == 1)
        #expect(refused.errors.contains("one of the first that an attacker tries"))
        #expect(try await add("zanzibar quokka pageant").code == 0)
        try line.rewrite("upstreams: {}\nlogin: { password: { common-list: \(list)x } }\n")
        let missing = try await add("zanzibar quokka pageant")
        #expect(missing.code == 1)
        #expect(missing.errors.contains("login.password.common-list: '\(list)x' cannot be read"))
    }
}

@Suite("Reading lines")
struct LineReaderTests {
    private func lines(_ text: String, longest: Int) throws -> [String] {
        let folder = try TemporaryFolder()
        let path = try folder.write(Data(text.utf8), to: "lines")
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var reader = LineReader(descriptor, longest: longest)
        var lines: [String] = []
        while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        #expect(reader.number == lines.count)
        return lines
    }

    @Test("lines are the same however they end, and the last needs no end")
    func ends() throws {
        #expect(try lines("", longest: 9).isEmpty)
        #expect(try lines("a\nb\r\n\n\r\nc", longest: 9) == ["a", "b", "", "", "c"])
        #expect(try lines("a\n", longest: 9) == ["a"])
    }

    @Test("a line at the bound is whole, and of a longer one a byte more is kept")
    func bound() throws {
        #expect(try lines("abcd\nabcde\nabcdef\nx\n", longest: 4) == ["abcd", "abcde", "abcde", "x"])
    }

    @Test("lines go on from one piece to the next")
    func pieces() throws {
        let long = String(repeating: "x", count: 70_000)
        #expect(try lines("a\n\(long)\nb\n", longest: 100_000) == ["a", long, "b"])
        let many = (0..<20_000).map { "line \($0)" }
        #expect(try lines(many.joined(separator: "\n"), longest: 100) == many)
    }
}
