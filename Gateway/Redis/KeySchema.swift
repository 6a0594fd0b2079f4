import GatewayCore

/// Every key that the gateway keeps in Redis.
///
/// | key, after the prefix | type | holds | expires | bounded by |
/// |---|---|---|---|---|
/// | `s:DIGEST` | string | a session (`SessionRecord`); DIGEST is the token's SHA-256 in hexadecimal | unused for the idle timeout and a minute, or at its end | one a session |
/// | `u:USER` | sorted set | digests of a user's sessions by the microsecond in which they began under their token | with the session that ends last | the policy's `perUser`, and those that are just beginning |
/// | `k:DIGEST` | string | an API key (`KeyRecord`); DIGEST is its token's SHA-256 in hexadecimal | at its end | one a key |
/// | `i:USER` | sorted set | digests of a user's API keys by the microsecond of their end | with the key that ends last | the policy's `perUser` |
/// | `l:POLICY:SUBJECT` | string | a rate limit's TAT in microseconds | when the limit is at rest | one a policy and subject in use |
/// | `f:POLICY:SUBJECT` | sorted set | leases of requests in flight, by the millisecond in which they end | with the last of them | the policy's `in-flight` |
/// | `{acc}:EMAIL` | hash | an account (`AccountRecord`) | never | one an account |
/// | `{acc}id:USER` | string | the account's address | never | one an account |
/// | `{acc}all` | sorted set | all accounts' addresses, all with score 0, so in the order of their bytes | never | one an account |
/// | `{acc}forms` | set | what stands before the salt of each stored password hash: scheme and cost | never | 32 members |
/// | `{log}c:PREFIX` | string | wrong passwords from an address prefix (`login.lua`) | when it has nothing left to say | one a prefix that failed within a day |
/// | `{log}c:PREFIX EMAIL` | string | the same for one account from that prefix | the same, at most a day after its last lock | the prefix's names |
/// | `{log}c:* EMAIL` | string | the same for one account from anywhere | the same | the names of all prefixes |
/// | `{log}c:@DEVICE EMAIL` | string | the same for one account from a known device | the same, at most a day after its last lock | one a login that set a cookie |
/// | `{log}c:! EMAIL` | string | wrong passwords of one account in a row | never, once an account that exists has failed; an hour after the last otherwise | one an account, and the names of all prefixes |
/// | `{log}a:PREFIX` | sorted set | the names that have a counter with this prefix, by its expiry | with the last of them | the policy's `namesPerAddress`; names over it are refused |
/// | `{log}e:EMAIL` | sorted set | the prefixes, and `@DEVICE`, that have a counter with this account, by its expiry | with the last of them | 10,000 prefixes; those over it are refused |
/// | `{log}locks` | sorted set | what follows `c:` of every lock, by its end | with the last lock | 10,000 members; a lock holds without a place in it |
/// | `{log}d:EMAIL` | string | the microsecond before which no device of this account is known | after 400 days | one an account whose password changed |
/// | `device-key` | string | the key under which devices' cookies are signed | never | one |
/// | `overrides` | hash | what operators have changed (`LimitOverride`), by target: times and JSON | with the last of them | 256 fields |
/// | `{rec}h` | hash | records of requests (`RequestRecord`), by request ID | the configured lifetime after the last one | `records.count`, `records.bytes` |
/// | `{rec}t` | sorted set | their IDs by the millisecond in which they were kept | the same | the same |
/// | `{rec}b` | string | bytes of all records | the same | one |
/// | `{wrk}r:WORKER` | string | what a worker says of itself (`WorkerReport`), as JSON | seconds after it was written | one a worker |
/// | `{wrk}all` | sorted set | the names of workers by the millisecond in which their reports end | with the last of them | 64 members |
/// | `audit` | stream | security events, newest last (`AuditFields.swift`) | never | `audit.keep`, and a node of the stream |
/// | `keys` | sorted set | `KEYID X`: public halves of signing keys, by their expiry | with the last of them | 256 members |
///
/// All keys that one script touches hash to one slot of a Redis Cluster: most scripts touch one key. What
/// concerns accounts shares the tag `acc`, and what counts wrong passwords the tag `log`, so that one script
/// can decide over an account's and an address's counter together. One slot is enough for them because every
/// login also costs a password hash.
///
/// SUBJECT is an IPv4 address, the four groups of an IPv6 /64, a user's ID, address and user with `|` between
/// them, or for other combinations what `LimitSubject` puts together: names and digests with `|` between them. Addresses contain no `|`, no brace and no white space, and neither do IDs; an e-mail address
/// may contain a brace, which is why tags come first: the first `{…}` of a key is the one that counts.
struct KeySchema: Sendable {
    let prefix: String
    private let limitPrefix: [UInt8]

    /// `prefix` keeps apart what shares a server; by default `fg:`.
    init(prefix: String) {
        self.prefix = prefix
        limitPrefix = Array("\(prefix)l:".utf8)
    }

    // MARK: Sessions

    func session(_ digest: SessionDigest) -> String { "\(prefix)s:\(digest)" }
    func session(named digest: String) -> String { "\(prefix)s:\(digest)" }
    func sessions(of user: UserID) -> String { "\(prefix)u:\(user)" }

    /// The channel on which workers hear of sessions and API keys that have ended. It is no key: Redis keeps
    /// nothing of what is said there.
    var news: String { "\(prefix)news" }

    // MARK: API keys

    func apiKey(named digest: String) -> String { "\(prefix)k:\(digest)" }
    func apiKeys(of user: UserID) -> String { "\(prefix)i:\(user)" }

    // MARK: Limits

    func limit(_ charge: LimitCharge) -> String {
        var key: [UInt8] = []
        append(limit: charge, to: &key)
        return String(decoding: key, as: UTF8.self)
    }

    /// Appends a limit's key without building a string, for the hot path.
    func append(limit charge: LimitCharge, to key: inout [UInt8]) {
        key.append(contentsOf: limitPrefix)
        key.append(contentsOf: charge.policy.name.utf8)
        key.append(UInt8(ascii: ":"))
        Self.append(charge.subject, to: &key)
    }

    /// The leases of a policy and subject; which of them does not matter.
    func inFlight(_ lease: Lease) -> String {
        var key = Array("\(prefix)f:\(lease.policy):".utf8)
        Self.append(lease.subject, to: &key)
        return String(decoding: key, as: UTF8.self)
    }

    private static func append(_ subject: LimitSubject, to key: inout [UInt8]) {
        switch subject {
        case .address(let address):
            append(address, to: &key)
        case .user(let user):
            key.append(contentsOf: user.text.utf8)
        case .addressAndUser(let address, let user):
            append(address, to: &key)
            key.append(UInt8(ascii: "|"))
            key.append(contentsOf: user.text.utf8)
        case .composed(let values):
            key.append(contentsOf: values.utf8)
        }
    }

    private static func append(_ address: AddressPrefix, to key: inout [UInt8]) {
        if address.first.isV4 {
            for shift in [24, 16, 8, 0] as [UInt64] {
                if shift < 24 { key.append(UInt8(ascii: ".")) }
                key.appendDecimal(Int64(address.first.low >> shift & 0xFF))
            }
        } else {
            for shift in [48, 32, 16, 0] as [UInt64] {
                if shift < 48 { key.append(UInt8(ascii: ":")) }
                Digits.appendHex(UInt16(truncatingIfNeeded: address.first.high >> shift), to: &key)
            }
        }
    }

    // MARK: Accounts

    func account(_ email: EmailAddress) -> String { "\(prefix){acc}:\(email)" }
    func account(named email: String) -> String { "\(prefix){acc}:\(email)" }
    func accountAddress(of id: UserID) -> String { "\(prefix){acc}id:\(id)" }
    var allAccounts: String { "\(prefix){acc}all" }
    var passwordForms: String { "\(prefix){acc}forms" }

    // MARK: Wrong passwords

    func counter(named member: String) -> String { "\(prefix){log}c:\(member)" }
    func counter(of address: AddressPrefix) -> String { counter(named: "\(address)") }
    func counter(of address: AddressPrefix, and email: EmailAddress) -> String {
        counter(named: "\(address) \(email)")
    }
    func counter(of email: EmailAddress) -> String { counter(named: Self.anywhere(email)) }
    func counter(of device: DeviceID?, and email: EmailAddress) -> String {
        counter(named: "@\(device.map(\.description) ?? "") \(email)")
    }
    func streak(of email: EmailAddress) -> String { counter(named: Self.inARow(email)) }
    /// The counter of an account from anywhere, and of its failures in a row, as `locks` names them.
    static func anywhere(_ email: EmailAddress) -> String { "* \(email)" }
    static func inARow(_ email: EmailAddress) -> String { "! \(email)" }
    func counters(with address: AddressPrefix) -> String { "\(prefix){log}a:\(address)" }
    func counters(with email: EmailAddress) -> String { "\(prefix){log}e:\(email)" }
    var locks: String { "\(prefix){log}locks" }
    /// What `SCAN` is given to find everything that counts wrong passwords, and more.
    var everyLoginKey: String { "\(Self.globLiteral(prefix)){log}*" }
    func devicesSince(of email: EmailAddress) -> String { devicesSince + email.text }
    /// What those keys begin with, which no `unlock` clears.
    var devicesSince: String { "\(prefix){log}d:" }
    var deviceKey: String { "\(prefix)device-key" }

    // MARK: Operators

    var overrides: String { "\(prefix)overrides" }
    /// The records, their order and their size.
    var records: [String] { ["h", "t", "b"].map { "\(prefix){rec}\($0)" } }

    // MARK: Workers

    func report(of worker: String) -> String { "\(prefix){wrk}r:\(worker)" }
    var allWorkers: String { "\(prefix){wrk}all" }

    // MARK: Audit

    var audit: String { "\(prefix)audit" }

    // MARK: Signing keys

    var publishedKeys: String { "\(prefix)keys" }

    private static func globLiteral(_ text: String) -> String {
        text.reduce(into: "") { $0 += "*?[]\\^-".contains($1) ? "\\\($1)" : "\($1)" }
    }
}
