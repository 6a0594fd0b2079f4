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
    /// Names that one address prefix may have failed with and that are still remembered; it is heard for no
    /// others. Bounds what an attacker who makes names up can leave in the store.
    package var namesPerAddress: Int
    /// For how long a device is known after a login from it; at most 400 days, the longest that a browser
    /// keeps a cookie.
    package var deviceLifetime: Duration

    /// The longest that a device may be known.
    package static let longestDeviceLifetime = Duration.seconds(400 * 86_400)

    package init(
        pair: FailureThreshold = .init(failures: 5, window: .seconds(15 * 60)),
        pairDuration: Duration = .seconds(15 * 60), maxDuration: Duration = .seconds(3600),
        address: FailureThreshold = .init(failures: 20, window: .seconds(10 * 60)),
        account: FailureThreshold = .init(failures: 50, window: .seconds(3600)), consecutive: Int = 100,
        namesPerAddress: Int = 1_000, deviceLifetime: Duration = .seconds(180 * 86_400)
    ) {
        self.pair = pair
        self.pairDuration = pairDuration
        self.maxDuration = maxDuration
        self.address = address
        self.account = account
        self.consecutive = consecutive
        self.namesPerAddress = namesPerAddress
        self.deviceLifetime = deviceLifetime
    }
}

/// One attempt to log in: the account that was named, whether or not it exists, and whence it came.
package struct LoginAttempt: Sendable, Hashable {
    package var email: EmailAddress
    package var address: AddressPrefix
    /// The device that it came from, where its cookie proves that it was one of this account's.
    package var device: KnownDevice?

    package init(email: EmailAddress, address: AddressPrefix, device: KnownDevice? = nil) {
        self.email = email
        self.address = address
        self.device = device
    }
}

/// What the store makes of an attempt before it is evaluated.
package struct LoginOpening: Sendable, Hashable {
    package var account: Account?
    package var verdict: LockoutVerdict
    /// Whether the device is still known: neither too long ago, nor forgotten since. One that is not is
    /// counted as unknown, and so must be told to `finish`.
    package var isKnownDevice: Bool
    /// The store's clock.
    package var now: Timestamp
    /// Locks that begin with this attempt, unless it succeeds.
    package var began: [LockoutReason]

    package init(
        account: Account?, verdict: LockoutVerdict, isKnownDevice: Bool, now: Timestamp,
        began: [LockoutReason] = []
    ) {
        self.account = account
        self.verdict = verdict
        self.isKnownDevice = isKnownDevice
        self.now = now
        self.began = began
    }
}

/// Whether an attempt will be evaluated.
package enum LockoutVerdict: Sendable, Hashable {
    /// It will be, and it has been counted as a failure until it is reported otherwise.
    case evaluate
    /// It will not be, and it counts for nothing.
    case refused(LockoutReason)
}

package enum LockoutReason: String, Sendable, Hashable, CaseIterable {
    /// An account from an address prefix.
    case pair
    /// An address prefix, whatever the account.
    case address
    /// An account from anywhere but known devices.
    case account
    /// The same after too many failures in a row, without an end of its own.
    case consecutive
    /// A known device.
    case device
}

/// A lock as `fillgate lockouts` shows it.
package struct Lockout: Sendable, Hashable {
    package var reason: LockoutReason
    /// The account; nil for an address.
    package var email: EmailAddress?
    /// The address; nil where the lock holds anywhere, or for a device wherever it is.
    package var address: AddressPrefix?
    package var since: Timestamp
    /// Nil where it ends only by the owner's login from a known device, or by an administrator.
    package var until: Timestamp?
    package var failures: Int

    package init(
        reason: LockoutReason, email: EmailAddress?, address: AddressPrefix?, since: Timestamp,
        until: Timestamp?, failures: Int
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
