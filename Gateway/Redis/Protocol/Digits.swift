import ServiceCore

/// Numbers as text, appended to bytes without a string between.
enum Digits {
    /// Appends `value` in hexadecimal, without leading zeros.
    static func appendHex(_ value: UInt16, to bytes: inout [UInt8]) {
        var digits = Hexadecimal.digits(of: UInt32(value) << 16)
        for place in 0..<4 {
            if place == 3 || value >> UInt16(12 - 4 * place) != 0 {
                bytes.append(UInt8(truncatingIfNeeded: digits >> 56))
            }
            digits <<= 8
        }
    }

    /// Appends the low `count` decimal digits of `value`, leading zeros included.
    static func append(_ value: UInt64, paddedTo count: Int, to bytes: inout [UInt8]) {
        var divisor: UInt64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(truncatingIfNeeded: value / divisor % 10) &+ 0x30)
            divisor /= 10
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
}
