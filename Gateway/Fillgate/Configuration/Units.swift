/// Quantities as the configuration writes them: a whole number and a unit, `250ms`, `16KiB`, `50/s`, `5/15m`.
enum Units {
    private static let durations: [(unit: String, microseconds: Int64)] = [
        ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000),
    ]
    private static let sizes: [(unit: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]
    private static let periods: [(unit: String, seconds: Int64)] = [("s", 1), ("min", 60), ("h", 3_600)]

    static func duration(_ text: String) throws(Complaint) -> Duration {
        let (number, unit) = try split(text, example: "250ms, 30s, 15m, 12h")
        guard let scale = durations.first(where: { $0.unit == unit })?.microseconds else {
            throw unknownUnit(unit, known: ["ms", "s", "m", "h"], of: text)
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: scale)
        if overflow { throw Complaint("'\(text)' is too long") }
        return .microseconds(product)
    }

    /// The longest unit that writes the duration in whole numbers; parts of a millisecond are dropped.
    static func text(of duration: Duration) -> String {
        let microseconds =
            duration.components.seconds * 1_000_000
            + duration.components.attoseconds / 1_000_000_000_000
        guard microseconds != 0 else { return "0s" }
        let fit = durations.first { microseconds % $0.microseconds == 0 } ?? ("ms", 1_000)
        return "\(microseconds / fit.microseconds)\(fit.unit)"
    }

    static func size(_ text: String) throws(Complaint) -> Int {
        let (number, unit) = try split(text, example: "512B, 16KiB, 10MiB")
        guard let scale = sizes.first(where: { $0.unit == unit })?.bytes else {
            throw unknownUnit(unit, known: ["B", "KiB", "MiB", "GiB"], of: text)
        }
        let (product, overflow) = Int(number).multipliedReportingOverflow(by: scale)
        if overflow { throw Complaint("'\(text)' is too large") }
        return product
    }

    static func text(ofSize bytes: Int) -> String {
        guard bytes != 0 else { return "0B" }
        let fit = sizes.first { bytes % $0.bytes == 0 } ?? ("B", 1)
        return "\(bytes / fit.bytes)\(fit.unit)"
    }

    static func rate(_ text: String) throws(Complaint) -> Rate {
        let (count, unit) = try halves(of: text, example: "50/s, 10/min, 1000/h")
        guard let period = periods.first(where: { $0.unit == unit })?.seconds else {
            throw unknownUnit(unit, known: ["s", "min", "h"], of: text)
        }
        guard count >= 1 else { throw Complaint("'\(text)' admits nothing; the count must be at least 1") }
        return Rate(count: count, period: .seconds(period))
    }

    static func text(of rate: Rate) -> String {
        let unit = periods.first { Duration.seconds($0.seconds) == rate.period }?.unit
        return "\(rate.count)/\(unit ?? text(of: rate.period))"
    }

    /// A count and a duration: `5/15m`.
    static func threshold(_ text: String) throws(Complaint) -> (count: Int64, window: Duration) {
        let (count, rest) = try halves(of: text, example: "5/15m, 20/10m")
        return (count, try duration(rest))
    }

    static func count(_ text: String) throws(Complaint) -> Int64 {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Complaint("'\(text)' is not a whole number")
        }
        guard let number = Int64(text) else { throw Complaint("'\(text)' is too large") }
        return number
    }

    private static func halves(of text: String, example: String) throws(Complaint) -> (Int64, String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw Complaint("'\(text)' is not a count and a time, such as \(example)")
        }
        return (try count(parts[0]), parts[1])
    }

    private static func split(_ text: String, example: String) throws(Complaint) -> (Int64, String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else {
            throw Complaint("'\(text)' is not a number with a unit, such as \(example)")
        }
        let unit = String(text.dropFirst(digits.count))
        guard !unit.isEmpty else { throw Complaint("'\(text)' has no unit; write it like \(example)") }
        guard !unit.hasPrefix("."), !unit.hasPrefix(",") else {
            throw Complaint("'\(text)' is not a whole number; use a smaller unit, such as \(example)")
        }
        return (try count(String(digits)), unit)
    }

    private static func unknownUnit(_ unit: String, known: [String], of text: String) -> Complaint {
        Complaint("'\(text)' has the unknown unit '\(unit)'; known: \(known.joined(separator: ", "))")
    }
}

/// `count` requests in every `period`.
struct Rate: Sendable, Hashable {
    var count: Int64
    var period: Duration
}
