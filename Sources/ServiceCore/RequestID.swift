/// The identity of one request, from the first byte that a client sent to the last log line about it.
///
/// A UUIDv7 (RFC 9562 §5.7) unless a trusted proxy supplied one of its own. Either way it is 8 to 128
/// characters of `A-Z a-z 0-9 . _ -`, so it can stand in a header, a log line or a file name as it is.
public struct RequestID: Sendable, Hashable, CustomStringConvertible {
    private enum Storage: Sendable, Hashable {
        case minted(UInt64, UInt64)
        case given(String)
    }

    private let storage: Storage

    /// The shortest and the longest ID that is taken from a trusted proxy, in characters.
    public static let acceptedLengths = 8...128

    /// A UUIDv7 from its two halves; version and variant bits are set here.
    public init(unixMilliseconds: Int64, random: (UInt64, UInt64)) {
        let high = UInt64(truncatingIfNeeded: unixMilliseconds) << 16 | 0x7000 | (random.0 & 0x0FFF)
        let low = (random.1 & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        storage = .minted(high, low)
    }

    /// An ID that somebody else chose; nil unless its length and every character are acceptable.
    public init?(validating bytes: some Collection<UInt8>) {
        guard Self.acceptedLengths.contains(bytes.count), bytes.allSatisfy(Self.isAcceptable) else {
            return nil
        }
        storage = .given(String(decoding: bytes, as: UTF8.self))
    }

    private static func isAcceptable(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Puts the ID's ASCII bytes in the place of what `bytes` holds, without allocating for a minted one where
    /// `bytes` held one before.
    public func write(to bytes: inout [UInt8]) {
        guard let (high, low) = uuid else {
            bytes = Array(description.utf8)
            return
        }
        if bytes.count != Self.mintedLength {
            bytes = Array(repeating: UInt8(ascii: "-"), count: Self.mintedLength)
        }
        var span = bytes.mutableSpan
        let words = (UInt32(truncatingIfNeeded: high), UInt32(truncatingIfNeeded: low >> 32))
        for dash in stride(from: 8, through: 23, by: 5) { span[dash] = UInt8(ascii: "-") }
        Hexadecimal.write(UInt32(truncatingIfNeeded: high >> 32), into: &span, at: 0)
        Hexadecimal.write(words.0, count: 4, into: &span, at: 9)
        Hexadecimal.write(words.0 << 16, count: 4, into: &span, at: 14)
        Hexadecimal.write(words.1, count: 4, into: &span, at: 19)
        Hexadecimal.write(words.1 << 16, count: 4, into: &span, at: 24)
        Hexadecimal.write(UInt32(truncatingIfNeeded: low), into: &span, at: 28)
    }

    private static let mintedLength = 36

    /// The two halves of a minted ID; nil for one that was given.
    public var uuid: (UInt64, UInt64)? {
        if case .minted(let high, let low) = storage { (high, low) } else { nil }
    }

    public var description: String {
        switch storage {
        case .given(let text): return text
        case .minted:
            var bytes: [UInt8] = []
            write(to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
