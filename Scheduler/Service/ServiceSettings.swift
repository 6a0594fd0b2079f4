package import SchedulingCore

/// How the service behaves. Every bound has a default that suits one small machine.
package struct ServiceSettings: Sendable {
    /// Where it listens.
    package enum Address: Sendable, Hashable {
        /// Port 0 takes a free one; the log says which.
        case host(String, port: Int)
        case unixSocket(path: String)
    }

    package var address: Address
    /// The SQLite file; created if it is not there.
    package var databasePath: String
    package var trustedKeys: TrustedKeyStore.Source
    /// What `aud` of an assertion has to be.
    package var audience: String
    /// Schedules that are planned at the same time.
    package var workers = 2
    /// The longest request body, in bytes.
    package var bodyLimit = 10 << 20
    package var inputLimits = InputLimits.standard
    /// Schedules that may wait, of all owners together; above it a submission is 503.
    package var queueLimit = 10_000
    /// Schedules of one owner that may wait; above it a submission is 429.
    package var ownerQueueLimit = 1_000
    /// Templates that one user may have.
    package var templateLimit = 100
    /// Connections that are served at the same time; more wait in the listen queue.
    package var connectionLimit = 1_024
    /// How long a worker that says nothing keeps its schedule.
    package var lease: Duration = .seconds(15)
    /// After this long a strategy returns the best that it has.
    package var planningTime: Duration = .seconds(30)
    /// After this long a schedule fails with `planning-timeout`, whatever its strategy does.
    package var planningDeadline: Duration = .seconds(300)
    /// How often an idle worker looks for schedules that another process accepted.
    package var pollInterval: Duration = .milliseconds(500)
    /// How long a schedule is kept once it has ended; nil for ever.
    package var keep: Duration?
    /// How long a connection may be silent.
    package var idleTimeout: Duration = .seconds(75)
    /// How long requests under way may take once the service was told to stop.
    package var drainTimeout: Duration = .seconds(20)

    package init(
        address: Address, databasePath: String, trustedKeys: TrustedKeyStore.Source, audience: String
    ) {
        self.address = address
        self.databasePath = databasePath
        self.trustedKeys = trustedKeys
        self.audience = audience
    }
}

extension ServiceSettings.Address {
    /// `HOST:PORT` or `unix:PATH`, as `serve --listen` takes it; nil for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            // A socket's address holds 107 bytes and a null (`sockaddr_un`).
            guard (1...107).contains(path.utf8.count) else { return nil }
            self = .unixSocket(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self = .host(host, port: Int(port))
    }

    /// The address as `serve --listen` takes it, with the port that was taken.
    func description(boundTo boundPort: Int?) -> String {
        switch self {
        case .unixSocket(let path): "unix:\(path)"
        case .host(let host, let port):
            (host.contains(":") ? "[\(host)]" : host) + ":\(boundPort ?? port)"
        }
    }
}
