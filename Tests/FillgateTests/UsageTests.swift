import Foundation
import Testing
import TestSupport

@testable import Fillgate

@Suite("Wrong usage")
struct UsageTests {
    @Test(
        "a call that makes no sense exits 2 and says why on standard error",
        arguments: [
            ["frobnicate"], ["user", "frobnicate"], ["user", "add"], ["user", "show"],
            ["serve", "--frobnicate"],
            ["limits", "show"], ["sessions", "revoke"], ["lockouts", "--limit", "0"],
            ["audit", "--limit", "-1"], ["audit", "--limit", "100001"],
            ["lockouts", "--limit", "x"],
        ])
    func usage(_ arguments: [String]) async throws {
        let result = try await CommandLine.run(arguments)
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(!result.errors.isEmpty)
    }

    @Test(
        "an argument that cannot be what it should be exits 2",
        arguments: [
            ["user", "show", "alice"], ["unlock"], ["unlock", "a@b", "--all"],
            ["unlock", "--ip", "localhost"],
            ["unlock", "--ip", "192.0.2.1", "--all"], ["sessions", "revoke", "a@b"],
            ["sessions", "revoke", "a@b", "--all", "--id", "0123456789abcdef0123456789abcdef"],
            ["sessions", "revoke", "a@b", "--id", "xyz"], ["limits", "show", "alice"],
            ["limits", "show", "a@b", "c@d"], ["user", "add", "a@b"], ["serve", "--listen", "nonsense"],
            ["audit", "--user", "alice"],
        ])
    func arguments(_ arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(Data("upstreams: {}\n".utf8), to: "gateway.yaml")
        let result = try await CommandLine.run(arguments, environment: ["FILLGATE_CONFIG": config])
        #expect(result.code == 2, "\(result.errors)")
        #expect(result.errors.hasPrefix("fillgate: "))
    }

    @Test("help is no fault", arguments: [["--help"], ["user", "--help"], ["help", "unlock"], []])
    func help(_ arguments: [String]) async throws {
        let result = try await CommandLine.run(arguments)
        #expect(result.code == 0)
        #expect(result.output.contains("USAGE"))
    }

    @Test("'config check' exits 1 and tells every fault with its line, and 0 where there is none")
    func configCheck() async throws {
        let folder = try TemporaryFolder()
        let bad = try folder.write(
            Data("sessions:\n  idle-timout: 1m\nevent-loops: x\n".utf8), to: "bad.yaml")
        let result = try await CommandLine.run(["config", "check", bad])
        #expect(result.code == 1)
        #expect(
            result.errors == """
                \(bad):2: sessions.idle-timout: is not a known key; did you mean 'idle-timeout'?
                \(bad):3: event-loops: 'x' is not a whole number
                fillgate: the configuration has 2 mistakes

                """)
        let printed = try await CommandLine.run(["config", "print"])
        #expect(printed.code == 0)
        let good = try folder.write(Data(printed.output.utf8), to: "good.yaml")
        #expect(try await CommandLine.run(["config", "check", good]).code == 0)
    }

    @Test("--config wins over FILLGATE_CONFIG, and a configuration that is not there exits 1")
    func search() async throws {
        let folder = try TemporaryFolder()
        let bad = try folder.write(Data("a: 1\n".utf8), to: "bad.yaml")
        let environment = ["FILLGATE_CONFIG": bad]
        #expect(
            try await CommandLine.run(["config", "check"], environment: environment).errors.contains(
                "\(bad):1"))
        let missing = try await CommandLine.run(
            ["user", "list", "--config", folder.file("none.yaml")], environment: environment)
        #expect(missing.code == 1)
        #expect(missing.errors.contains("there is no such file"))
    }

    @Test("a FILLGATE_ variable that is no key stops every command")
    func unknownVariable() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(Data("upstreams: {}\n".utf8), to: "gateway.yaml")
        let result = try await CommandLine.run(
            ["user", "list", "--config", config], environment: ["FILLGATE_SESSION_CACHE": "1s"])
        #expect(result.code == 1)
        #expect(result.errors.contains("did you mean FILLGATE_SESSIONS_CACHE?"))
    }

    @Test(
        "without Redis every command that needs it exits 3 and names it",
        arguments: [
            ["user", "list"], ["user", "show", "a@b"], ["user", "disable", "a@b"], ["user", "enable", "a@b"],
            ["user", "delete", "a@b"], ["unlock", "--all"], ["lockouts"], ["sessions", "list", "a@b"],
            ["sessions", "revoke", "a@b", "--all"], ["limits", "show", "192.0.2.1"],
            ["limits", "reset", "192.0.2.1"], ["key", "list", "a@b"], ["key", "revoke", "a@b", "--all"],
            ["key", "create", "a@b", "--name", "x", "--scope", "read"],
        ])
    func unreachable(_ arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let url = "unix://\(folder.file("none.sock"))"
        let config = try folder.write(
            Data("upstreams: {}\nredis: { url: \"\(url)\" }\n".utf8), to: "gateway.yaml")
        let result = try await CommandLine.run(arguments, environment: ["FILLGATE_CONFIG": config])
        #expect(result.code == 3)
        #expect(result.errors.contains(url))
    }
}
