/// A bound on the requests of one subject that are under way at one time, over all workers:
/// `{ name: exports, key: [user], in-flight: 3 }`.
package struct InFlightPolicy: Sendable, Hashable {
    /// As of a `LimitPolicy`: the two share their names.
    package var name: String
    package var key: LimitPolicy.Key
    /// Requests that may be under way; at least 1.
    package var most: Int64
    package var mode: LimitPolicy.Mode
    package var onStoreFailure: LimitPolicy.StoreFailureAnswer
    /// The share of `most` that one event loop grants from memory while the store is away, in (0, 1].
    package var localShare: Double

    package init(
        name: String, key: LimitPolicy.Key, most: Int64, mode: LimitPolicy.Mode = .enforce,
        onStoreFailure: LimitPolicy.StoreFailureAnswer = .local, localShare: Double = 1
    ) {
        self.name = name
        self.key = key
        self.most = most
        self.mode = mode
        self.onStoreFailure = onStoreFailure
        self.localShare = localShare
    }

    /// What one event loop grants by itself: at least one request.
    package var localMost: Int64 { max(1, Int64((Double(most) * localShare).rounded(.down))) }
}

/// One request's place under an `InFlightPolicy`.
///
/// It is leased: who holds it renews it, and a worker that was killed loses its places when their time is over.
package struct Lease: Sendable, Hashable {
    package var policy: String
    package var subject: LimitSubject
    package var id: ID

    /// Tells leases apart; made at random.
    package struct ID: Sendable, Hashable {
        package var words: (UInt64, UInt64)

        package init(words: (UInt64, UInt64)) { self.words = words }

        package static func == (left: ID, right: ID) -> Bool { left.words == right.words }
        package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
        /// 32 hexadecimal digits.
        package var text: String { HexText.sixteenDigits(words.0) + HexText.sixteenDigits(words.1) }
    }

    package init(policy: String, subject: LimitSubject, id: ID) {
        self.policy = policy
        self.subject = subject
        self.id = id
    }
}

/// What became of one question for a lease.
package struct LeaseAnswer: Sendable, Hashable {
    package var isGranted: Bool
    /// Requests under way, this one included if it was granted.
    package var inFlight: Int64

    package init(isGranted: Bool, inFlight: Int64) {
        self.isGranted = isGranted
        self.inFlight = inFlight
    }
}
