import Foundation
import GatewayCore

/// One request as an access log tells of it: the gateway's own JSON, or nginx's and Apache's common and combined
/// formats.
struct LogLine: Sendable, Hashable {
    /// When it began; in the common formats, when it was logged, to the second.
    var time: Timestamp
    var address: AddressPrefix
    /// Who was logged in, by whatever name the log has.
    var user: String?
    var method: String
    /// Without the query.
    var path: String
    /// Microseconds; nil where the log does not say.
    var duration: Int64?

    /// Why a line tells of no request.
    enum Fault: Error, Sendable, Hashable {
        /// A record of something else.
        case other
        /// A sentence's end: `line 3 has no time`.
        case unreadable(String)
    }

    /// `v6Length` is how much of an IPv6 address counts.
    init(_ text: Substring, v6Length: Int) throws(Fault) {
        if text.first == "{" {
            try self.init(json: text, v6Length)
        } else {
            try self.init(common: text, v6Length)
        }
    }

    private init(json text: Substring, _ v6Length: Int) throws(Fault) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            throw .unreadable("is not JSON")
        }
        guard object["request_id"] != nil, object["client"] != nil else { throw .other }
        guard let written = object["time"] as? String, let time = Self.time(rfc3339: written) else {
            throw .unreadable("has no time that can be read")
        }
        self.time = time
        address = try Self.prefix(object["client"] as? String ?? "", v6Length)
        user = object["user"] as? String
        method = object["method"] as? String ?? ""
        path = object["path"] as? String ?? ""
        duration = (object["ms"] as? Double).flatMap { (0...1e12).contains($0) ? Int64($0 * 1_000) : nil }
    }

    /// `ADDRESS - USER [10/Oct/2026:13:55:36 +0000] "GET /path?query HTTP/1.1" …`
    private init(common text: Substring, _ v6Length: Int) throws(Fault) {
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count == 3, let open = words[2].firstIndex(of: "["),
            let close = words[2][open...].firstIndex(of: "]")
        else { throw .unreadable("is neither JSON nor of the common log format") }
        address = try Self.prefix(String(words[0]), v6Length)
        let user = words[2][..<open].trimmingCharacters(in: .whitespaces)
        self.user = user == "-" || user.isEmpty ? nil : user
        let written = words[2][words[2].index(after: open)..<close]
        guard let time = Self.time(common: written) else {
            throw .unreadable("has no time that can be read")
        }
        self.time = time
        let rest = words[2][close...]
        guard let quote = rest.firstIndex(of: "\"") else { throw .unreadable("has no request") }
        let request = rest[rest.index(after: quote)...].prefix { $0 != "\"" }.split(separator: " ")
        guard request.count >= 2 else { throw .unreadable("has no request") }
        method = String(request[0])
        path = String(request[1].prefix { $0 != "?" })
        duration = nil
    }

    private static func prefix(_ text: String, _ v6Length: Int) throws(Fault) -> AddressPrefix {
        guard let address = IPAddress(text) else { throw .unreadable("does not begin with an address") }
        return AddressPrefix(containing: address, v6Length: v6Length)
    }

    /// `2026-01-02T03:04:05.678Z`.
    static func time(rfc3339 text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19]), isMoment(month, day, hour, minute, second)
        else { return nil }
        var micros: Int64 = 0
        if bytes.count > 20 {
            guard bytes[19] == UInt8(ascii: ".") else { return nil }
            let digits = bytes[20..<(bytes.count - 1)]
            guard (1...6).contains(digits.count), let fraction = number(digits) else { return nil }
            micros = (0..<(6 - digits.count)).reduce(fraction) { value, _ in value * 10 }
        }
        let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        return Timestamp(microseconds: seconds * 1_000_000 + micros)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `10/Oct/2026:13:55:36 -0700`.
    static func time(common text: Substring) -> Timestamp? {
        let parts = text.split(whereSeparator: { "/: ".contains($0) })
        guard parts.count == 7, let month = months.firstIndex(of: String(parts[1])),
            let day = number(parts[0].utf8), let year = number(parts[2].utf8),
            let hour = number(parts[3].utf8), let minute = number(parts[4].utf8),
            let second = number(parts[5].utf8), isMoment(1, day, hour, minute, second),
            let sign = parts[6].first, sign == "+" || sign == "-",
            parts[6].count == 5, let zone = number(parts[6].dropFirst().utf8)
        else { return nil }
        let offset = (zone / 100 * 60 + zone % 100) * 60 * (sign == "-" ? -1 : 1)
        let seconds =
            days(year, Int64(month) + 1, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Timestamp(seconds: seconds)
    }

    /// Whether these can stand in a time; a leap second can.
    private static func isMoment(
        _ month: Int64, _ day: Int64, _ hour: Int64, _ minute: Int64, _ second: Int64
    ) -> Bool {
        (1...12).contains(month) && (1...31).contains(day) && hour < 24 && minute < 60 && second <= 60
    }

    private static func number(_ digits: some Collection<UInt8>) -> Int64? {
        guard (1...9).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }

    /// Days from 1970-01-01 to a day of the Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms").
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let ofEra = year - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
