import Crypto
import Foundation
import Logging
import NIOHTTP1
import SchedulerStore
import SchedulingCore
import ServiceCore
import Synchronization
import TestSupport
import Testing

@testable import SchedulerService

/// The seed's faults 19 and 21: what a service that stops leaves behind.
@Suite("Faults of the seed at start and stop")
struct SeedFaultLifecycleTests {
    @Test("seed bugs 19 and 21: 1,000 starts and stops leave no thread, no file and no connection")
    func cycles() async {
        // In a process of its own, where nobody else opens anything.
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let key = AssertionSigningKey(Curve25519.Signing.PrivateKey())
            try folder.write(JSONEncoder().encode(JSONWebKeySet(keys: [key.publicKey])), to: "keys.json")
            var settings = ServiceSettings(
                address: .host("127.0.0.1", port: 0), databasePath: folder.file("schedules.sqlite"),
                trustedKeys: TrustedKeyStore.Source(folder.file("keys.json")), audience: "scheduler")
            settings.keep = .seconds(86_400)
            try await SeedFaultLifecycleTests.submit(100, to: settings.databasePath)
            // What is made once, such as event loops, is made.
            for _ in 0..<20 { try await SeedFaultLifecycleTests.startAndStop(settings) }
            let before = Held.now
            for _ in 0..<1_000 { try await SeedFaultLifecycleTests.startAndStop(settings) }
            try await eventually("no more is held than before") {
                let after = Held.now
                return after.files <= before.files && after.threads <= before.threads
            }
        }
    }

    /// How much of the system this process holds.
    private struct Held {
        var threads: Int
        var files: Int

        static var now: Held {
            func count(_ path: String) -> Int {
                (try? FileManager.default.contentsOfDirectory(atPath: path).count) ?? 0
            }
            return Held(threads: count("/proc/self/task"), files: count("/proc/self/fd"))
        }
    }

    /// Stores schedules that the first of the services plan, or give back.
    private static func submit(_ count: Int, to path: String) async throws {
        let store = try ScheduleStore(path: path)
        defer { store.close() }
        let lots = (0..<20).map { Lot(id: "L\($0)", type: "T\($0 % 3)", vials: Vials(100_000)) }
        let input = PlanningInput(lots: lots, config: .standard).data
        for number in 0..<count {
            let new = NewSchedule(
                id: "s-\(number)", owner: "anna", name: "n", strategy: "smart-pack", lotsCount: 20,
                startTime: WallClock.now(), requestID: "r", input: input)
            _ = try await store.submit(new, idempotency: nil, queueLimit: 1_000, now: WallClock.now())
        }
    }

    /// Starts the service, and stops it as a service manager does once it listens.
    private static func startAndStop(_ settings: ServiceSettings) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        try await SchedulerServer(settings: settings, logger: logger).run { _ in
            kill(getpid(), SIGTERM)
        }
    }
}
