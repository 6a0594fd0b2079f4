import GatewayCore
import Logging
import Synchronization

/// The real service, with what it was asked written down, and a moment at which a test may act.
final class RecordingPasswords: Sendable {
    private let real: PasswordService
    /// The hashes against which passwords were checked.
    let checked = Mutex<[PasswordHash]>([])
    /// Runs while a password is being checked.
    let meanwhile = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ real: PasswordService) { self.real = real }

    var dummy: PasswordHash { real.dummyHash }
    var realChecks: Int { checked.withLock { $0.count { $0 != dummy } } }
    var checks: Int { checked.withLock { $0.count } }

    var service: PasswordService {
        PasswordService(
            verify: { [self] password, hash throws(HashingFault) in
                checked.withLock { $0.append(hash) }
                let verdict = try await real.verify(password, hash)
                if let act = meanwhile.withLock({ $0 }) {
                    do { try await act() } catch { throw HashingFault.failed }
                }
                return verdict
            },
            hash: { [self] password throws(HashingFault) in try await real.hash(password) },
            needsRehash: { [self] in real.needsRehash($0) }, hasRoom: real.hasRoom, dummyHash: real.dummyHash)
    }
}

/// Keeps what is logged, whatever its level.
struct RecordedLog: LogHandler {
    private final class Lines: Sendable { let all = Mutex<[String]>([]) }
    private let lines = Lines()
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel = Logger.Level.trace

    var all: [String] { lines.all.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = "\(event.level) \(event.message) \(event.metadata ?? [:])"
        lines.all.withLock { $0.append(line) }
    }
}
