/// A rate limit as an operator writes it: `{ name: api, key: [user], rate: 100/s, burst: 200 }`.
///
/// It never changes; it is an object so that every charge of every request can refer to it at the price of a
/// reference.
package final class LimitPolicy: Sendable, Hashable {
    /// The name under which it appears in headers, logs and keys: 1 to 32 of `a-z 0-9 -`.
    package let name: String
    package let key: Key
    package let gcra: GCRA
    package let mode: Mode
    package let onStoreFailure: StoreFailureAnswer
    /// The share of rate and burst that one worker grants from memory while the store is away, in (0, 1].
    package let localShare: Double

    package enum Mode: String, Sendable, Hashable, CaseIterable, Codable {
        /// Refuses what is over the limit.
        case enforce
        /// Counts and logs what it would refuse, refuses nothing and shows no header.
        case shadow
    }

    /// What happens to a request while the store cannot be asked.
    package enum StoreFailureAnswer: String, Sendable, Hashable, CaseIterable {
        /// The worker limits by itself with `localShare` of the policy.
        case local
        /// 503 `store-unavailable`.
        case deny
        /// Passes uncounted.
        case allow
    }

    package init(
        name: String, key: Key, gcra: GCRA, mode: Mode = .enforce,
        onStoreFailure: StoreFailureAnswer = .local, localShare: Double = 1
    ) {
        self.name = name
        self.key = key
        self.gcra = gcra
        self.mode = mode
        self.onStoreFailure = onStoreFailure
        self.localShare = localShare
    }

    package static func == (left: LimitPolicy, right: LimitPolicy) -> Bool {
        left === right
            || (left.name == right.name && left.key == right.key && left.gcra == right.gcra
                && left.mode == right.mode && left.onStoreFailure == right.onStoreFailure
                && left.localShare == right.localShare)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// One request's charge against one policy.
package struct LimitCharge: Sendable, Hashable {
    package var policy: LimitPolicy
    package var subject: LimitSubject

    package init(policy: LimitPolicy, subject: LimitSubject) {
        self.policy = policy
        self.subject = subject
    }
}
