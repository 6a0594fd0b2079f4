/// Character classes of HTTP's grammar (RFC 9110 §5.6, RFC 3986 §2), as bit sets of 256 bits.
package enum ASCII {
    package static let htab = UInt8(ascii: "\t")
    package static let lf = UInt8(ascii: "\n")
    package static let cr = UInt8(ascii: "\r")
    package static let space = UInt8(ascii: " ")
    package static let colon = UInt8(ascii: ":")
    package static let comma = UInt8(ascii: ",")
    package static let semicolon = UInt8(ascii: ";")
    package static let slash = UInt8(ascii: "/")
    package static let question = UInt8(ascii: "?")
    package static let percent = UInt8(ascii: "%")
    package static let dash = UInt8(ascii: "-")
    package static let underscore = UInt8(ascii: "_")
    package static let dot = UInt8(ascii: ".")
    package static let equals = UInt8(ascii: "=")
    package static let zero = UInt8(ascii: "0")

    /// `tchar`: the characters of a method, a header name and a token.
    @inline(__always)
    package static func isToken(_ byte: UInt8) -> Bool {
        contains(byte, 0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE, 0, 0)
    }

    /// The characters of a header value: visible ASCII, space, tab and obs-text.
    @inline(__always)
    package static func isFieldValue(_ byte: UInt8) -> Bool {
        contains(byte, 0xFFFF_FFFF_0000_0200, 0x7FFF_FFFF_FFFF_FFFF, .max, .max)
    }

    /// What may stand in a request target: RFC 3986's characters but `#`, and those that browsers send
    /// unencoded in a query (`"<>[]^{|}\` and the backquote are refused in a path by the path check).
    @inline(__always)
    package static func isTarget(_ byte: UInt8) -> Bool {
        contains(byte, 0xFFFF_FFF6_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0, 0)
    }

    @inline(__always)
    package static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    package static func hexValue(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let lower = byte | 0x20
        return lower &- 0x61 < 6 ? lower &- 0x61 &+ 10 : nil
    }

    /// `A` to `Z` in lower case; every other byte as it is.
    @inline(__always)
    package static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    @inline(__always)
    private static func contains(
        _ byte: UInt8, _ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64
    ) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: first
            case 1: second
            case 2: third
            default: fourth
            }
        return word >> UInt64(byte & 63) & 1 == 1
    }
}

/// A stretch of a message head, in bytes from its beginning.
package struct ByteRange: Sendable, Hashable {
    package var start: Int32
    package var end: Int32

    @inline(__always)
    package init(_ start: Int, _ end: Int) {
        self.start = Int32(truncatingIfNeeded: start)
        self.end = Int32(truncatingIfNeeded: end)
    }

    @inline(__always) package var lower: Int { Int(start) }
    @inline(__always) package var upper: Int { Int(end) }
    @inline(__always) package var count: Int { Int(end &- start) }
    @inline(__always) package var isEmpty: Bool { start == end }
}

extension Span where Element == UInt8 {
    /// Whether `range` holds `text`, ASCII letters compared without case. `text` is in lower case.
    package func equals(_ range: ByteRange, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        // SAFETY: a StaticString's bytes live as long as the program, and the count was just compared.
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        for offset in 0..<expected.count
        where ASCII.lowercased(self[range.lower &+ offset]) != expected[offset] { return false }
        return true
    }

    /// The bytes of `range` as text; invalid UTF-8 becomes U+FFFD.
    package func string(_ range: ByteRange) -> String {
        String(decoding: array(range), as: UTF8.self)
    }

    package func array(_ range: ByteRange) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range.lower..<range.upper { bytes.append(self[index]) }
        return bytes
    }

    /// `range` without spaces and tabs at its ends.
    @inline(__always)
    package func trimmed(_ range: ByteRange) -> ByteRange {
        var lower = range.lower
        var upper = range.upper
        while lower < upper, self[lower] == ASCII.space || self[lower] == ASCII.htab { lower &+= 1 }
        while lower < upper, self[upper &- 1] == ASCII.space || self[upper &- 1] == ASCII.htab { upper &-= 1 }
        return ByteRange(lower, upper)
    }

    /// Calls `body` with each element of a comma-separated list (RFC 9110 §5.6.1), trimmed, empty ones
    /// passed over, until it answers false.
    @inline(__always)
    package func forEachListElement(_ range: ByteRange, _ body: (ByteRange) -> Bool) {
        var start = range.lower
        while start <= range.upper {
            var end = start
            while end < range.upper, self[end] != ASCII.comma { end &+= 1 }
            let element = trimmed(ByteRange(start, end))
            if !element.isEmpty, !body(element) { return }
            start = end &+ 1
        }
    }

    /// The last element of a comma-separated list that is not empty, trimmed.
    package func lastListElement(_ range: ByteRange) -> ByteRange? {
        var last: ByteRange?
        forEachListElement(range) { element in
            last = element
            return true
        }
        return last
    }
}
