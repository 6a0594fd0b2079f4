/// What the services of one event loop have to show to operators: numbers that somebody else counts and that
/// a scrape asks for.
package struct ServiceStatus: Sendable {
    /// Nil where the store is in memory.
    package var store: StoreStatus?
    package var credentialChecks: CredentialTally

    package init(store: StoreStatus? = nil, credentialChecks: CredentialTally = CredentialTally()) {
        self.store = store
        self.credentialChecks = credentialChecks
    }
}

/// How one event loop's connection to Redis is doing.
package struct StoreStatus: Sendable, Hashable {
    package enum Breaker: String, Sendable, Hashable, CaseIterable {
        /// Commands are sent.
        case closed
        /// None are, but an attempt to connect is under way.
        case probing
        /// None are.
        case open
    }

    package var isConnected: Bool
    package var breaker: Breaker
    /// Connections that were made, and that came to nothing or were lost.
    package var connectionsMade: Int
    package var connectionsFailed: Int
    /// Flights whose replies are still to come, those included whose waiters were told that it took too long.
    package var waiting: Int
    /// Flights that had no reply within the deadline.
    package var unanswered: Int
    /// Times that the server had forgotten a script, which was then sent to it in full.
    package var scriptsForgotten: Int

    package init(
        isConnected: Bool, breaker: Breaker, connectionsMade: Int, connectionsFailed: Int, waiting: Int,
        unanswered: Int, scriptsForgotten: Int
    ) {
        self.isConnected = isConnected
        self.breaker = breaker
        self.connectionsMade = connectionsMade
        self.connectionsFailed = connectionsFailed
        self.waiting = waiting
        self.unanswered = unanswered
        self.scriptsForgotten = scriptsForgotten
    }
}

/// How passwords fared that were checked: logins, and whatever else asks for the current password.
package struct CredentialTally: Sendable, Hashable {
    package enum Outcome: Int, Sendable, Hashable, CaseIterable {
        case succeeded
        /// Wrong, or for an account that is not there or is disabled: the caller does not learn which, and
        /// what is counted does not tell either.
        case failed
        /// Refused by a lock on the address or on the pair.
        case locked
        /// Not checked, because the hashing pool was full.
        case overloaded
        /// Not checked, or a success that could not be recorded, because the store was away.
        case storeUnavailable

        /// The word for it.
        package var name: String {
            switch self {
            case .succeeded: "succeeded"
            case .failed: "failed"
            case .locked: "locked"
            case .overloaded: "overloaded"
            case .storeUnavailable: "store-unavailable"
            }
        }
    }

    private var counts = [Int](repeating: 0, count: Outcome.allCases.count)

    package init() {}

    package subscript(outcome: Outcome) -> Int { counts[outcome.rawValue] }

    package mutating func add(_ outcome: Outcome) { counts[outcome.rawValue] &+= 1 }
}
