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

    /// Calls `body` with each ASCII byte of the ID in order, without allocating for a minted one.
    @inlinable
    public func forEachByte(_ body: (UInt8) -> Void) {
        if let (high, low) = uuid {
            for shift in stride(from: 60, through: 0, by: -4) {
                body(Self.hexDigit(high >> UInt64(shift)))
                if shift == 32 || shift == 16 { body(UInt8(ascii: "-")) }
            }
            body(UInt8(ascii: "-"))
            for shift in stride(from: 60, through: 0, by: -4) {
                body(Self.hexDigit(low >> UInt64(shift)))
                if shift == 48 { body(UInt8(ascii: "-")) }
            }
        } else {
            for byte in description.utf8 { body(byte) }
        }
    }

    /// The two halves of a minted ID; nil for one that was given.
    public var uuid: (UInt64, UInt64)? {
        if case .minted(let high, let low) = storage { (high, low) } else { nil }
    }

    public var description: String {
        switch storage {
        case .given(let text): return text
        case .minted:
            var bytes: [UInt8] = []
            bytes.reserveCapacity(36)
            forEachByte { bytes.append($0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @usableFromInline
    static func hexDigit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 0xF)
        return nibble < 10 ? nibble + UInt8(ascii: "0") : nibble - 10 + UInt8(ascii: "a")
    }
}
