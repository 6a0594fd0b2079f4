import CLinuxScheduling

/// How a thread that works long and for nobody in particular stands behind those that answer.
package enum BackgroundThread {
    /// The nice value: a tenth of what a thread at 0 gets where both want the same processor.
    package static let nice: Int32 = 10
    /// How long, in nanoseconds, such a thread may hold a processor that another has become ready for; the
    /// shortest that Linux takes. The usual slice is some milliseconds, which a request at each of its steps, in each
    /// process that it passes through, would have to wait for. Kernels before 6.12 know only the usual slice.
    package static let slice: UInt64 = 100_000

    /// Puts the calling thread into the background. Where the system refuses, it works as it is.
    package static func enter() { _ = fillgate_set_scheduling(nice, slice) }

    /// The nice value and the slice of the calling thread; nil where the system does not say. The slice is 0 where
    /// threads of the ordinary policy have none of their own.
    package static var current: (nice: Int32, slice: UInt64)? {
        var attributes = fillgate_scheduling()
        guard fillgate_get_scheduling(&attributes) == 0 else { return nil }
        return (attributes.nice, attributes.runtime)
    }
}
