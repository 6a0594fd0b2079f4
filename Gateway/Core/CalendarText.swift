/// Dates as protocols write them, without a formatter: the proleptic Gregorian calendar in UTC.
package enum CalendarText {
    /// Year, month and day of a day counted from 1970-01-01.
    package static func civil(fromDays days: Int64) -> (year: Int64, month: Int, day: Int) {
        // Years begin in March here, so that the leap day is the last of its year; 146,097 days make 400
        // years.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        let month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// `2026-01-02T03:04:05` (RFC 3339 without its zone).
    package static func dateAndTime(_ seconds: Int64) -> String {
        let (days, rest) = seconds.floorDivided(by: 86_400)
        let (year, month, day) = civil(fromDays: days)
        return "\(padded(Int(year), 4))-\(padded(month))-\(padded(day))T\(time(rest))"
    }

    /// `2026-01-02T03:04:05Z` (RFC 3339).
    package static func rfc3339(_ moment: Timestamp) -> String { dateAndTime(moment.seconds) + "Z" }

    /// `2026-01-02T03:04:05.678Z`, for moments that differ by less than a second.
    package static func rfc3339Milliseconds(_ moment: Timestamp) -> String {
        let milliseconds = String(
            moment.microseconds.floorDivided(by: 1_000).quotient.floorDivided(by: 1_000).remainder)
        let digits = String(repeating: "0", count: 3 - milliseconds.count) + milliseconds
        return "\(dateAndTime(moment.seconds)).\(digits)Z"
    }

    /// The moment that an RFC 3339 text of the years 1970 to 9999 names, with a zone, to the second: what a fraction
    /// says is left out. Nil for anything else.
    package static func moment(rfc3339 text: String) -> Timestamp? {
        var rest = Array(text.utf8)[...]
        func number(_ digits: Int, _ bounds: ClosedRange<Int64>, then mark: String = "") -> Int64? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            let value = part.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
            rest = rest.dropFirst(digits)
            guard bounds.contains(value) else { return nil }
            if !mark.isEmpty {
                guard let next = rest.popFirst(), mark.utf8.contains(next) else { return nil }
            }
            return value
        }
        guard let year = number(4, 1970...9999, then: "-"), let month = number(2, 1...12, then: "-"),
            let day = number(2, 1...31, then: "Tt "), let hour = number(2, 0...23, then: ":"),
            let minute = number(2, 0...59, then: ":"), let second = number(2, 0...60)
        else { return nil }
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard (1...9).contains(fraction.count) else { return nil }
            rest = rest.dropFirst(1 + fraction.count)
        }
        var offset: Int64 = 0
        switch rest.popFirst() {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): break
        case let sign? where sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"):
            guard let hours = number(2, 0...23, then: ":"), let minutes = number(2, 0...59) else {
                return nil
            }
            offset = (hours * 3_600 + minutes * 60) * (sign == UInt8(ascii: "+") ? 1 : -1)
        default: return nil
        }
        let days = days(fromCivil: year, Int(month), Int(day))
        guard rest.isEmpty, civil(fromDays: days) == (year, Int(month), Int(day)) else { return nil }
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return seconds < 0 ? nil : Timestamp(seconds: seconds)
    }

    /// Counted from 1970-01-01; the inverse of `civil`.
    private static func days(fromCivil year: Int64, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// `Fri, 02 Jan 2026 03:04:05 GMT`: the `Date` field (RFC 9110 §5.6.7).
    package static func httpDate(_ seconds: Int64) -> String {
        let (days, rest) = seconds.floorDivided(by: 86_400)
        let (year, month, day) = civil(fromDays: days)
        let weekday = Int((days % 7 + 11) % 7)
        return
            "\(weekdays[weekday]), \(padded(day)) \(months[month - 1]) \(padded(Int(year), 4)) \(time(rest)) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func time(_ secondOfDay: Int64) -> String {
        let second = Int(secondOfDay)
        return "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    /// Quotient and remainder with the remainder never negative.
    fileprivate func floorDivided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = (self % divisor + divisor) % divisor
        return ((self - remainder) / divisor, remainder)
    }
}
