package import GatewayCore
import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

/// The edge where clocks are read.
package enum Clock {
    /// Monotonic nanoseconds: for deadlines and durations.
    @inline(__always)
    package static var monotonic: UInt64 { NIODeadline.now().uptimeNanoseconds }

    /// The time of day.
    package static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}

extension Duration {
    /// Whole nanoseconds, for deadlines on `Clock.monotonic`.
    var nanoseconds: UInt64 { UInt64(max(0, wholeMicroseconds)) * 1_000 }
}
