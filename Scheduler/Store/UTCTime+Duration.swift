package import SchedulingCore

extension UTCTime {
    /// The moment `span` later, in whole microseconds, rounded down.
    package static func + (moment: UTCTime, span: Duration) -> UTCTime {
        let (seconds, attoseconds) = span.components
        return UTCTime(
            microseconds: moment.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
