import GatewayCore

/// What a service tells its manager: lines of `NAME=value`, as `sd_notify(3)` has them.
struct NotifyMessage: Sendable, Hashable {
    let text: String

    private init(_ assignments: [String], status: String? = nil) {
        // A line break in a value would begin another assignment.
        let status = status.map { text in
            "STATUS=" + String(text.map { $0.isNewline || $0 == "\0" ? " " : $0 })
        }
        text = (assignments + [status].compactMap { $0 }).joined(separator: "\n")
    }

    /// The start is over, or a reload is, with either outcome.
    static func ready(_ status: String) -> NotifyMessage { NotifyMessage(["READY=1"], status: status) }

    /// A reload has begun at `moment`, monotonic nanoseconds: by it the manager knows which `READY` ends it.
    static func reloading(at moment: UInt64) -> NotifyMessage {
        NotifyMessage(["RELOADING=1", "MONOTONIC_USEC=\(moment / 1_000)"], status: "reloading")
    }

    /// The end has begun, and may take as long as `most`.
    static func stopping(within most: Duration) -> NotifyMessage {
        NotifyMessage(
            ["STOPPING=1", "EXTEND_TIMEOUT_USEC=\(max(0, most.wholeMicroseconds))"], status: "draining")
    }

    /// All is well, for the watchdog.
    static let alive = NotifyMessage(["WATCHDOG=1"])
}
