import GatewayCore

/// An access log replayed against limits: who would have been refused, how often and when.
///
/// Its memory is bounded: so many subjects are followed at a time, those met least recently are forgotten and begin
/// at rest, and lines are brought into the order of time within a window only.
struct LogReplay {
    /// A policy that is replayed.
    struct Rule {
        enum Kind {
            case rate(GCRA)
            case inFlight(Int64)
        }

        var name: String
        var key: LimitPolicy.Key
        var kind: Kind
        /// The pattern of the route by which it is met; empty for a policy that no route names.
        var route = ""
    }

    /// What one subject met under one policy.
    struct Outcome {
        var policy: String
        var subject: String
        /// Requests that met the policy, as far as they are remembered.
        var requests: Int
        var refused: Int
        var first: Timestamp
        var last: Timestamp
    }

    struct Name: Hashable {
        var policy: String
        var subject: String
    }

    /// Which rules a request meets.
    private let rules: (LogLine) -> [Rule]
    /// Called for each refusal.
    private let onRefusal: (LogLine, Name) -> Void
    private let subjects: Int
    private var tats: RecentCache<Name, Int64>
    private var ends: RecentCache<Name, [Int64]>
    /// Requests of those who were not refused yet.
    private var met: RecentCache<Name, Int>
    private var outcomes: [Name: Outcome] = [:]
    private var waiting = TimeHeap()

    private(set) var requests = 0
    private(set) var charged = 0
    private(set) var refused = 0
    /// Refusals of subjects beyond those that are told one by one.
    private(set) var refusedOthers = 0

    /// Lines that may be out of the order of time: a gateway writes a line when an answer ends.
    static let window = 10_000

    /// `subjects` is how many are followed at a time, and told.
    init(subjects: Int, rules: @escaping (LogLine) -> [Rule], onRefusal: @escaping (LogLine, Name) -> Void) {
        self.subjects = subjects
        self.rules = rules
        self.onRefusal = onRefusal
        tats = RecentCache(capacity: subjects)
        ends = RecentCache(capacity: subjects)
        met = RecentCache(capacity: subjects)
    }

    mutating func add(_ line: LogLine) {
        waiting.insert(line)
        if waiting.count > Self.window, let first = waiting.removeFirst() { replay(first) }
    }

    /// Replays what still waits; answers what each subject met that would have been refused, worst first.
    mutating func finish() -> [Outcome] {
        while let first = waiting.removeFirst() { replay(first) }
        return outcomes.values.sorted {
            ($1.refused, $0.policy, $0.subject) < ($0.refused, $1.policy, $1.subject)
        }
    }

    private mutating func replay(_ line: LogLine) {
        requests += 1
        for rule in rules(line) {
            guard let subject = Self.subject(of: line, rule) else { continue }
            charged += 1
            let name = Name(policy: rule.name, subject: subject)
            let isAdmitted = admits(line, rule, name)
            if !isAdmitted {
                refused += 1
                onRefusal(line, name)
            }
            note(name, at: line.time, isAdmitted)
        }
    }

    private mutating func admits(_ line: LogLine, _ rule: Rule, _ name: Name) -> Bool {
        let now = line.time.microseconds
        switch rule.kind {
        case .rate(let gcra):
            let decision = gcra.decide(tat: tats[name], now: now)
            if let tat = decision.tat { tats[name] = tat }
            return decision.outcome.isAdmitted
        case .inFlight(let most):
            var under = (ends[name] ?? []).filter { $0 > now }
            let isAdmitted = under.count < most
            if isAdmitted { under.append(now + (line.duration ?? 0)) }
            ends[name] = under
            return isAdmitted
        }
    }

    private mutating func note(_ name: Name, at time: Timestamp, _ isAdmitted: Bool) {
        let requests = (met[name] ?? 0) + 1
        met[name] = requests
        guard var outcome = outcomes[name] else {
            guard !isAdmitted else { return }
            guard outcomes.count < subjects else {
                refusedOthers += 1
                return
            }
            outcomes[name] = Outcome(
                policy: name.policy, subject: name.subject, requests: requests, refused: 1, first: time,
                last: time)
            return
        }
        outcome.requests += 1
        if !isAdmitted {
            outcome.refused += 1
            outcome.last = time
        }
        outcomes[name] = outcome
    }

    /// Whom a line counts for; nil where the log does not have what the policy counts by.
    private static func subject(of line: LogLine, _ rule: Rule) -> String? {
        var values: [String] = []
        for part in rule.key.parts {
            switch part {
            case .address: values.append(line.address.description)
            case .user:
                guard let user = line.user else { return nil }
                values.append(user)
            case .route: values.append(rule.route)
            case .session, .apiKey, .header: return nil
            }
        }
        return values.joined(separator: " ")
    }
}

/// Lines by the moment at which they began: a binary heap.
struct TimeHeap {
    private var lines: [LogLine] = []

    var count: Int { lines.count }

    mutating func insert(_ line: LogLine) {
        lines.append(line)
        var index = lines.count - 1
        while index > 0, lines[index].time < lines[(index - 1) / 2].time {
            lines.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func removeFirst() -> LogLine? {
        guard let last = lines.popLast() else { return nil }
        guard let first = lines.first else { return last }
        lines[0] = last
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < lines.count && lines[child].time < lines[least].time {
                least = child
            }
            guard least != index else { return first }
            lines.swapAt(index, least)
            index = least
        }
    }
}
