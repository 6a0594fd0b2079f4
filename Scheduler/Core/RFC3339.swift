/// A time as RFC 3339 writes it. Beyond the RFC, seconds and offset may be left out.
struct RFC3339 {
    /// The time in UTC; a text without an offset is taken as UTC.
    var time: UTCTime
    var hasOffset: Bool

    init?(_ text: String) {
        var cursor = Cursor(rest: Array(text.utf8)[...])
        guard let year = cursor.number(4), cursor.take("-"), let month = cursor.number(2), cursor.take("-"),
            let day = cursor.number(2), let date = CivilDate(year: year, month: month, day: day),
            cursor.take("T") || cursor.take("t") || cursor.take(" "),
            let hour = cursor.number(2), hour <= 23, cursor.take(":"),
            let minute = cursor.number(2), minute <= 59
        else { return nil }
        var second: Int64 = 0
        var fraction: Int64 = 0
        if cursor.take(":") {
            guard let value = cursor.number(2), value <= 59 else { return nil }
            second = value
            if cursor.take(".") {
                guard let value = cursor.microseconds() else { return nil }
                fraction = value
            }
        }
        hasOffset = !cursor.rest.isEmpty
        guard let offset = cursor.rest.isEmpty ? 0 : cursor.offset(), cursor.rest.isEmpty else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + second
        time = UTCTime(microseconds: (seconds - offset * 60) * 1_000_000 + fraction)
    }
}

extension RFC3339 {
    /// Walks over the bytes of a time.
    private struct Cursor {
        var rest: ArraySlice<UInt8>

        mutating func take(_ character: Character) -> Bool {
            guard let byte = rest.first, byte == character.asciiValue else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ digits: Int) -> Int64? {
            let taken = rest.prefix(digits)
            guard taken.count == digits, taken.allSatisfy(Self.isDigit) else { return nil }
            rest = rest.dropFirst(digits)
            return taken.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }

        /// One to nine digits after a point; nil if there are none or more.
        mutating func microseconds() -> Int64? {
            let taken = rest.prefix(while: Self.isDigit)
            guard (1...9).contains(taken.count) else { return nil }
            rest = rest.dropFirst(taken.count)
            let six =
                Array(taken.prefix(6)) + Array(repeating: UInt8(ascii: "0"), count: max(0, 6 - taken.count))
            return six.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }

        /// The minutes by which local time is ahead of UTC: `Z`, `+hh:mm` or `-hh:mm`.
        mutating func offset() -> Int64? {
            if take("Z") || take("z") { return 0 }
            let sign: Int64
            if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
            guard let hours = number(2), hours <= 23, take(":"), let minutes = number(2), minutes <= 59 else {
                return nil
            }
            return sign * (hours * 60 + minutes)
        }

        private static func isDigit(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}
