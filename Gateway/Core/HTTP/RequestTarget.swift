/// The request target (RFC 9112 §3.2) and the host that a request is for.
package enum RequestTarget {
    /// Splits `target` into path and query, and decodes the path for matching.
    static func settle(_ bytes: Span<UInt8>, _ target: ByteRange, into head: RequestHead) throws(HeadFault) {
        var target = target
        if bytes[target.lower] != ASCII.slash {
            if target.count == 1, bytes[target.lower] == UInt8(ascii: "*"), head.knownMethod == .options {
                return
            }
            guard let path = pathOfAbsolute(bytes, target) else { throw .badTarget }
            target = path
        }
        var pathEnd = target.lower
        var needsDecoding = false
        var mayHoldDots = false
        while pathEnd < target.upper, bytes[pathEnd] != ASCII.question {
            let byte = bytes[pathEnd]
            if byte == ASCII.percent {
                needsDecoding = true
            } else if byte == ASCII.dot {
                mayHoldDots = true
            } else if byte == ASCII.slash {
                // `//a` is `/a` to a server that merges slashes, and then another route's.
                guard pathEnd == target.lower || bytes[pathEnd &- 1] != ASCII.slash else {
                    throw .emptySegment
                }
            } else if isDelimiterToSomeone(byte) {
                throw .badTarget
            }
            pathEnd &+= 1
        }
        head.target = target
        head.path = ByteRange(target.lower, pathEnd)
        head.query =
            pathEnd < target.upper ? ByteRange(pathEnd &+ 1, target.upper) : ByteRange(pathEnd, pathEnd)
        if needsDecoding {
            let decoded = try decode(bytes, head.path)
            guard !holdsDotSegment(decoded.span, ByteRange(0, decoded.count)) else { throw .dotSegments }
            head.decodedPath = decoded
        } else if mayHoldDots {
            guard !holdsDotSegment(bytes, head.path) else { throw .dotSegments }
        }
    }

    /// A backslash is a slash to some servers, so no path may hold one; the rest of RFC 3986's excluded
    /// characters have no business in a path either.
    private static func isDelimiterToSomeone(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            true
        default: false
        }
    }

    /// The path decoded once. An encoded slash, backslash or NUL could be read in two ways.
    private static func decode(_ bytes: Span<UInt8>, _ path: ByteRange) throws(HeadFault) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(path.count)
        var cursor = path.lower
        while cursor < path.upper {
            guard bytes[cursor] == ASCII.percent else {
                decoded.append(bytes[cursor])
                cursor &+= 1
                continue
            }
            guard cursor &+ 2 < path.upper, let high = ASCII.hexValue(bytes[cursor &+ 1]),
                let low = ASCII.hexValue(bytes[cursor &+ 2])
            else { throw .badPercentEncoding }
            let byte = high << 4 | low
            guard byte != 0, byte != ASCII.slash, byte != UInt8(ascii: "\\") else {
                throw .encodedDelimiter
            }
            decoded.append(byte)
            cursor &+= 3
        }
        return decoded
    }

    /// Whether a segment is `.` or `..`, with or without parameters (`..;x`).
    private static func holdsDotSegment(_ bytes: Span<UInt8>, _ path: ByteRange) -> Bool {
        var start = path.lower
        while start < path.upper {
            guard bytes[start] == ASCII.slash else {
                start &+= 1
                continue
            }
            start &+= 1
            var dots = start
            while dots < path.upper, bytes[dots] == ASCII.dot { dots &+= 1 }
            let endsThere =
                dots == path.upper || bytes[dots] == ASCII.slash || bytes[dots] == ASCII.semicolon
            if dots > start, dots - start <= 2, endsThere { return true }
        }
        return false
    }

    /// The path and query of `http://authority/…`; nil where it is not one.
    private static func pathOfAbsolute(_ bytes: Span<UInt8>, _ target: ByteRange) -> ByteRange? {
        guard let authority = authority(bytes, target), !authority.isEmpty, authority.upper < target.upper,
            bytes[authority.upper] == ASCII.slash
        else { return nil }
        return ByteRange(authority.upper, target.upper)
    }

    /// The authority of a target in absolute form; nil in other forms.
    static func authority(_ bytes: Span<UInt8>, of head: RequestHead) -> ByteRange? {
        // The target's range was narrowed to its path; what stands between the method and it is the rest.
        let start = head.method.upper &+ 1
        guard !head.target.isEmpty, head.target.lower > start else { return nil }
        return authority(bytes, ByteRange(start, head.target.upper))
    }

    private static func authority(_ bytes: Span<UInt8>, _ target: ByteRange) -> ByteRange? {
        var start = target.lower
        if target.count > 7, bytes.equals(ByteRange(start, start &+ 7), "http://") {
            start &+= 7
        } else if target.count > 8, bytes.equals(ByteRange(start, start &+ 8), "https://") {
            start &+= 8
        } else {
            return nil
        }
        var end = start
        while end < target.upper, bytes[end] != ASCII.slash, bytes[end] != ASCII.question { end &+= 1 }
        return ByteRange(start, end)
    }

    /// Whether `range` is a host with an optional port: a registered name, an IPv4 address or an IPv6 address
    /// in brackets (RFC 3986 §3.2.2), without user information.
    static func isHost(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        guard !range.isEmpty, range.count <= 255 + 6 else { return false }
        var cursor = range.lower
        if bytes[cursor] == UInt8(ascii: "[") {
            cursor &+= 1
            let start = cursor
            while cursor < range.upper,
                ASCII.hexValue(bytes[cursor]) != nil || bytes[cursor] == ASCII.colon
                    || bytes[cursor] == ASCII.dot
            { cursor &+= 1 }
            guard cursor > start, cursor < range.upper, bytes[cursor] == UInt8(ascii: "]") else {
                return false
            }
            cursor &+= 1
        } else {
            while cursor < range.upper, isNameCharacter(bytes[cursor]) { cursor &+= 1 }
            guard cursor > range.lower else { return false }
        }
        guard cursor < range.upper else { return true }
        guard bytes[cursor] == ASCII.colon, range.upper - cursor <= 6 else { return false }
        for index in (cursor &+ 1)..<range.upper where !ASCII.isDigit(bytes[index]) { return false }
        return true
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower &- 0x61 < 26 || ASCII.isDigit(byte) || byte == ASCII.dash || byte == ASCII.dot
            || byte == ASCII.underscore
    }
}
