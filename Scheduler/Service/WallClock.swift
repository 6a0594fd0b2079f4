import Foundation
import SchedulingCore
import ServiceCore

/// The one place where the service reads the time of day.
enum WallClock {
    static func now() -> UTCTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}

extension UTCTime {
    /// Whole seconds since 1970 UTC, rounded down.
    var seconds: Int64 { microseconds / 1_000_000 }
}

/// Names that nobody else has.
enum FreshID {
    /// A UUIDv7 (RFC 9562), so that IDs sort by the time at which they were made.
    static func make() -> String {
        let random = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
        return RequestID(unixMilliseconds: WallClock.now().microseconds / 1_000, random: random).description
    }
}
