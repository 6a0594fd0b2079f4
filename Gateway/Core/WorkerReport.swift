import Foundation

/// What a worker says of itself about once a second, so that whichever of them an administrator asks can tell of all.
/// Counts are since the process began.
package struct WorkerReport: Sendable, Hashable, Codable {
    /// `HOST:PID`.
    package var worker: String
    package var version: String
    /// When it was made, by the worker's clock, in microseconds since 1970.
    package var at: Int64
    package var isDraining: Bool
    /// Client connections that are open.
    package var connections: Int
    /// Requests that were answered or given up, and those of them whose status was 500 and more.
    package var requests: Int
    package var failures: Int
    package var logins: Logins
    package var redis: Redis
    /// By policy, on all routes together.
    package var policies: [Policy]
    package var upstreams: [Upstream]
    /// The keys that were refused most of late.
    package var refused: [Refused]

    package struct Logins: Sendable, Hashable, Codable {
        package var succeeded: Int
        package var failed: Int
        package var locked: Int

        package init(succeeded: Int, failed: Int, locked: Int) {
            self.succeeded = succeeded
            self.failed = failed
            self.locked = locked
        }
    }

    /// Event loops, those whose connection to Redis is up, those that do not ask it for now, and flights that had no
    /// reply within the deadline.
    package struct Redis: Sendable, Hashable, Codable {
        package var loops: Int
        package var connected: Int
        package var open: Int
        package var unanswered: Int

        package init(loops: Int, connected: Int, open: Int, unanswered: Int) {
            self.loops = loops
            self.connected = connected
            self.open = open
            self.unanswered = unanswered
        }
    }

    package struct Policy: Sendable, Hashable, Codable {
        package var policy: String
        package var admitted = 0
        package var refused = 0
        /// What it would have said while in shadow mode.
        package var shadowAdmitted = 0
        package var shadowRefused = 0
        /// Requests that it could not count, because Redis was away.
        package var uncounted = 0
        /// Places that requests hold now, of a bound on requests in flight.
        package var inFlight = 0

        package init(_ policy: String) { self.policy = policy }

        package static func += (total: inout Policy, more: Policy) {
            total.admitted += more.admitted
            total.refused += more.refused
            total.shadowAdmitted += more.shadowAdmitted
            total.shadowRefused += more.shadowRefused
            total.uncounted += more.uncounted
            total.inFlight += more.inFlight
        }

        enum CodingKeys: String, CodingKey {
            case policy, admitted, refused, uncounted
            case shadowAdmitted = "shadow_admitted"
            case shadowRefused = "shadow_refused"
            case inFlight = "in_flight"
        }
    }

    package struct Upstream: Sendable, Hashable, Codable {
        package var upstream: String
        /// Requests that hold a place, and that wait for one.
        package var inFlight: Int
        package var queued: Int
        /// Event loops whose circuit is not closed.
        package var open: Int
        /// Addresses that an event loop spares because they failed, as that one sees it that spares most.
        package var ejected: Int
        package var addresses: [Address]

        /// `verdict`: `healthy`, `unhealthy`, `unknown`; `fault`: why the last check failed.
        package struct Address: Sendable, Hashable, Codable {
            package var address: String
            package var verdict: String
            package var fault: String?

            package init(address: String, verdict: String, fault: String?) {
                self.address = address
                self.verdict = verdict
                self.fault = fault
            }
        }

        package init(
            upstream: String, inFlight: Int, queued: Int, open: Int, ejected: Int, addresses: [Address]
        ) {
            self.upstream = upstream
            self.inFlight = inFlight
            self.queued = queued
            self.open = open
            self.ejected = ejected
            self.addresses = addresses
        }

        enum CodingKeys: String, CodingKey {
            case upstream, queued, open, ejected, addresses
            case inFlight = "in_flight"
        }
    }

    /// A key of a policy, and how often it was refused of late (`RefusalRanking`).
    package struct Refused: Sendable, Hashable, Codable {
        package var policy: String
        /// As far as the policy counts by them.
        package var address: String?
        package var user: String?
        /// What a composed key is made of.
        package var subject: String?
        package var isShadow: Bool
        package var count: Int

        package init(_ key: RefusalRanking.Key, count: Int) {
            policy = key.policy
            isShadow = key.isShadow
            self.count = count
            switch key.subject {
            case .address(let prefix): address = prefix.description
            case .user(let id): user = id.text
            case .addressAndUser(let prefix, let id): (address, user) = (prefix.description, id.text)
            case .composed(let values): subject = values
            }
        }

        enum CodingKeys: String, CodingKey {
            case policy, address, user, subject, count
            case isShadow = "shadow"
        }
    }

    package init(
        worker: String, version: String, at: Int64, isDraining: Bool, connections: Int, requests: Int,
        failures: Int, logins: Logins, redis: Redis, policies: [Policy], upstreams: [Upstream],
        refused: [Refused]
    ) {
        self.worker = worker
        self.version = version
        self.at = at
        self.isDraining = isDraining
        self.connections = connections
        self.requests = requests
        self.failures = failures
        self.logins = logins
        self.redis = redis
        self.policies = policies
        self.upstreams = upstreams
        self.refused = refused
    }

    enum CodingKeys: String, CodingKey {
        case worker, version, at, connections, requests, failures, logins, redis, policies, upstreams, refused
        case isDraining = "draining"
    }

    /// As the store keeps it; nil for what cannot be written, or was written by a version that differs too much.
    package var text: String? {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
    package init?(_ text: String) {
        guard let report = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = report
    }
}

/// What workers say of themselves. Time is the store's own.
package protocol WorkerStore: AnyObject {
    /// Keeps the report for `lifetime`, in place of the worker's last; of more than 64 workers those go whose reports
    /// end first.
    func keep(_ report: WorkerReport, for lifetime: Duration) async throws(StoreFault)
    /// Those that are kept, by their workers' names.
    func workerReports() async throws(StoreFault) -> [WorkerReport]
}
