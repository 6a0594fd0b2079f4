/// When a lot should be filled, as a caller states it: a day, or a time of RFC 3339.
package enum DueTime {
    /// The first and the last year of a due time.
    package static let years = StartTime.years

    /// What a text stands for.
    package enum Reading: Hashable {
        case time(UTCTime)
        /// A time without an offset, taken as UTC.
        case timeWithoutOffset(UTCTime)
        /// What is wrong with the text, as a sentence of its own.
        case fault(String)
    }

    /// Reads `2026-01-31`, which stands for the last second of that day in UTC, or a time as `start_time`
    /// takes it.
    package static func read(_ text: String) -> Reading {
        let isDay = text.utf8.count == 10
        guard let reading = RFC3339(isDay ? text + "T23:59:59Z" : text) else {
            return .fault(
                "\"\(TextRule.shown(text))\" is neither a day, such as 2026-01-31, nor a time of RFC 3339, "
                    + "such as 2026-01-31T06:00:00Z")
        }
        guard years.contains(reading.time.date.year) else {
            return .fault("a lot is due between the years \(years.lowerBound) and \(years.upperBound)")
        }
        return reading.hasOffset ? .time(reading.time) : .timeWithoutOffset(reading.time)
    }
}
