/// What the gateway needs remembered, as atomic verbs of its domain. There is no `get` and no `set`:
/// a verb that reads and then writes does both in one script, so that any number of workers act as one.
///
/// Two implementations are held to one conformance suite: Redis (`GatewayRedis`) and memory
/// (`MemoryStore`), which serves tests. An implementation belongs to one event loop and is not `Sendable`;
/// its methods run on the caller's actor. Every verb answers or throws within the store's deadline.

/// Why a store did not answer. Never the client's fault, never reported as if it were.
package enum StoreFault: Error, Sendable, Hashable {
    /// Not reached, or reached and lost before the answer.
    case unavailable
    /// No answer within the deadline. Whether the command was carried out is not known.
    case timeout
    /// The circuit breaker is open: nothing was sent.
    case circuitOpen
    /// The store refuses writes for now: a replica, loading, out of memory.
    case readOnly
    /// An answer that the store should not give; the text names the command, never a key or a value.
    case unexpected(String)
}

/// One request's whole business with the store before it is forwarded, in one flight.
package struct AdmissionQuestion: Sendable {
    /// The session, or the API key, whose token the client showed.
    package var session: SessionDigest?
    /// Whether that is the token of an API key: they are kept apart.
    package var isKey: Bool
    /// Charges whose subject is known, in the order of the route's policies.
    package var charges: [LimitCharge]

    package init(session: SessionDigest?, isKey: Bool = false, charges: [LimitCharge]) {
        self.session = session
        self.isKey = isKey
        self.charges = charges
    }
}

package struct AdmissionAnswer: Sendable {
    package enum SessionState: Sendable, Hashable {
        case notAsked
        /// Definitely not there: the only answer after which a cookie may be cleared.
        case absent
        case found(Session)
    }

    package var session: SessionState
    /// One outcome a charge, in the order asked.
    package var outcomes: [LimitOutcome]

    package init(session: SessionState, outcomes: [LimitOutcome]) {
        self.session = session
        self.outcomes = outcomes
    }
}

/// The hot path's store: a session look-up and any number of charges in one flight.
package protocol AdmissionStore: AnyObject {
    /// Looks the session up and makes every charge. The charges are independent of one another and of the
    /// session. Time is the store's own.
    func admit(_ question: AdmissionQuestion) async throws(StoreFault) -> AdmissionAnswer

    /// Notes that `session` was used at `now`, without waiting for the answer.
    func touch(_ session: SessionDigest, at now: Timestamp, idleTimeout: Duration)
    /// Notes that the API key was used at `now` from `address`, without waiting for the answer.
    func touchKey(_ key: SessionDigest, at now: Timestamp, from address: AddressPrefix)
}

/// Places under bounds on requests in flight. Time is the store's own.
package protocol LeaseStore: AnyObject {
    /// Grants each lease for `span` unless `most` are held of its subject already. Asking again for one that is
    /// held grants it again. The leases are independent of one another.
    func take(
        _ leases: [(lease: Lease, most: Int64)], for span: Duration
    ) async throws(StoreFault) -> [LeaseAnswer]
    /// Holds them for `span` from now, without waiting; also those that the store has lost.
    func renew(_ leases: [Lease], for span: Duration)
    /// Gives them back, without waiting. Giving back what is not held is not an error.
    func release(_ leases: [Lease])
    /// Leases held now of each policy and subject; the IDs do not matter.
    func held(_ leases: [Lease]) async throws(StoreFault) -> [Int]
    /// Forgets all leases of each policy and subject; answers how many there were. Those of requests that go on
    /// come back when they are renewed.
    func forget(_ leases: [Lease]) async throws(StoreFault) -> Int
}

/// What operators have changed for a while. Time is the store's own.
package protocol OverrideStore: AnyObject {
    /// Puts the override in force for `span`, in place of an earlier one for the same target; answers it with its
    /// times, or nil where there are `most` others already.
    func set(
        _ override: LimitOverride, for span: Duration, most: Int
    ) async throws(StoreFault) -> LimitOverride?
    /// Those in force, by their targets' names, and the store's clock.
    func overrides() async throws(StoreFault) -> (overrides: [LimitOverride], now: Timestamp)
    /// Ends that for `target`, or all for nil; answers how many there were.
    func clear(_ target: LimitOverride.Target?) async throws(StoreFault) -> Int
}

/// What became of single requests, for whoever is asked about one. Time is the store's own.
package protocol RecordStore: AnyObject {
    /// Keeps the records under their IDs, without waiting; what exceeds `bounds` goes, oldest first.
    func keep(_ records: [RequestRecord], bounds: RecordBounds)
    /// The record of that ID, if it was kept no longer ago than `lifetime`.
    func record(_ id: String, lifetime: Duration) async throws(StoreFault) -> RequestRecord?
}

/// Live limit states, for operators.
package protocol LimitStore: AnyObject {
    /// The TAT of each policy for the subject it is kept for, in microseconds since 1970; nil at rest.
    /// The second value is the store's own clock.
    func states(of charges: [LimitCharge]) async throws(StoreFault) -> (tats: [Int64?], now: Int64)
    /// Puts each key at rest; answers how many were not.
    func reset(_ charges: [LimitCharge]) async throws(StoreFault) -> Int
}

package protocol SessionStore: AnyObject {
    /// Begins `session`, indexes it for its user, and ends that user's oldest beyond `policy.perUser`.
    func begin(_ session: Session, policy: SessionPolicy) async throws(StoreFault)
    /// Has a session that was replaced end after `grace` at the latest, by the store's own clock and however
    /// much it is used, so that requests under way with the old token do not fail; answers whether it was
    /// there.
    func retire(_ session: SessionDigest, in grace: Duration) async throws(StoreFault) -> Bool
    /// Ends one session; answers whether it was there. Ending what has ended is not an error.
    func end(_ session: SessionDigest) async throws(StoreFault) -> Bool
    /// Ends the session of that public ID if it is `user`'s; answers whether it was.
    func end(_ id: SessionID, of user: UserID) async throws(StoreFault) -> Bool
    /// Ends all of a user's sessions but `kept`; answers how many.
    func endAll(of user: UserID, except kept: SessionDigest?) async throws(StoreFault) -> Int
    /// A user's live sessions, newest first.
    func list(of user: UserID) async throws(StoreFault) -> [Session]
}

/// API keys. One that has expired is gone, without anybody's doing.
package protocol KeyStore: AnyObject {
    /// Keeps `key` and indexes it for its user; false where that user has `policy.perUser` already.
    func create(_ key: APIKey, policy: KeyPolicy) async throws(StoreFault) -> Bool
    /// A user's keys, newest first.
    func apiKeys(of user: UserID) async throws(StoreFault) -> [APIKey]
    /// Ends the key of that public ID if it is `user`'s; answers whether it was.
    func endKey(_ id: SessionID, of user: UserID) async throws(StoreFault) -> Bool
    /// Ends those of a user's keys that have one of `scopes`, or all where that is nil; answers how many. For
    /// an account that is disabled or deleted, or, with `.admin`, loses that role.
    func endKeys(of user: UserID, having scopes: KeyScopes?) async throws(StoreFault) -> Int
}

/// The outcome of a verb that may meet an account that exists already, or none.
package enum AccountCreation: Sendable, Hashable { case created, addressTaken, idTaken }

package protocol AccountStore: AnyObject {
    func create(_ account: Account) async throws(StoreFault) -> AccountCreation
    /// Creates several in one flight, each by itself; one outcome an account, in their order.
    func create(_ accounts: [Account]) async throws(StoreFault) -> [AccountCreation]
    func account(_ id: UserID) async throws(StoreFault) -> Account?
    func account(with email: EmailAddress) async throws(StoreFault) -> Account?
    /// Several in one flight; one answer an address, in their order.
    func accounts(with emails: [EmailAddress]) async throws(StoreFault) -> [Account?]
    /// The addresses of accounts by their IDs, in one flight; one answer an ID, in their order.
    func addresses(of ids: [UserID]) async throws(StoreFault) -> [EmailAddress?]
    /// A page of accounts in no promised order. `cursor` is nil at first; the answer's is nil at the end.
    /// A page may be empty before the end. No account that stays is missed.
    func page(after cursor: String?) async throws(StoreFault) -> (accounts: [Account], cursor: String?)
    /// Answers false where there is no such account.
    func setActive(_ isActive: Bool, of id: UserID) async throws(StoreFault) -> Bool
    /// Replaces the hash if it still is `expected` (nil: whatever it is); false if it is not, or no account.
    func setPassword(
        _ hash: PasswordHash, of id: UserID, replacing expected: PasswordHash?, at now: Timestamp
    ) async throws(StoreFault) -> Bool
    func setAdmin(_ isAdmin: Bool, of id: UserID) async throws(StoreFault) -> Bool
    func delete(_ id: UserID) async throws(StoreFault) -> Bool
    /// The forms (`PasswordHash.form`) of every hash that an account was ever given and that nobody has told the
    /// store to forget; at most 32, sorted.
    func passwordForms() async throws(StoreFault) -> [String]
    /// Keeps forms that were found to be in use.
    func notePasswordForms(_ forms: [String]) async throws(StoreFault)
    /// Lets go of forms that were found to be in use no longer. An account that gets such a hash afterwards
    /// brings its form back.
    func forgetPasswordForms(_ forms: [String]) async throws(StoreFault)
}

/// Counting wrong passwords. Time is the store's own.
package protocol LockoutStore: AnyObject {
    /// The one flight that every login makes first, whatever the account is: reads the account, asks all
    /// counters, and counts the attempt as a failure there and then, so that a thousand parallel guesses
    /// are not all evaluated before the first is counted. A refused attempt counts for nothing. One from a
    /// known device is held to that device's counter alone.
    func begin(_ attempt: LoginAttempt, policy: LockoutPolicy) async throws(StoreFault) -> LoginOpening
    /// The one flight that every login makes last, with the device only if `begin` found it known.
    /// `succeeded` clears the failures of the pair, or of the device, and of the account in a row, and takes
    /// the attempt back from the address's and the account's; `failed` leaves what `begin` counted;
    /// `notEvaluated` takes the attempt back from all (the hash pool was full). All cost the same and touch
    /// the same keys.
    func finish(
        _ attempt: LoginAttempt, as result: LoginResult, policy: LockoutPolicy
    ) async throws(StoreFault)
    /// Locks in force, at most `limit`, those that end last first.
    func lockouts(limit: Int) async throws(StoreFault) -> [Lockout]
    /// Clears every counter and lock in the scope; answers how many counters went. Devices stay known.
    func unlock(_ scope: UnlockScope) async throws(StoreFault) -> Int
    /// The key under which the cookies of known devices are signed: the store's, or `fresh` from now on where
    /// it has none.
    func deviceKey(orIfNone fresh: DeviceKey) async throws(StoreFault) -> DeviceKey
    /// No device that became known to this account before now is any more; answers the store's now.
    func forgetDevices(of email: EmailAddress) async throws(StoreFault) -> Timestamp
}

package enum LoginResult: Sendable, Hashable {
    case succeeded
    /// Whether there is such an account: what was counted in a row against a name that nobody has is
    /// forgotten some day.
    case failed(exists: Bool)
    case notEvaluated
    case refused

    /// A wrong password of an account that exists.
    package static let failed = LoginResult.failed(exists: true)
}

/// The public halves of all gateways' signing keys.
package protocol KeySetStore: AnyObject {
    /// Publishes this gateway's public keys for `lifetime`; repeated well before it is over.
    func publish(_ keys: [PublishedKey], for lifetime: Duration) async throws(StoreFault)
    func publishedKeys() async throws(StoreFault) -> [PublishedKey]
}

/// A public key in the store: its ID and the 32 bytes in base64url.
package struct PublishedKey: Sendable, Hashable {
    package var keyID: String
    package var x: String

    package init(keyID: String, x: String) {
        self.keyID = keyID
        self.x = x
    }
}

/// What the pipeline needs of a store.
package typealias RequestStore = AdmissionStore & LeaseStore & RecordStore

/// Everything one event loop remembers through.
package typealias GatewayStore = RequestStore & OverrideStore & LimitStore & SessionStore & AccountStore
    & LockoutStore & KeySetStore & KeyStore & AuditStore & SecondFactorStore & WorkerStore
