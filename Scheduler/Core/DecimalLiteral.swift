/// A number as it was written, in the grammar of JSON (RFC 8259, section 6), read exactly.
package struct DecimalLiteral: Sendable, Hashable {
    /// The text; never empty.
    package let text: String

    package init(_ text: String) { self.text = text }

    /// Why a literal has no exact value of the wanted kind.
    package enum Mismatch: Error, Hashable {
        /// Not a number.
        case notANumber
        /// It has more decimals than asked for.
        case tooFine
        /// Its value is not below 10^15 units.
        case tooLarge
    }

    /// The value in units of 10^-places; `1.5` with two places is 150.
    /// Trailing zeros cost no precision: `100000.0` and `1e5` are whole numbers.
    package func value(places: Int) throws(Mismatch) -> Int64 {
        var bytes = Array(text.utf8)[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes.removeFirst() }
        var digits: [UInt8] = []
        let whole = Self.takeDigits(&bytes)
        guard !whole.isEmpty else { throw .notANumber }
        digits += whole
        var exponent = 0
        if bytes.first == UInt8(ascii: ".") {
            bytes.removeFirst()
            let fraction = Self.takeDigits(&bytes)
            guard !fraction.isEmpty else { throw .notANumber }
            digits += fraction
            exponent -= fraction.count
        }
        if let mark = bytes.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            bytes.removeFirst()
            var sign = 1
            if let next = bytes.first, next == UInt8(ascii: "+") || next == UInt8(ascii: "-") {
                sign = next == UInt8(ascii: "-") ? -1 : 1
                bytes.removeFirst()
            }
            let power = Self.takeDigits(&bytes)
            guard !power.isEmpty else { throw .notANumber }
            // Four digits are more than any value within bounds needs.
            let magnitude = power.drop { $0 == UInt8(ascii: "0") }
            guard magnitude.count <= 4 || digits.allSatisfy({ $0 == UInt8(ascii: "0") }) else {
                throw sign < 0 ? .tooFine : .tooLarge
            }
            exponent += sign * magnitude.prefix(4).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        guard bytes.isEmpty else { throw .notANumber }
        return try Self.scaled(digits, exponent: exponent + places, isNegative: isNegative)
    }

    /// The nearest binary fraction; nil for what is not a number or too large to be one.
    package var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    private static func takeDigits(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        bytes = bytes.dropFirst(digits.count)
        return digits
    }

    /// `digits` × 10^exponent as a whole number.
    private static func scaled(
        _ digits: [UInt8], exponent: Int, isNegative: Bool
    ) throws(Mismatch) -> Int64 {
        var significant = digits.drop { $0 == UInt8(ascii: "0") }
        var exponent = exponent
        if significant.isEmpty { return 0 }
        while exponent < 0, significant.last == UInt8(ascii: "0") {
            significant.removeLast()
            exponent += 1
        }
        guard exponent >= 0 else { throw .tooFine }
        guard significant.count + exponent <= 15 else { throw .tooLarge }
        var value: Int64 = 0
        for digit in significant { value = value * 10 + Int64(digit - UInt8(ascii: "0")) }
        for _ in 0..<exponent { value *= 10 }
        return isNegative ? -value : value
    }
}
