/// The gateway's memory in this process, for tests: held to the same conformance suite as Redis.
///
/// It belongs to one actor, answers at once, never throws, and is gone with the process. What has expired is
/// dropped when it is met, and swept when something is added.
package final class MemoryStore {
    struct KeptSession {
        var session: Session
        /// When it is swept if nobody uses it.
        var sweptAt: Timestamp
        /// When it was begun under this token.
        var begunAt: Timestamp
        /// The order in which sessions began, where the moments are equal.
        var order: Int
    }

    enum CounterName: Hashable {
        case pair(AddressPrefix, EmailAddress), address(AddressPrefix), account(EmailAddress)
        case device(DeviceID, EmailAddress)

        var email: EmailAddress? {
            switch self {
            case .pair(_, let email), .account(let email), .device(_, let email): email
            case .address: nil
            }
        }
        var address: AddressPrefix? {
            switch self {
            case .pair(let address, _), .address(let address): address
            case .account, .device: nil
            }
        }
        var reason: LockoutReason {
            switch self {
            case .pair: .pair
            case .address: .address
            case .account: .account
            case .device: .device
            }
        }
    }

    struct KeptCounter {
        var counter: LoginCounter
        var expires: Int64
    }

    struct LimitName: Hashable {
        var policy: String
        var subject: LimitSubject
    }

    private let clock: () -> Timestamp
    var tats: [LimitName: Int64] = [:]
    var operatorOverrides: [LimitOverride] = []
    /// Those kept first come first.
    var records: [(record: RequestRecord, keptAt: Timestamp)] = []
    /// The ends of leases.
    var leases: [LimitName: [Lease.ID: Timestamp]] = [:]
    var sessions: [SessionDigest: KeptSession] = [:]
    var sessionsBegun = 0
    var accounts: [EmailAddress: Account] = [:]
    var counters: [CounterName: KeptCounter] = [:]
    var streaks: [EmailAddress: LoginStreak] = [:]
    /// The names that an address prefix has counters with, and when they are forgotten.
    var namesOf: [AddressPrefix: [EmailAddress: Int64]] = [:]
    var devicesSince: [EmailAddress: Timestamp] = [:]
    var keptDeviceKey: DeviceKey?
    var forms: Set<String> = []
    var keys: [PublishedKey: Timestamp] = [:]
    var apiKeys: [SessionDigest: APIKey] = [:]
    var workers: [String: (report: WorkerReport, until: Timestamp)] = [:]
    var audited: [AuditEntry] = []
    var auditedEvents = 0

    /// `now` is asked once a verb; it stands for the store's own clock.
    package init(now: @escaping () -> Timestamp) { clock = now }

    var now: Timestamp { clock() }
}

extension MemoryStore: AdmissionStore {
    /// How long a session outlives its idle timeout: its last use is written at most once a minute.
    static let sweepDelay = Duration.seconds(60)

    package func admit(_ question: AdmissionQuestion) async throws(StoreFault) -> AdmissionAnswer {
        let now = now
        let outcomes = question.charges.map { charge in
            let name = LimitName(charge)
            let decision = charge.policy.gcra.decide(tat: tats[name], now: now.microseconds)
            tats[name] = decision.tat
            return decision.outcome
        }
        guard let digest = question.session else {
            return AdmissionAnswer(session: .notAsked, outcomes: outcomes)
        }
        if question.isKey {
            let key = liveKey(digest, at: now)
            return AdmissionAnswer(session: key.map { .found($0.session) } ?? .absent, outcomes: outcomes)
        }
        let session = live(digest, at: now)
        return AdmissionAnswer(session: session.map { .found($0.session) } ?? .absent, outcomes: outcomes)
    }

    package func touch(_ session: SessionDigest, at now: Timestamp, idleTimeout: Duration) {
        guard var kept = live(session, at: self.now), kept.session.lastUsedAt < now,
            now < kept.session.expiresAt
        else { return }
        let left = min(idleTimeout + Self.sweepDelay, kept.session.expiresAt - now)
        kept.session.lastUsedAt = now
        kept.sweptAt = self.now + left
        sessions[session] = kept
    }

    /// The session, unless its time is over.
    func live(_ digest: SessionDigest, at now: Timestamp) -> KeptSession? {
        guard let kept = sessions[digest] else { return nil }
        guard now < kept.sweptAt else {
            sessions[digest] = nil
            return nil
        }
        return kept
    }
}

extension MemoryStore: LimitStore {
    package func states(of charges: [LimitCharge]) async throws(StoreFault) -> (tats: [Int64?], now: Int64) {
        let now = now.microseconds
        return (charges.map { tats[LimitName($0)].flatMap { $0 > now ? $0 : nil } }, now)
    }

    package func reset(_ charges: [LimitCharge]) async throws(StoreFault) -> Int {
        let now = now.microseconds
        return charges.count { (tats.removeValue(forKey: LimitName($0)) ?? 0) > now }
    }
}

extension MemoryStore.LimitName {
    init(_ charge: LimitCharge) { self.init(policy: charge.policy.name, subject: charge.subject) }
}
