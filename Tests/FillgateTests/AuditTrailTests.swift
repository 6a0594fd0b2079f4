import GatewayCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Fillgate

@Suite("The way of security events into Redis")
struct AuditTrailTests {
    private struct Away: Error {}

    private static func trail(_ bound: Int) -> AuditTrail {
        AuditTrail(bound: bound, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func event(_ number: Int) -> AuditEvent {
        AuditEvent(.loginFailed, at: Timestamp(seconds: 1_763_755_200), reason: "\(number)")
    }

    @Test("while Redis is away events wait up to the bound; what comes beyond is counted as lost")
    func bound() async throws {
        let trail = Self.trail(16)
        for number in 0..<16 { trail.record(Self.event(number)) }
        #expect(trail.counts.waiting == 16 && trail.counts.lost == 0)
        trail.record(Self.event(16))
        #expect(trail.counts.waiting == 16 && trail.counts.lost == 1)
        #expect(trail.counts.events.first { $0.kind == .loginFailed }?.count == 17)
        trail.bound = 17
        trail.record(Self.event(17))
        #expect(trail.counts.waiting == 17 && trail.counts.lost == 1)
    }

    @Test("what could not be written is written again, in order and without a gap")
    func retries() async throws {
        let trail = Self.trail(1_000)
        for number in 0..<250 { trail.record(Self.event(number)) }
        let written = Mutex<[String]>([])
        let attempts = Mutex(0)
        let task = Task {
            await trail.run { events in
                let attempt = attempts.withLock { attempts in
                    attempts += 1
                    return attempts
                }
                if attempt == 2 { throw Away() }
                written.withLock { $0 += events.compactMap(\.reason) }
            }
        }
        try await eventually("all is written", within: .seconds(20)) { trail.counts.waiting == 0 }
        task.cancel()
        #expect(written.withLock { $0 } == (0..<250).map(String.init))
        #expect(trail.counts.lost == 0)
    }

    @Test("at the end what waits is given a moment, and no more than that")
    func finishing() async throws {
        let trail = Self.trail(1_000)
        trail.record(Self.event(0))
        let begin = ContinuousClock.now
        await trail.finish(within: .milliseconds(50))
        #expect(ContinuousClock.now - begin < .seconds(5))
        #expect(trail.counts.waiting == 1)
    }
}
