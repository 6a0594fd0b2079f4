import Foundation
import GatewayCore
import GatewayRedis
import Testing
import TestSupport

@testable import Fillgate

@Suite("fillgate doctor")
struct DoctorTests {
    private static let healthy = RedisDiagnosis(
        version: "7.0.15", role: "master", evictionPolicy: "noeviction", memoryBound: 0, appendsToFile: true,
        snapshots: "", clock: Timestamp(seconds: 0))

    private func states(_ change: (inout RedisDiagnosis) -> Void) -> [String: Doctor.Finding.State] {
        var server = Self.healthy
        change(&server)
        return Dictionary(uniqueKeysWithValues: Doctor.judge(server).map { ($0.check, $0.state) })
    }

    @Test("a server that is fit passes every check")
    func fit() {
        #expect(states { _ in }.values.allSatisfy { $0 == .ok })
    }

    @Test(
        "a version before 7 fails, 7.0 does not",
        arguments: [("6.2.14", false), ("7.0.0", true), ("8.1.0", true), ("", false)])
    func version(_ version: String, _ isFit: Bool) {
        #expect(states { $0.version = version }["redis version"] == (isFit ? .ok : .fail))
    }

    @Test(
        "every policy that may evict fails",
        arguments: [
            "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random",
            "volatile-ttl",
        ])
    func eviction(_ policy: String) {
        #expect(states { $0.evictionPolicy = policy }["redis maxmemory-policy"] == .fail)
    }

    @Test("without an append-only file there is a warning, and no failure")
    func persistence() {
        #expect(states { $0.appendsToFile = false }["redis persistence"] == .warn)
        #expect(
            states {
                $0.appendsToFile = false
                $0.snapshots = "3600 1"
            }["redis persistence"] == .warn)
    }

    @Test("a replica fails")
    func role() {
        #expect(states { $0.role = "slave" }["redis role"] == .fail)
    }

    @Test(
        "pain 6: clocks are judged on both sides of each bound",
        arguments: [
            (Duration.milliseconds(1_000), Doctor.Finding.State.ok), (.milliseconds(1_001), .warn),
            (.seconds(30), .warn), (.milliseconds(30_001), .fail),
        ])
    func clocks(_ apart: Duration, _ state: Doctor.Finding.State) {
        let before = Timestamp(seconds: 1_000)
        let after = Timestamp(seconds: 1_001)
        #expect(Doctor.clock(after + apart, between: before, and: after).state == state)
        #expect(Doctor.clock(before - apart, between: before, and: after).state == state)
        #expect(Doctor.clock(before + .milliseconds(500), between: before, and: after).state == .ok)
    }

    @Test("a key that others may read fails, a directory that they may read is warned of")
    func dataDirectory() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("data")
        #expect(Doctor.dataDirectory(path).map(\.state) == [.warn])
        _ = try SigningKeys(directory: path)
        #expect(Doctor.dataDirectory(path).map(\.state) == [.ok])
        #expect(chmod(path, 0o755) == 0)
        #expect(Doctor.dataDirectory(path).map(\.state) == [.warn])
        #expect(chmod("\(path)/\(SigningKeys.fileNames[0])", 0o640) == 0)
        #expect(Doctor.dataDirectory(path).map(\.state) == [.warn, .fail])
    }

    @Test("on a real server the command says each check and exits 1 where one fails")
    func command() async throws {
        let line = try await CommandLine.start()
        let good = try await line.run("doctor")
        #expect(good.code == 0, "\(good.output)\(good.errors)")
        #expect(good.output.contains("ok     redis maxmemory-policy  noeviction"))
        #expect(good.output.contains("warn   data directory"))

        try line.redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        try line.redis.command("CONFIG", "SET", "appendonly", "no")
        let bad = try await line.run("doctor", "--json")
        #expect(bad.code == 1)
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(bad.output.utf8)) as? [[String: String]])
        let states = Dictionary(uniqueKeysWithValues: rows.map { ($0["check"] ?? "", $0["state"] ?? "") })
        #expect(states["redis maxmemory-policy"] == "fail")
        #expect(states["redis persistence"] == "warn")
        #expect(states["redis version"] == "ok")
    }

    @Test("an upstream that does not answer fails, and one of two is warned of")
    func upstreams() async throws {
        let port = try LoopbackPort.free()
        let extra = "upstreams: { app: { addresses: [127.0.0.1:\(port)] } }"
        let line = try await CommandLine.start(extra: extra)
        let result = try await line.run("doctor")
        #expect(result.code == 1)
        #expect(result.output.contains("fail   upstream app"))
        #expect(result.output.contains("127.0.0.1:\(port) cannot be reached"))
    }

    @Test("without Redis the doctor still looks at the rest, and exits 1")
    func withoutRedis() async throws {
        let line = try await CommandLine.start()
        line.redis.kill9()
        let result = try await line.run("doctor")
        #expect(result.code == 1)
        #expect(result.output.contains("fail   redis"))
        #expect(result.output.contains("data directory"))
    }
}
