/// A count of failures within a sliding window: `5/15m` in the configuration.
package struct FailureThreshold: Sendable, Hashable {
    /// The number of failures that locks; at least 1.
    package var failures: Int
    /// Failures older than this are forgotten; at most a day, so that no sum of times can overflow.
    package var window: Duration

    package init(failures: Int, window: Duration) {
        self.failures = failures
        self.window = window
    }
}

/// When guessing stops being listened to.
package struct LockoutPolicy: Sendable, Hashable {
    /// Failures of one account from one address prefix.
    package var pair: FailureThreshold
    /// How long the first lock of a pair lasts; each further one within a day doubles it.
    package var pairDuration: Duration
    /// The longest lock; at most a day.
    package var maxDuration: Duration
    /// Failures of one address prefix over all accounts: locks it out of the credential endpoints.
    package var address: FailureThreshold
    /// Failures of one account from anywhere: restricts it to known devices.
    package var account: FailureThreshold
    /// Consecutive failures of one account from unknown devices: only known devices may try.
    package var consecutive: Int

    package init(
        pair: FailureThreshold = .init(failures: 5, window: .seconds(15 * 60)),
        pairDuration: Duration = .seconds(15 * 60), maxDuration: Duration = .seconds(3600),
        address: FailureThreshold = .init(failures: 20, window: .seconds(10 * 60)),
        account: FailureThreshold = .init(failures: 50, window: .seconds(3600)), consecutive: Int = 100
    ) {
        self.pair = pair
        self.pairDuration = pairDuration
        self.maxDuration = maxDuration
        self.address = address
        self.account = account
        self.consecutive = consecutive
    }
}

/// One attempt to log in: the account that was named, whether or not it exists, and whence it came.
package struct LoginAttempt: Sendable, Hashable {
    package var email: EmailAddress
    package var address: AddressPrefix

    package init(email: EmailAddress, address: AddressPrefix) {
        self.email = email
        self.address = address
    }
}

/// Whether an attempt will be evaluated.
package enum LockoutVerdict: Sendable, Hashable {
    /// It will be, and it has been counted as a failure until it is reported otherwise.
    case evaluate
    /// It will not be, and it counts for nothing.
    case refused(LockoutReason)
}

package enum LockoutReason: String, Sendable, Hashable {
    case pair, address
}

/// A lock as `fillgate lockouts` shows it.
package struct Lockout: Sendable, Hashable {
    package var reason: LockoutReason
    /// The account, for a pair.
    package var email: EmailAddress?
    package var address: AddressPrefix
    package var since: Timestamp
    package var until: Timestamp
    package var failures: Int

    package init(
        reason: LockoutReason, email: EmailAddress?, address: AddressPrefix, since: Timestamp,
        until: Timestamp, failures: Int
    ) {
        self.reason = reason
        self.email = email
        self.address = address
        self.since = since
        self.until = until
        self.failures = failures
    }
}

/// Whose counters an administrator clears.
package enum UnlockScope: Sendable, Hashable {
    case account(EmailAddress)
    case address(AddressPrefix)
    case everything
}
