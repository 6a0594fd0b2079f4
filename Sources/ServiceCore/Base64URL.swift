/// Base64 with the URL-safe alphabet and no padding (RFC 4648 §5).
public enum Base64URL {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    public static func encode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        encode(Array(bytes), into: &output)
        return output
    }

    /// Appends the encoding of `bytes` to `output`.
    public static func encode(_ bytes: [UInt8], into output: inout [UInt8]) {
        var window: UInt32 = 0
        var held = 0
        alphabet.withUnsafeBufferPointer { alphabet in
            for byte in bytes {
                window = window << 8 | UInt32(byte)
                held += 8
                while held >= 6 {
                    held -= 6
                    output.append(alphabet[Int(window >> UInt32(held) & 0x3F)])
                }
            }
            if held > 0 { output.append(alphabet[Int(window << UInt32(6 - held) & 0x3F)]) }
        }
    }

    /// The bytes that `text` encodes; nil for a foreign character, a length that no encoding has, or
    /// trailing bits that are not zero (two spellings of one value would be two cache keys).
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(text.count * 3 / 4)
        var window: UInt32 = 0
        var held = 0
        for character in text {
            guard let value = value(of: character) else { return nil }
            window = (window << 6 | value) & 0xFFFF
            held += 6
            if held >= 8 {
                held -= 8
                output.append(UInt8(truncatingIfNeeded: window >> UInt32(held)))
            }
        }
        guard window & ((1 << UInt32(held)) - 1) == 0 else { return nil }
        return output
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
