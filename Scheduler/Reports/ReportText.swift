import SchedulingCore

/// Texts and numbers as people read them in a report.
enum ReportText {
    /// A caller's text as what it is: what could hide or turn other text shows as a replacement character,
    /// and so does what XML cannot hold.
    static func shown(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { shown.append(isHidden(scalar) ? "\u{FFFD}" : scalar) }
        return String(shown)
    }

    /// The shown text where more follows it on the line: its direction ends with it (UAX #9, isolates).
    static func isolated(_ text: String) -> String { "\u{2068}\(shown(text))\u{2069}" }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        TextRule.isRefused(scalar) || scalar.properties.isNoncharacterCodePoint
    }

    /// `4,567,890`.
    static func whole(_ number: Int64) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Hours with two decimals, such as `1,501.16`.
    static func hours(_ hours: Double) -> String {
        let text = HoursText.rounded(hours)
        let parts = text.split(separator: ".")
        guard parts.count == 2, let number = Int64(parts[0]), number.magnitude >= 1_000 else { return text }
        return whole(number) + "." + parts[1]
    }

    /// A share of one, such as `46.2 %`.
    static func percent(_ share: Double) -> String {
        let tenths = Int64((share * 1_000).rounded())
        return "\(tenths / 10).\(abs(tenths % 10)) %"
    }

    /// A span for the calendar, such as `20 d 17 h`.
    static func span(_ hours: Double) -> String {
        let whole = Int64(hours.rounded())
        return whole < 24 ? "\(whole) h" : "\(Self.whole(whole / 24)) d \(whole % 24) h"
    }

    /// A moment with its weekday, such as `Mon 5 Jan 2026, 06:00`, in UTC.
    static func weekday(_ time: UTCTime, withYear: Bool = true) -> String {
        let parts = Parts(time)
        let year = withYear ? " \(parts.date.year)" : ""
        return "\(parts.weekday) \(parts.date.day) \(parts.month)\(year), \(parts.clock)"
    }

    /// A moment in a column of such, `2026-01-05 06:00`, in UTC.
    static func stamp(_ time: UTCTime) -> String {
        var rounded = time
        rounded.microseconds = (time.microseconds + 30_000_000) / 60_000_000 * 60_000_000
        return String(rounded.description.prefix(16)).replacing("T", with: " ")
    }

    /// A moment, rounded to the minute, in pieces.
    private struct Parts {
        let date: CivilDate
        let weekday: String
        let clock: String

        private static let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

        init(_ time: UTCTime) {
            let minutes = (time.microseconds + 30_000_000) / 60_000_000
            date = CivilDate(daysSince1970: minutes / 1_440)
            // 1970 began on a Thursday.
            weekday = Self.weekdays[Int(minutes / 1_440 % 7)]
            let (hour, minute) = (minutes / 60 % 24, minutes % 60)
            clock = (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
        }

        var month: String { Self.months[Int(date.month) - 1] }
    }
}
