/// A moment: whole microseconds since 1970 UTC, the resolution of Redis's `TIME`.
///
/// The core never reads a clock: callers pass `now`.
package struct Timestamp: Sendable, Hashable, Comparable, Codable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) { microseconds = seconds * 1_000_000 }

    /// Whole seconds since 1970 UTC, rounded down.
    package var seconds: Int64 { microseconds / 1_000_000 }
    /// Whole milliseconds since 1970 UTC, rounded down.
    package var milliseconds: Int64 { microseconds / 1_000 }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
    package static func + (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(microseconds: moment.microseconds + span.wholeMicroseconds)
    }
    package static func - (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(microseconds: moment.microseconds - span.wholeMicroseconds)
    }
    package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }
}

extension Duration {
    /// The duration in microseconds, rounded down.
    package var wholeMicroseconds: Int64 {
        Int64(attoseconds / 1_000_000_000_000)
    }
    /// The duration in milliseconds, rounded down.
    package var wholeMilliseconds: Int64 { wholeMicroseconds / 1_000 }
    /// The duration in seconds, rounded up: what `Retry-After` and `Max-Age` carry.
    package var secondsRoundedUp: Int64 { (wholeMicroseconds + 999_999) / 1_000_000 }
}
