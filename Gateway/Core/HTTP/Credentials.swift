/// Where a request carries its session token or its API key, and how to take our cookie out of what goes on.
package enum Credentials {
    /// The token's characters in `Authorization: Bearer …`; nil where the value is not the shape of our
    /// tokens. Any number of spaces may follow the scheme (RFC 9110 §11.4).
    package static func bearer(_ bytes: Span<UInt8>, _ value: ByteRange) -> ByteRange? {
        guard let token = afterScheme(bytes, value, length: SessionToken.length) else { return nil }
        return isTokenShaped(bytes, token) ? token : nil
    }

    /// The token's characters in `Authorization: Bearer fgk_…`, the prefix included; nil where the value is
    /// not the shape of an API key.
    package static func key(_ bytes: Span<UInt8>, _ value: ByteRange) -> ByteRange? {
        guard let token = afterScheme(bytes, value, length: KeyToken.length) else { return nil }
        var start = token.lower
        for byte in KeyToken.prefix.utf8 {
            guard bytes[start] == byte else { return nil }
            start &+= 1
        }
        return isTokenShaped(bytes, ByteRange(start, token.upper)) ? token : nil
    }

    /// The last `length` bytes of a value that is `Bearer`, spaces, and they.
    private static func afterScheme(_ bytes: Span<UInt8>, _ value: ByteRange, length: Int) -> ByteRange? {
        let scheme = 7
        guard value.count >= scheme + length,
            bytes.equals(ByteRange(value.lower, value.lower + scheme), "bearer ")
        else { return nil }
        let token = ByteRange(value.upper - length, value.upper)
        for index in (value.lower + scheme)..<token.lower where bytes[index] != ASCII.space { return nil }
        return token
    }

    private static func isTokenShaped(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        guard range.count == SessionToken.length else { return false }
        for index in range.lower..<range.upper {
            let byte = bytes[index]
            let lower = byte | 0x20
            guard lower &- 0x61 < 26 || ASCII.isDigit(byte) || byte == ASCII.dash || byte == ASCII.underscore
            else {
                return false
            }
        }
        return true
    }

    /// Looks for the cookie called `name` in one `Cookie` line. `token` is its value where that has a
    /// token's shape.
    package static func cookie(
        _ bytes: Span<UInt8>, _ value: ByteRange, name: borrowing [UInt8]
    ) -> (isThere: Bool, token: ByteRange?) {
        var isThere = false
        var token: ByteRange?
        forEachPair(bytes, value) { pair in
            guard isCookie(bytes, pair, named: name) else { return }
            let candidate = ByteRange(pair.lower + name.count + 1, pair.upper)
            if !isThere, isTokenShaped(bytes, candidate) { token = candidate }
            isThere = true
        }
        return (isThere, token)
    }

    /// The value of the first cookie called `name` in one `Cookie` line, whatever it is; nil where there is
    /// none.
    package static func value(
        _ bytes: Span<UInt8>, _ value: ByteRange, ofCookie name: borrowing [UInt8]
    ) -> ByteRange? {
        var found: ByteRange?
        forEachPair(bytes, value) { pair in
            guard found == nil, isCookie(bytes, pair, named: name) else { return }
            found = ByteRange(pair.lower + name.count + 1, pair.upper)
        }
        return found
    }

    /// Calls `body` with each `name=value` of a `Cookie` line (RFC 6265 §4.2.1), trimmed.
    @inline(__always)
    package static func forEachPair(_ bytes: Span<UInt8>, _ value: ByteRange, _ body: (ByteRange) -> Void) {
        var start = value.lower
        while start < value.upper {
            var end = start
            while end < value.upper, bytes[end] != ASCII.semicolon { end &+= 1 }
            let pair = bytes.trimmed(ByteRange(start, end))
            if !pair.isEmpty { body(pair) }
            start = end &+ 1
        }
    }

    /// Whether `pair` is the cookie called `name`. Cookie names are case-sensitive.
    @inline(__always)
    package static func isCookie(_ bytes: Span<UInt8>, _ pair: ByteRange, named name: borrowing [UInt8])
        -> Bool
    {
        guard pair.count > name.count, bytes[pair.lower &+ name.count] == ASCII.equals else { return false }
        for offset in 0..<name.count where bytes[pair.lower &+ offset] != name[offset] { return false }
        return true
    }

    /// Whether a `Set-Cookie` value would make a browser send a cookie called `name`. Browsers trim the name,
    /// and send a cookie without one as its value alone (RFC 6265bis §5.6 and §5.8.3): `name =x` and `=name=x`
    /// count as well.
    package static func setsCookie(
        _ bytes: Span<UInt8>, _ value: ByteRange, named name: borrowing [UInt8]
    ) -> Bool {
        var end = value.lower
        while end < value.upper, bytes[end] != ASCII.semicolon { end &+= 1 }
        var pair = bytes.trimmed(ByteRange(value.lower, end))
        if !pair.isEmpty, bytes[pair.lower] == ASCII.equals {
            pair = bytes.trimmed(ByteRange(pair.lower &+ 1, pair.upper))
        }
        var nameEnd = pair.lower
        while nameEnd < pair.upper, bytes[nameEnd] != ASCII.equals { nameEnd &+= 1 }
        guard nameEnd < pair.upper else { return false }
        let written = bytes.trimmed(ByteRange(pair.lower, nameEnd))
        guard written.count == name.count else { return false }
        for offset in 0..<name.count where bytes[written.lower &+ offset] != name[offset] { return false }
        return true
    }
}
