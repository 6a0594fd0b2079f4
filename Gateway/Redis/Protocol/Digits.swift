/// Numbers as text, appended to bytes without a string between.
enum Digits {
    private static let symbols: StaticString = "0123456789abcdef"

    /// Appends `value` without leading zeros; `radix` is 10 or 16.
    static func append(_ value: UInt64, radix: UInt64 = 10, to bytes: inout [UInt8]) {
        var divisor: UInt64 = 1
        while value / divisor >= radix { divisor *= radix }
        while divisor > 0 {
            bytes.append(symbol(value / divisor % radix))
            divisor /= radix
        }
    }

    /// Appends the low `count` decimal digits of `value`, leading zeros included.
    static func append(_ value: UInt64, paddedTo count: Int, to bytes: inout [UInt8]) {
        var divisor: UInt64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            bytes.append(symbol(value / divisor % 10))
            divisor /= 10
        }
    }

    /// Appends sixteen hexadecimal digits.
    static func appendSixteenHex(_ word: UInt64, to bytes: inout [UInt8]) {
        var shift: UInt64 = 64
        while shift > 0 {
            shift -= 4
            bytes.append(symbol(word >> shift & 15))
        }
    }

    /// The number that `digits` write in decimal; nil unless they are 1 to 18 decimal digits.
    static func value(of digits: some Collection<UInt8>) -> Int64? {
        guard (1...18).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }

    private static func symbol(_ value: UInt64) -> UInt8 {
        // SAFETY: a literal of sixteen ASCII characters, indexed by a value below the radix.
        symbols.utf8Start[Int(value & 15)]
    }
}
