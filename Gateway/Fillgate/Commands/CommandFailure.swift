import GatewayCore

/// Why a command did not do what it was asked, and what it exits with.
enum CommandFailure: Error, Sendable, Hashable {
    /// The answer is no, or there is no such thing.
    case refused(String)
    /// It was called wrongly.
    case usage(String)
    /// A server could not be reached.
    case unreachable(String)

    var code: Int32 {
        switch self {
        case .refused: 1
        case .usage: 2
        case .unreachable: 3
        }
    }

    var message: String {
        switch self {
        case .refused(let text), .usage(let text), .unreachable(let text): text
        }
    }

    /// `reason` is what the connection said of itself.
    init(_ fault: StoreFault, redis url: RedisURL, reason: String?) {
        let why = reason.map { ": \($0)" } ?? ""
        self =
            switch fault {
            case .unavailable, .circuitOpen: .unreachable("Redis at \(url) cannot be reached\(why)")
            case .timeout: .unreachable("Redis at \(url) does not answer in time")
            case .readOnly:
                .unreachable("Redis at \(url) takes no writes for now: a replica, loading, or full")
            case .unexpected(let text): .refused("Redis at \(url) gave an unexpected answer: \(text)")
            }
    }
}
