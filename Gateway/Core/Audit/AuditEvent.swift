package import ServiceCore

/// Something that happened to an account, a session, a lock or a limit, as operators look it up afterwards.
///
/// What a person typed as the name of an account that does not exist is in none of its fields: people type
/// passwords there.
package struct AuditEvent: Sendable, Hashable {
    /// Everything that is recorded. The words are stable: they stand in the stream, in the log and in
    /// answers of the admin API.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case loginSucceeded = "login-succeeded"
        /// Why is in `reason`, for operators alone.
        case loginFailed = "login-failed"
        /// A lock has begun; which is in `reason`.
        case locked
        /// Counters and locks were cleared by hand.
        case unlocked
        case sessionBegan = "session-began"
        /// Its owner logged out.
        case sessionEnded = "session-ended"
        /// It was ended otherwise; why is in `reason`.
        case sessionRevoked = "session-revoked"
        case keyCreated = "key-created"
        case keyRevoked = "key-revoked"
        /// An API key was used from an address from which it had not been.
        case keyUsedFirst = "key-used-first"
        case passwordChanged = "password-changed"
        case secondFactorEnrolled = "second-factor-enrolled"
        case secondFactorRemoved = "second-factor-removed"
        case recoveryCodeUsed = "recovery-code-used"
        case accountCreated = "account-created"
        case accountChanged = "account-changed"
        case accountDisabled = "account-disabled"
        case accountEnabled = "account-enabled"
        case accountDeleted = "account-deleted"
        /// A rate limit refused requests; `reason` names the policy, `count` says how many since the last
        /// event of this kind: they are sampled.
        case limitRefused = "limit-refused"
        case limitReset = "limit-reset"
        case overrideSet = "override-set"
        case overrideCleared = "override-cleared"
    }

    /// Who did it.
    package enum Actor: Sendable, Hashable {
        /// Not known, or nobody yet.
        case nobody
        case user(UserID, EmailAddress)
        /// Somebody with a shell: the name under which a command ran, which is what they say of themselves.
        case command(String)
        /// The gateway by itself.
        case gateway
    }

    /// The account that it happened to.
    package struct Subject: Sendable, Hashable {
        package var user: UserID?
        package var email: EmailAddress

        package init(user: UserID?, email: EmailAddress) {
            self.user = user
            self.email = email
        }

        package init(_ account: Account) { self.init(user: account.id, email: account.email) }
        package init(_ session: Session) { self.init(user: session.user, email: session.email) }
    }

    /// A UUIDv7: the same in the stream and in the log.
    package var id: String
    package var kind: Kind
    package var at: Timestamp
    package var actor: Actor
    package var subject: Subject?
    /// The client's address, or the prefix that it is about.
    package var address: String?
    package var request: String?
    package var session: SessionID?
    package var reason: String?
    /// How many, where it is about several.
    package var count: Int?

    /// What text of `reason` is cut to, in bytes.
    package static let longestReason = 256

    package init(
        _ kind: Kind, at now: Timestamp, by actor: Actor = .nobody, of subject: Subject? = nil,
        from address: String? = nil, request: RequestID? = nil, session: SessionID? = nil,
        reason: String? = nil, count: Int? = nil
    ) {
        var generator = SystemRandomNumberGenerator()
        id =
            RequestID(
                unixMilliseconds: now.milliseconds, random: (generator.next(), generator.next())
            ).description
        self.kind = kind
        self.at = now
        self.actor = actor
        self.subject = subject
        self.address = address
        self.request = request?.description
        self.session = session
        self.reason = reason.map { String(decoding: $0.utf8.prefix(Self.longestReason), as: UTF8.self) }
        self.count = count
    }

    /// Whether it was done by or to the account with this address.
    package func concerns(_ email: EmailAddress) -> Bool {
        if case .user(_, email) = actor { return true }
        return subject?.email == email
    }
}

extension AuditEvent.Actor {
    package init(_ principal: Principal) { self = .user(principal.user, principal.session.email) }

    /// `alice@example.com`, `cli:root`, `gateway`; nil for nobody.
    package var name: String? {
        switch self {
        case .nobody: nil
        case .user(_, let email): email.text
        case .command(let name): "cli:\(name)"
        case .gateway: "gateway"
        }
    }
}
