import Foundation
import GatewayCore
import GatewayRedis
import Logging
import Synchronization
import Testing
import TestSupport

@testable import Fillgate

@Suite("Parts of a worker")
struct WorkerPartTests {
    // MARK: Sessions

    @Test(
        "on a Cluster no session is served from memory for more than a second",
        arguments: [0, 1_000, 1_001, 10_000])
    func memoryOnCluster(milliseconds: Int) throws {
        let policy = SessionPolicy(cache: .milliseconds(milliseconds))
        func kept(_ scheme: String, _ rest: String = "") throws -> Duration {
            let redis = try RedisConfiguration(url: "\(scheme)://127.0.0.1:7000\(rest)")
            return Generation.sessions(policy, on: redis.topology).cache
        }
        #expect(try kept("redis+cluster") == .milliseconds(min(milliseconds, 1_000)))
        #expect(try kept("redis") == policy.cache)
        #expect(try kept("redis+sentinel", "/main") == policy.cache)
    }

    // MARK: Signing keys

    @Test("a key is made once, for its owner only, and read ever after")
    func keyIsMade() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("deep/data")
        let first = try SigningKeys(directory: path)
        #expect(first.active.count == 1)
        #expect(try SigningKeys(directory: path).signing.keyID == first.signing.keyID)
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(path) == 0o700)
        #expect(try mode("\(path)/signing-key.ed25519") == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["signing-key.ed25519"])
    }

    @Test("a second key is published and does not sign")
    func secondKey() throws {
        let folder = try TemporaryFolder()
        let other = try SigningKeys(directory: folder.file("other"))
        let first = try SigningKeys(directory: folder.file("data"))
        try FileManager.default.copyItem(
            atPath: folder.file("other/signing-key.ed25519"),
            toPath: folder.file("data/signing-key.next.ed25519"))
        let both = try SigningKeys(directory: folder.file("data"))
        #expect(both.signing.keyID == first.signing.keyID)
        #expect(both.published.map(\.keyID) == [first.signing.keyID, other.signing.keyID])
    }

    @Test("workers that start at once on one directory use one key")
    func concurrentStart() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("data")
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { try SigningKeys(directory: path).signing.keyID } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(keys.count == 1)
    }

    @Test("a key that others may read is refused, and so is a file that is none")
    func badKeys() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("data")
        _ = try SigningKeys(directory: path)
        let key = "\(path)/signing-key.ed25519"
        for mode: mode_t in [0o640, 0o604, 0o660] {
            #expect(chmod(key, mode) == 0)
            #expect(throws: CommandFailure.self) { try SigningKeys(directory: path) }
        }
        #expect(chmod(key, 0o600) == 0)
        for count in [0, 31, 33] {
            try Data(repeating: 1, count: count).write(to: URL(fileURLWithPath: key))
            #expect(throws: CommandFailure.self, "\(count) bytes") { try SigningKeys(directory: path) }
        }
    }

    @Test("a data directory that cannot be made is refused by name")
    func badDirectory() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Data(), to: "file")
        let failure = #expect(throws: CommandFailure.self) { try SigningKeys(directory: "\(file)/data") }
        #expect(failure?.message.contains("\(file)/data") == true)
        #expect(failure?.code == 1)
    }

    // MARK: The administrator

    @Test("the administrator needs both variables, an address, and a password that the policy takes")
    func administrator() throws {
        let folder = try TemporaryFolder()
        let good = try folder.write(Data("\(CommandLine.password)\n".utf8), to: "good")
        let short = try folder.write(Data("short\n".utf8), to: "short")
        func make(_ email: String?, _ file: String?) throws(CommandFailure) -> Administrator? {
            var environment: [String: String] = [:]
            environment["FILLGATE_ADMIN_EMAIL"] = email
            environment["FILLGATE_ADMIN_PASSWORD_FILE"] = file
            return try Administrator(environment: environment, policy: .standard)
        }
        #expect(try make(nil, nil) == nil)
        #expect(try make("Root@Example.com", good)?.email.text == "root@example.com")
        #expect(throws: CommandFailure.self) { try make("root@example.com", nil) }
        #expect(throws: CommandFailure.self) { try make(nil, good) }
        #expect(throws: CommandFailure.self) { try make("root", good) }
        #expect(throws: CommandFailure.self) { try make("root@example.com", short) }
        #expect(throws: CommandFailure.self) { try make("root@example.com", folder.file("none")) }
    }

    // MARK: The log

    private func lines(_ format: LogSettings.Format, _ body: (Logger) -> Void) -> [String] {
        let written = Written()
        body(
            Logger(label: "test") { _ in
                LineLogHandler(LogControl(LogSettings(level: .info, format: format))) { line in
                    written.add(line)
                }
            })
        return written.lines
    }

    private final class Written: Sendable {
        private let all = Mutex<[String]>([])
        var lines: [String] { all.withLock { $0 } }
        func add(_ line: [UInt8]) { all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }

    @Test("pain 32: a record is one line of JSON, whatever it is made of")
    func jsonRecord() throws {
        let evil = "a\"b\\c\nd\u{1B}[31m\u{2028}é\u{7F}"
        let lines = lines(.json) {
            $0.warning("\(evil)", metadata: ["user": "\(evil)", "level": "mine", "list": ["x", ["k": "v"]]])
        }
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.hasSuffix("}\n"))
        #expect(
            !line.dropLast().unicodeScalars.contains {
                $0.value < 0x20 || $0.value == 0x7F || $0.value == 0x2028
            })
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(object["message"] == evil)
        #expect(object["user"] == evil)
        #expect(object["level"] == "warning")
        #expect(object["level_"] == "mine")
        #expect(object["list"] == "[x, {k: v}]")
        #expect(object["time"]?.count == "2026-11-21T20:00:00.000Z".count)
    }

    @Test("text records are one line too")
    func textRecord() {
        let lines = lines(.text) { $0.notice("two\nlines", metadata: ["key": "a value", "other": "plain"]) }
        #expect(lines.count == 1)
        #expect(lines.first?.hasSuffix(" NOTICE two?lines key=\"a value\" other=plain\n") == true)
    }

    @Test("what is below the level is not written")
    func level() {
        #expect(lines(.json) { $0.debug("no") }.isEmpty)
        #expect(lines(.json) { $0.info("yes") }.count == 1)
    }

    @Test("text that others supplied cannot steer the terminal of who lists it")
    func printable() {
        #expect(Listing.printable("a\u{1B}[31mb\u{9B}c\n") == "a?[31mb?c?")
    }
}
