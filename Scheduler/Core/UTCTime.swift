/// A moment in UTC: whole microseconds since 1970. That is 2.8 × 10^-10 h, finer than any tolerance in use.
package struct UTCTime: Sendable, Hashable, Comparable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package static func < (left: UTCTime, right: UTCTime) -> Bool { left.microseconds < right.microseconds }

    /// The moment `span` of line time later, rounded to the nearest microsecond.
    package func adding(_ span: Ticks, under rules: LineRules) -> UTCTime {
        let microsecondsPerHour: Int128 = 3_600_000_000
        let perHour = Int128(rules.ticksPerHour)
        let rounded = (Int128(span.count) * microsecondsPerHour * 2 + perHour) / (perHour * 2)
        return UTCTime(microseconds: microseconds + Int64(rounded))
    }
}

/// RFC 3339: `2026-01-05T06:00:00Z`, with six decimals where the moment is not a whole second.
extension UTCTime: CustomStringConvertible {
    package var description: String {
        let date = self.date
        let rest = microseconds - date.daysSince1970 * Self.microsecondsPerDay
        let seconds = rest / 1_000_000
        let fraction = rest % 1_000_000
        let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { Self.padded($0, 2) }
        let day = [Self.padded(date.year, 4), Self.padded(date.month, 2), Self.padded(date.day, 2)]
        return day.joined(separator: "-") + "T" + clock.joined(separator: ":")
            + (fraction == 0 ? "" : "." + Self.padded(fraction, 6)) + "Z"
    }

    /// The day in UTC.
    package var date: CivilDate {
        let days = microseconds / Self.microsecondsPerDay
        return CivilDate(daysSince1970: microseconds % Self.microsecondsPerDay < 0 ? days - 1 : days)
    }

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension UTCTime: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let reading = RFC3339(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a time of RFC 3339: \(text)")
        }
        self = reading.time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A day of the proleptic Gregorian calendar.
package struct CivilDate: Sendable, Hashable {
    package var year: Int64
    package var month: Int64
    package var day: Int64

    /// The day; nil if the calendar has no such day.
    package init?(year: Int64, month: Int64, day: Int64) {
        guard (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that starts `days` × 24 h after 1970-01-01.
    ///
    /// Counts in years that start in March, so that the leap day is a year's last, and in eras of 400 years
    /// (146,097 days), after which the calendar repeats.
    package init(daysSince1970 days: Int64) {
        let shifted = days + Self.daysFromMarchOfYear0To1970
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days from 1970-01-01 to this day.
    package var daysSince1970: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let marchMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - Self.daysFromMarchOfYear0To1970
    }

    private static let daysFromMarchOfYear0To1970: Int64 = 719_468

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
