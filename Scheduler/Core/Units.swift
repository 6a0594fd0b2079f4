/// A number of vials.
package struct Vials: Sendable, Hashable, Comparable, Codable {
    package var count: Int64

    package init(_ count: Int64) { self.count = count }

    package static func < (left: Vials, right: Vials) -> Bool { left.count < right.count }
    package static func + (left: Vials, right: Vials) -> Vials { Vials(left.count + right.count) }

    package init(from decoder: any Decoder) throws {
        count = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(count)
    }
}

/// How fast the line fills: whole vials an hour.
package struct VialsPerHour: Sendable, Hashable, Codable {
    package var count: Int64

    package init(_ count: Int64) { self.count = count }

    package init(from decoder: any Decoder) throws {
        count = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(count)
    }
}

/// A configured span in hours, kept exactly: a whole number of ten-thousandths of an hour (0.36 s).
package struct Hours: Sendable, Hashable, Comparable, Codable {
    package var tenThousandths: Int64

    /// The decimals that a configured span may have.
    package static let decimals = 4
    package static let tenThousandthsPerHour: Int64 = 10_000

    package init(tenThousandths: Int64) { self.tenThousandths = tenThousandths }
    package init(_ whole: Int64) { tenThousandths = whole * Self.tenThousandthsPerHour }

    package static func < (left: Hours, right: Hours) -> Bool { left.tenThousandths < right.tenThousandths }

    /// The nearest binary fraction, for display and the wire.
    package var value: Double { Double(tenThousandths) / Double(Self.tenThousandthsPerHour) }

    /// Reads what `encode(to:)` wrote: a number of hours, rounded to the nearest ten-thousandth.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let hours = try container.decode(Double.self)
        let scaled = (hours * Double(Self.tenThousandthsPerHour)).rounded()
        guard let exact = Int64(exactly: scaled) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "hours out of range")
        }
        tenThousandths = exact
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

/// A span of line time in the unit of its `LineRules`: one tick is 1 / (10,000 × rate) of an hour.
///
/// In that unit every fill, changeover and clean is a whole number, so sums and comparisons are exact and
/// no tolerance is needed anywhere. Ticks of different rules do not mix.
package struct Ticks: Sendable, Hashable, Comparable {
    package var count: Int64

    package static let zero = Ticks(0)

    package init(_ count: Int64) { self.count = count }

    package static func < (left: Ticks, right: Ticks) -> Bool { left.count < right.count }
    package static func + (left: Ticks, right: Ticks) -> Ticks { Ticks(left.count + right.count) }
    package static func - (left: Ticks, right: Ticks) -> Ticks { Ticks(left.count - right.count) }
    package static func += (left: inout Ticks, right: Ticks) { left.count += right.count }
    package static func -= (left: inout Ticks, right: Ticks) { left.count -= right.count }
}
