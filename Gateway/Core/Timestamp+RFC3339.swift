extension Timestamp {
    /// The moment in UTC to the millisecond in the form of RFC 3339 §5.6: `2026-11-21T20:03:17.250Z`.
    /// Years beyond 9999 have no such form and print as they come.
    package var rfc3339: String {
        let dayLength: Int64 = 86_400_000
        // Rounds towards the past, before 1970 too.
        let total = (microseconds - (microseconds % 1_000 + 1_000) % 1_000) / 1_000
        let ofDay = (total % dayLength + dayLength) % dayLength
        let (year, month, day) = Self.civilDate(daysSince1970: (total - ofDay) / dayLength)
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let clock = [ofDay / 3_600_000, ofDay / 60_000 % 60, ofDay / 1_000 % 60].map { padded($0, 2) }
        return "\(date)T\(clock.joined(separator: ":")).\(padded(ofDay % 1_000, 3))Z"
    }

    /// The Gregorian date of a day. Counts in eras of 400 years that begin on 1 March, so that a leap day is the last
    /// of its year.
    private static func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1
        )
    }
}
