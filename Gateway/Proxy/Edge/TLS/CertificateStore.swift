import GatewayCore
import Logging
import NIOSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The certificate that a listener's new connections get, and the files that it came from. What does not load
/// never takes the place of what did.
final class CertificateStore: Sendable {
    private struct State {
        var identity: TLSIdentity
        /// What the files looked like when they were last loaded, or tried.
        var tried: [FileStamp?]
        /// What they looked like at the look before this one.
        var seen: [FileStamp?]
        /// The last that an operator was told about its end.
        var told = TLSIdentity.Standing.valid
    }

    let settings: TLSSettings
    private let http2: Bool
    private let logger: Logger
    private let state: Mutex<State>

    init(_ settings: TLSSettings, http2: Bool, logger: Logger) throws(TLSFault) {
        self.settings = settings
        self.http2 = http2
        self.logger = logger
        let stamps = Self.stamps(settings)
        let identity = try TLSIdentity(settings, http2: http2)
        state = Mutex(State(identity: identity, tried: stamps, seen: stamps))
        tell("certificate loaded", identity)
        warnOfExpiry(now: Clock.now)
    }

    /// What a handshake that begins now is done with.
    var current: TLSIdentity { state.withLock { $0.identity } }

    /// Loads the files anew, whether they changed or not.
    func reload() throws(TLSFault) {
        let stamps = Self.stamps(settings)
        let result: Result<TLSIdentity, TLSFault>
        do throws(TLSFault) { result = .success(try TLSIdentity(settings, http2: http2)) } catch {
            result = .failure(error)
        }
        state.withLock { state in
            state.tried = stamps
            state.seen = stamps
            guard case .success(let identity) = result else { return }
            state.identity = identity
            state.told = .valid
        }
        switch result {
        case .success(let identity):
            tell("certificate replaced", identity)
            warnOfExpiry(now: Clock.now)
        case .failure(let fault):
            logger.error(
                "the certificate on disk does not load; the one before stays in use",
                metadata: ["certificate": "\(settings.certificate)", "reason": "\(fault)"])
            throw fault
        }
    }

    /// Looks at the files and loads them if they have changed and are quiet: changed files that look the same
    /// twice, so that a pair is not taken while half of it is written. A change that does not load is told once.
    func look(now: Timestamp) {
        let stamps = Self.stamps(settings)
        let isDue = state.withLock { state in
            defer { state.seen = stamps }
            return stamps != state.tried && stamps == state.seen
        }
        if isDue { try? reload() }
        warnOfExpiry(now: now)
    }

    private func tell(_ message: Logger.Message, _ identity: TLSIdentity) {
        logger.notice(
            message,
            metadata: [
                "certificate": "\(settings.certificate)",
                "valid-until": "\(CalendarText.rfc3339(identity.validUntil))",
            ])
    }

    /// Tells once of each way in which the certificate is not, or will soon not be, valid.
    private func warnOfExpiry(now: Timestamp) {
        let identity = state.withLock { state -> TLSIdentity? in
            let standing = state.identity.standing(at: now)
            guard standing != state.told else { return nil }
            state.told = standing
            return standing == .valid ? nil : state.identity
        }
        guard let identity else { return }
        logger.warning(
            "the certificate \(identity.standing(at: now).rawValue)",
            metadata: [
                "certificate": "\(settings.certificate)",
                "valid-until": "\(CalendarText.rfc3339(identity.validUntil))",
            ])
    }

    /// Enough of a file to see that it is another, or was written to. Links are followed, so the swap of a link
    /// is seen too.
    private struct FileStamp: Sendable, Hashable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int64
        var nanoseconds: Int64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            seconds = Int64(status.st_mtim.tv_sec)
            nanoseconds = Int64(status.st_mtim.tv_nsec)
        }
    }

    private static func stamps(_ settings: TLSSettings) -> [FileStamp?] {
        [settings.certificate, settings.key, settings.clientCA].map { path in path.flatMap(FileStamp.init) }
    }
}
