/// The slot of a Redis Cluster that a key belongs to, 0 to 16,383. Source: Redis Cluster specification, "Key
/// distribution model" and "Hash tags".
struct KeySlot: Hashable, Sendable {
    /// Slots of a Cluster.
    static let count = 16_384

    let number: Int

    /// Nil where there is no slot of that number.
    init?(number: Int) {
        guard (0..<Self.count).contains(number) else { return nil }
        self.number = number
    }

    /// The slot of `key`: of what stands between its first `{` and the next `}` where that is something, or else of
    /// all of it.
    init(of key: some BidirectionalCollection<UInt8>) {
        if let open = key.firstIndex(of: UInt8(ascii: "{")) {
            let rest = key[key.index(after: open)...]
            if let close = rest.firstIndex(of: UInt8(ascii: "}")), close != rest.startIndex {
                number = Int(Self.crc16(rest[..<close])) % Self.count
                return
            }
        }
        number = Int(Self.crc16(key)) % Self.count
    }

    init(of key: String) { self.init(of: key.utf8) }

    /// CRC-16/XMODEM: polynomial 0x1021, beginning with 0, nothing reflected.
    static func crc16(_ bytes: some Sequence<UInt8>) -> UInt16 {
        bytes.reduce(0) { sum, byte in sum << 8 ^ table[Int(sum >> 8 ^ UInt16(byte))] }
    }

    private static let table: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte) << 8) { sum, _ in sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
    }
}
