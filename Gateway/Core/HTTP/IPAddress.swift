/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) is the IPv4 address it maps,
/// so that one client does not have two names.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The 128 bits of the address; an IPv4 address occupies the mapped range `::ffff:0:0/96`.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The IPv4 address whose four bytes, big-endian, are `bits`.
    package init(v4 bits: UInt32) {
        high = 0
        low = 0xFFFF_0000_0000 | UInt64(bits)
    }

    package static let loopback = IPAddress(v4: 0x7F00_0001)

    package var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }
    package var isLoopback: Bool { isV4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

    /// What counters and limits are kept for: the address itself for IPv4, its /64 for IPv6, where one
    /// client commands a whole /64.
    package var prefix: AddressPrefix { AddressPrefix(containing: self) }

    /// Nil unless `text` is one address in the forms of RFC 4291 §2.2, without zone, port or brackets.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45 else { return nil }
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let parsed = Self.parseV6(text) else { return nil }
            self = parsed
        } else {
            guard let bits = Self.parseV4(text) else { return nil }
            self.init(v4: bits)
        }
    }

    private static func parseV4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            // A leading zero would be octal to some parsers and decimal to others.
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else {
                return nil
            }
            var value: UInt32 = 0
            for digit in part {
                guard (0x30...0x39).contains(digit) else { return nil }
                value = value * 10 + UInt32(digit - 0x30)
            }
            guard value <= 255 else { return nil }
            bits = bits << 8 | value
        }
        return bits
    }

    private static func parseV6(_ text: some StringProtocol) -> IPAddress? {
        guard let halves = splitAtGap(text) else { return nil }
        guard let front = groups(halves.front), let back = groups(halves.back ?? "") else { return nil }
        let count = front.count + back.count
        guard halves.back == nil ? count == 8 : count <= 7 else { return nil }
        let all = front + Array(repeating: 0, count: 8 - count) + back
        func word(_ part: ArraySlice<UInt16>) -> UInt64 { part.reduce(0) { $0 << 16 | UInt64($1) } }
        return IPAddress(high: word(all[0..<4]), low: word(all[4..<8]))
    }

    /// The text before and after `::`; the latter nil where there is none. Nil when there are two.
    private static func splitAtGap(_ text: some StringProtocol) -> (front: String, back: String?)? {
        var front: [UInt8] = []
        var back: [UInt8]?
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ":"), index + 1 < bytes.count,
                bytes[index + 1] == UInt8(ascii: ":")
            {
                guard back == nil else { return nil }
                back = []
                index += 2
                continue
            }
            if back == nil { front.append(bytes[index]) } else { back?.append(bytes[index]) }
            index += 1
        }
        return (String(decoding: front, as: UTF8.self), back.map { String(decoding: $0, as: UTF8.self) })
    }

    private static func groups(_ text: String) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let bits = parseV4(part) else { return nil }
                groups.append(UInt16(bits >> 16))
                groups.append(UInt16(bits & 0xFFFF))
            } else {
                let isHex = part.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0)
                }
                guard (1...4).contains(part.utf8.count), isHex, let value = UInt16(part, radix: 16) else {
                    return nil
                }
                groups.append(value)
            }
        }
        return groups
    }

    /// The canonical text of RFC 5952.
    package var description: String {
        if isV4 {
            return [24, 16, 8, 0].map { String(low >> UInt64($0) & 0xFF) }.joined(separator: ".")
        }
        let groups = (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
        }
        let gap = Self.longestZeroRun(groups)
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard let gap else { return text(groups[...]) }
        return text(groups[..<gap.lowerBound]) + "::" + text(groups[gap.upperBound...])
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start >= 2, end - start > (best?.count ?? 1) { best = start..<end }
            start = max(end, start + 1)
        }
        return best
    }
}

/// The addresses that share one counter: an IPv4 /32 or an IPv6 /64.
package struct AddressPrefix: Sendable, Hashable, CustomStringConvertible {
    /// The first address of the prefix.
    package let first: IPAddress

    package init(containing address: IPAddress) {
        self.init(containing: address, v6Length: 64)
    }

    /// The same with a shorter prefix of IPv6 addresses: `v6Length` is 1 to 64.
    package init(containing address: IPAddress, v6Length: Int) {
        let mask = UInt64.max << UInt64(max(0, min(63, 64 - v6Length)))
        first = address.isV4 ? address : IPAddress(high: address.high & mask, low: 0)
    }

    /// `192.0.2.1`, or `2001:db8::/64`: the form that keys, logs and listings use.
    package var description: String { first.isV4 ? first.description : "\(first)/64" }

    /// Reads what `description` writes, and any single address.
    package init?(_ text: String) {
        let bare = text.hasSuffix("/64") ? String(text.dropLast(3)) : text
        guard let address = IPAddress(bare), !(text.hasSuffix("/64") && address.isV4) else { return nil }
        self.init(containing: address)
    }
}

/// A block of addresses in CIDR notation (RFC 4632), or a single address.
package struct AddressBlock: Sendable, Hashable, CustomStringConvertible {
    package let base: IPAddress
    /// Leading bits that count, of 128; an IPv4 block's own length is 96 less.
    package let length: Int

    /// Nil unless `text` is an address, or an address, a slash and a length, with no bit set past it.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let base = IPAddress(parts[0]) else { return nil }
        let whole = base.isV4 ? 32 : 128
        // A sign or a leading zero is no length, though `Int` would read it.
        guard let written = parts.count == 2 ? Int(parts[1]) : whole, (0...whole).contains(written),
            parts.count == 1 || parts[1] == String(written)
        else { return nil }
        self.base = base
        length = written + (base.isV4 ? 96 : 0)
        guard contains(base), Self.masked(base, to: length) == base else { return nil }
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.isV4 == base.isV4 && Self.masked(address, to: length) == Self.masked(base, to: length)
    }

    private static func masked(_ address: IPAddress, to length: Int) -> IPAddress {
        func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits)) }
        return IPAddress(high: address.high & mask(length), low: address.low & mask(length - 64))
    }

    package var description: String { "\(base)/\(base.isV4 ? length - 96 : length)" }
}
