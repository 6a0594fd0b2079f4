/// The keys that limits refused most often of late, as one event loop knows them: exact for those that stand out, in
/// bounded memory however many there are.
///
/// Counts are kept for the span that is under way and for the one before, so what is shown is of the last one to two
/// spans. A table that is full lets the least of its keys go for a new one, which takes over its count (Space-Saving,
/// Metwally and others 2005): nobody who is refused often is missed, and a count errs upwards only.
package struct RefusalRanking {
    package struct Key: Sendable, Hashable {
        package var policy: String
        package var subject: LimitSubject
        /// Whether the policy refused nobody, and would have.
        package var isShadow: Bool

        package init(policy: String, subject: LimitSubject, isShadow: Bool) {
            self.policy = policy
            self.subject = subject
            self.isShadow = isShadow
        }
    }

    /// Keys of one span.
    package static let capacity = 64
    package static let span = Duration.seconds(30)

    private var now: [Key: Int] = [:]
    private var before: [Key: Int] = [:]
    /// When the span that is under way began, in nanoseconds of a clock that only goes forwards.
    private var begunAt: UInt64 = 0

    package init() {}

    /// Counts a refusal at `moment`.
    package mutating func count(_ charge: LimitCharge, at moment: UInt64) {
        let isShadow = charge.policy.mode == .shadow
        count(Key(policy: charge.policy.name, subject: charge.subject, isShadow: isShadow), at: moment)
    }

    /// The same for what is not a rate.
    package mutating func count(_ key: Key, at moment: UInt64) {
        turn(at: moment)
        if let count = now[key] {
            now[key] = count + 1
        } else if now.count < Self.capacity {
            now[key] = 1
        } else if let least = now.min(by: { $0.value < $1.value }) {
            now[least.key] = nil
            now[key] = least.value + 1
        }
    }

    /// All that is known at `moment`.
    package mutating func counts(at moment: UInt64) -> [Key: Int] {
        turn(at: moment)
        return now.merging(before, uniquingKeysWith: +)
    }

    private mutating func turn(at moment: UInt64) {
        let span = UInt64(Self.span.wholeMicroseconds) * 1_000
        guard moment >= begunAt + span else { return }
        before = moment < begunAt + 2 * span ? now : [:]
        now = [:]
        begunAt = moment
    }
}
