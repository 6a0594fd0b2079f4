import GatewayCore

/// What an error reply says of the server rather than of the command, by its first word.
///
/// | word | what it is | what the caller is told | what the connection does |
/// |---|---|---|---|
/// | `READONLY` | a replica; a primary until a moment ago | `readOnly` | looks for the primary at once |
/// | `MASTERDOWN` | a replica that has lost its primary | `readOnly` | the same |
/// | `LOADING` | it reads its data from disk | `readOnly` | the same |
/// | `OOM` | at `maxmemory`, and nothing may be evicted | `readOnly` | stays: reading works |
/// | `MISCONF` | it cannot write to its disk | `readOnly` | stays |
/// | `NOREPLICAS` | fewer replicas than `min-replicas-to-write` | `readOnly` | stays |
/// | `CLUSTERDOWN` | some slots of the Cluster have no primary | `unavailable` | stays |
/// | `TRYAGAIN` | the keys of a command are on their way to another node | `unavailable` | stays |
/// | `BUSY` | a script takes too long | `unavailable` | stays |
///
/// `NOSCRIPT` is none: the command is sent again with its script. All become 503 with `Retry-After` where a
/// request depends on the store, and nobody is logged out over one.
enum ServerTrouble: String, CaseIterable {
    case replica = "READONLY"
    case primaryDown = "MASTERDOWN"
    case loading = "LOADING"
    case outOfMemory = "OOM"
    case cannotPersist = "MISCONF"
    case tooFewReplicas = "NOREPLICAS"
    case clusterDown = "CLUSTERDOWN"
    case tryAgain = "TRYAGAIN"
    case busy = "BUSY"

    /// Nil where the error is about something else.
    init?(_ text: some StringProtocol) {
        self.init(rawValue: String(text.prefix(while: { $0 != " " })))
    }

    var fault: StoreFault {
        switch self {
        case .replica, .primaryDown, .loading, .outOfMemory, .cannotPersist, .tooFewReplicas: .readOnly
        case .clusterDown, .tryAgain, .busy: .unavailable
        }
    }

    /// Whether this server, or this connection to it, is the wrong one to ask.
    var asksForReconnection: Bool {
        switch self {
        case .replica, .primaryDown, .loading: true
        case .outOfMemory, .cannotPersist, .tooFewReplicas, .clusterDown, .tryAgain, .busy: false
        }
    }
}

extension StoreFault {
    /// What an error reply to `command` means. Its text goes no further than its first word, as the rest
    /// may repeat an argument.
    init(error text: some StringProtocol, of command: String) {
        self =
            ServerTrouble(text)?.fault
            ?? .unexpected("\(command): \(text.prefix(while: { $0 != " " }))")
    }
}
