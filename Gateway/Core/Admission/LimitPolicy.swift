/// A rate limit as an operator writes it: `{ name: api, key: [user], rate: 100/s, burst: 200 }`.
package struct LimitPolicy: Sendable, Hashable {
    /// The name under which it appears in headers, logs and keys: 1 to 32 of `a-z 0-9 -`.
    package var name: String
    package var key: Key
    package var gcra: GCRA
    package var mode: Mode
    package var onStoreFailure: StoreFailureAnswer
    /// The share of rate and burst that one worker grants from memory while the store is away, in (0, 1].
    package var localShare: Double

    /// What a policy counts by.
    package enum Key: Sendable, Hashable, CaseIterable {
        case address, user, addressAndUser
    }

    package enum Mode: String, Sendable, Hashable, CaseIterable {
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
}

/// Whom a charge is for.
package enum LimitSubject: Sendable, Hashable {
    case address(AddressPrefix)
    case user(UserID)
    case addressAndUser(AddressPrefix, UserID)
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
