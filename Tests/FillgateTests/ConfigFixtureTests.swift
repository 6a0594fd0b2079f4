import Foundation
import Testing

@testable import Fillgate

/// A configuration with faults: `Tests/Fixtures/config/NAME.yaml`. Its comments say what must be told of it,
/// `# expect: LINE: key: message`, and under which environment it is read, `# environment: NAME=value`.
struct ConfigFixture: CustomTestStringConvertible, Sendable {
    var name: String
    var text: String

    var testDescription: String { name }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/config").standardizedFileURL

    static let all: [ConfigFixture] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.sorted().map { name in
            let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            return ConfigFixture(name: name, text: text ?? "")
        }
    }()

    private func comments(_ kind: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("# \(kind): ") }
            .map { String($0.dropFirst(kind.count + 4)) }
    }

    var environment: [String: String] {
        Dictionary(
            uniqueKeysWithValues: comments("environment").map { line in
                let parts = line.split(separator: "=", maxSplits: 1)
                return (String(parts[0]), String(parts[1]))
            })
    }

    /// Faults as they are printed; those of the file without its name.
    var expected: [String] { comments("expect") }
}

@Suite("Faults of a configuration")
struct ConfigFixtureTests {
    @Test("there are fixtures, and each expects something")
    func fixturesExist() {
        #expect(ConfigFixture.all.count >= 90)
        #expect(ConfigFixture.all.allSatisfy { !$0.expected.isEmpty })
    }

    @Test("every fault is told at once, with its place and its key", arguments: ConfigFixture.all)
    func faults(_ fixture: ConfigFixture) {
        let faults = #expect(throws: ConfigFaults.self) {
            try Configuration.parse(fixture.text, file: fixture.name, environment: fixture.environment)
        }
        let told = faults?.description.split(separator: "\n").map { line in
            line.hasPrefix("\(fixture.name):") ? String(line.dropFirst(fixture.name.count + 1)) : String(line)
        }
        #expect(told == fixture.expected)
    }

    @Test("a fault never shows a secret")
    func secretsStay() {
        let text = """
            redis:
              url: rediss://alice:hunter2hunter2@127.0.0.1:none
              password: [hunter2hunter2]
            """
        let faults = #expect(throws: ConfigFaults.self) {
            try Configuration.parse(text, file: "gateway.yaml")
        }
        #expect(faults?.faults.count == 2)
        #expect(faults?.description.contains("hunter2") == false)
    }
}
