import Foundation
import GatewayCore
import Testing
import TestSupport

@testable import Fillgate

@Suite("Overrides from the environment")
struct ConfigEnvironmentTests {
    private func parse(_ text: String = "", _ environment: [String: String]) throws -> Settings {
        try Configuration.parse(text, file: "gateway.yaml", environment: environment)
    }

    @Test("a variable wins over the file")
    func variableWins() throws {
        let settings = try parse("sessions: { idle-timeout: 20m }", ["FILLGATE_SESSIONS_IDLE_TIMEOUT": "10m"])
        #expect(settings.sessions.idleTimeout == .seconds(600))
    }

    @Test("variables of others, and those that are no keys, are left alone")
    func others() throws {
        let environment = [
            "PATH": "/bin", "FILLGATE_CONFIG": "x", "FILLGATE_ADMIN_EMAIL": "a@b",
            "FILLGATE_ADMIN_PASSWORD_FILE": "/dev/null",
        ]
        #expect(try parse("", environment) == Settings())
    }

    @Test("every key of the printed configuration has a variable, and takes its default through it")
    func everyKey() throws {
        let document = try #require(YAMLReading.read(Configuration.defaultText).document)
        let names = ConfigEnvironment.names(ConfigTable.root.map(\.outline), document)
        #expect(names.count > 90)
        var checked = 0
        for (path, value) in Self.scalars(document) {
            let name = "FILLGATE_" + path.joined(separator: "_").uppercased().replacing("-", with: "_")
            guard names.contains(String(name.dropFirst("FILLGATE_".count))) else {
                Issue.record("\(name) is not known")
                continue
            }
            #expect(try parse("", [name: value]) == Settings(), "\(name)=\(value)")
            checked += 1
        }
        #expect(checked > 70)
    }

    /// Every single value of a document, and every list of such as one value.
    private static func scalars(_ written: Written, _ path: [String] = []) -> [(
        path: [String], value: String
    )] {
        switch written.content {
        case .nothing: return []
        case .scalar(let text): return [(path, text)]
        case .list(let items):
            let words = items.compactMap { item in
                if case .scalar(let text) = item.content { text } else { nil }
            }
            if words.count == items.count { return [(path, words.joined(separator: ","))] }
            return items.enumerated().flatMap { scalars($1, path + [String($0)]) }
        case .mapping(let entries): return entries.flatMap { scalars($0.value, path + [$0.key]) }
        }
    }

    @Test("items of lists go by index, and one past the last adds one")
    func listItems() throws {
        let settings = try parse(
            "trusted-proxies: [10.0.0.0/8]",
            [
                "FILLGATE_TRUSTED_PROXIES_1": "192.0.2.1", "FILLGATE_LIMITS_2_RATE": "7/s",
                "FILLGATE_LISTEN_1_ADDRESS": "[::1]:8080",
            ])
        #expect(settings.trustedProxies.map(\.description) == ["10.0.0.0/8", "192.0.2.1/32"])
        #expect(settings.limits[2].rate == Rate(count: 7, period: .seconds(1)))
        #expect(settings.listen.map(\.address.description) == ["127.0.0.1:8080", "[::1]:8080"])
    }

    @Test("a list of single values may be written whole")
    func wholeList() throws {
        let settings = try parse("", ["FILLGATE_TRUSTED_PROXIES": "10.0.0.0/8, fd00::/8"])
        #expect(settings.trustedProxies.map(\.description) == ["10.0.0.0/8", "fd00::/8"])
        #expect(
            try parse("trusted-proxies: [10.0.0.1]", ["FILLGATE_TRUSTED_PROXIES": ""]).trustedProxies.isEmpty)
    }

    @Test("an upstream goes by its name in the file, the longest that fits")
    func upstreams() throws {
        let text = """
            upstreams:
              app: { addresses: [127.0.0.1:1] }
              app-two: { addresses: [127.0.0.1:2] }
            """
        let settings = try parse(
            text, ["FILLGATE_UPSTREAMS_APP_TWO_QUEUE": "5", "FILLGATE_UPSTREAMS_APP_QUEUE": "6"])
        #expect(settings.upstreams.map(\.queue) == [6, 5])
    }

    @Test("a secret may come from a file, whose last line break does not count")
    func secretFile() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Data("correct horse\n".utf8), to: "password")
        let settings = try parse("", ["FILLGATE_REDIS_PASSWORD_FILE": path])
        #expect(settings.redis.password?.revealed == "correct horse")
        #expect("\(settings)".contains("correct") == false)
    }

    @Test("a secret file that is empty, too long or not text is refused")
    func badSecretFiles() throws {
        let folder = try TemporaryFolder()
        for (name, bytes) in [
            ("empty", Data()), ("newline", Data("\n".utf8)), ("long", Data(repeating: 0x61, count: 4_097)),
            ("binary", Data([0xFF, 0xFE])),
        ] {
            let path = try folder.write(bytes, to: name)
            #expect(throws: ConfigFaults.self, "\(name)") {
                try parse("", ["FILLGATE_REDIS_PASSWORD_FILE": path])
            }
        }
        let path = try folder.write(Data(repeating: 0x61, count: 1_024), to: "longest")
        #expect(try parse("", ["FILLGATE_REDIS_PASSWORD_FILE": path]).redis.password?.revealed.count == 1_024)
    }
}
