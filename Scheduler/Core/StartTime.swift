package import ServiceCore

/// When a schedule starts, as a caller states it.
package struct StartTime: Sendable, Hashable {
    package var time: UTCTime
    /// What the caller should know: that a time without an offset was taken as UTC.
    package var warning: Problem.Fault?

    /// The first and the last year in which a schedule may start; it ends before the year 9999.
    package static let years: ClosedRange<Int64> = 1970...2999

    /// A time of RFC 3339, converted to UTC.
    ///
    /// A time without an offset is taken as UTC and answered with a warning. Seconds may be left out, and a
    /// space may stand for the `T`; digits after the sixth decimal are dropped. There are no leap seconds.
    /// - Throws: one fault on `field`.
    package init(parsing text: String, field: String = "start_time") throws(InputFaults) {
        guard let reading = RFC3339(text) else {
            throw InputFaults(
                field: field,
                "\"\(TextRule.shown(text))\" is not a time of RFC 3339, such as 2026-01-05T06:00:00Z")
        }
        time = reading.time
        guard Self.years.contains(time.date.year) else {
            throw InputFaults(
                field: field,
                "a schedule starts between the years \(Self.years.lowerBound) and \(Self.years.upperBound)")
        }
        if !reading.hasOffset {
            warning = Problem.Fault(
                field: field, message: "\(TextRule.shown(text)) has no offset and was taken as UTC")
        }
    }

    /// The start itself, for a caller that has it as a moment.
    package init(_ time: UTCTime) { self.time = time }
}
