/// Lower-case hexadecimal digits: of the words of a hot path eight at a time, without a table and without a branch.
public enum Hexadecimal {
    /// The two digits of each of `bytes`.
    public static func text(of bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
        return text
    }

    /// The eight digits of `word` as ASCII, the first in the most significant byte.
    @inlinable
    public static func digits(of word: UInt32) -> UInt64 {
        // Spread the nibbles out to one a byte …
        var nibbles = UInt64(word)
        nibbles = (nibbles & 0xFFFF_0000) << 16 | (nibbles & 0xFFFF)
        nibbles = (nibbles & 0x0000_FF00_0000_FF00) << 8 | (nibbles & 0x0000_00FF_0000_00FF)
        nibbles = (nibbles & 0x00F0_00F0_00F0_00F0) << 4 | (nibbles & 0x000F_000F_000F_000F)
        // … and add `0`, or what leads to `a`, to each: none overflows into its neighbour.
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }

    /// Writes the first `count` of the eight digits of `word`, of which there are at most eight, at `offset`.
    @inlinable
    public static func write(
        _ word: UInt32, count: Int = 8, into bytes: inout MutableSpan<UInt8>, at offset: Int
    ) {
        var digits = digits(of: word)
        for index in offset..<(offset &+ count) {
            bytes[index] = UInt8(truncatingIfNeeded: digits >> 56)
            digits <<= 8
        }
    }
}
