/// The header that a load balancer sends before a connection's own bytes to say where the connection comes from
/// (HAProxy's "The PROXY protocol", versions 1 and 2), read strictly and without keeping anything: callers show
/// what has come so far, again, until it is enough.
package enum ProxyProtocol {
    /// Whom a header names.
    package enum Source: Sendable, Hashable {
        case address(IPAddress)
        /// The connection's own end: a health check of the balancer's (`LOCAL`), or a client of a kind that has no
        /// address (`UNKNOWN`, a Unix socket).
        case connection
    }

    package enum Step: Sendable, Hashable {
        case needsMore
        /// The header's `length` bytes are over; what follows is the connection's.
        case header(Source, length: Int)
    }

    package enum Fault: Error, Sendable, Hashable {
        case notProxyProtocol
        case tooLong
        case badVersion
        case badCommand
        case badFamily
        case badAddress
        case badTLV
    }

    /// The longest line of version 1, its CRLF included.
    package static let longestLine = 107
    /// The longest rest of a version 2 header: its addresses and what else the balancer says of the connection.
    package static let longestRest = 2_048

    /// What `bytes`, all that has come of the connection, say.
    package static func parse(_ bytes: Span<UInt8>) throws(Fault) -> Step {
        guard bytes.count > 0 else { return .needsMore }
        if bytes[0] == UInt8(ascii: "P") { return try parseLine(bytes) }
        return try parseBinary(bytes)
    }

    // MARK: Version 1

    private static func parseLine(_ bytes: Span<UInt8>) throws(Fault) -> Step {
        let prefix: StaticString = "PROXY "
        for index in 0..<min(bytes.count, 6) {
            // SAFETY: a StaticString's bytes live as long as the program, and it has six.
            guard bytes[index] == prefix.utf8Start[index] else { throw .notProxyProtocol }
        }
        var end = 0
        while end < bytes.count, bytes[end] != ASCII.cr {
            guard bytes[end] >= 0x20, bytes[end] < 0x7F else { throw .notProxyProtocol }
            end += 1
            guard end <= longestLine - 2 else { throw .tooLong }
        }
        guard end + 1 < bytes.count else { return .needsMore }
        guard bytes[end + 1] == ASCII.lf else { throw .notProxyProtocol }
        return .header(try source(ofLine: bytes.string(ByteRange(0, end))), length: end + 2)
    }

    private static func source(ofLine line: String) throws(Fault) -> Source {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2 else { throw .notProxyProtocol }
        if words[1] == "UNKNOWN" { return .connection }
        guard words[1] == "TCP4" || words[1] == "TCP6" else { throw .badFamily }
        guard words.count == 6, isPort(words[4]), isPort(words[5]) else { throw .badAddress }
        let isV6 = words[1] == "TCP6"
        for word in words[2...3] where word.contains(":") != isV6 { throw .badAddress }
        guard let source = IPAddress(words[2]), IPAddress(words[3]) != nil else { throw .badAddress }
        return .address(source)
    }

    private static func isPort(_ word: Substring) -> Bool {
        (1...5).contains(word.utf8.count) && word.utf8.allSatisfy(ASCII.isDigit)
            && (word == "0" || word.first != "0") && Int(word).map { $0 <= 65_535 } == true
    }

    // MARK: Version 2

    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    private static func parseBinary(_ bytes: Span<UInt8>) throws(Fault) -> Step {
        for index in 0..<min(bytes.count, signature.count) {
            guard bytes[index] == signature[index] else { throw .notProxyProtocol }
        }
        guard bytes.count >= 16 else { return .needsMore }
        guard bytes[12] >> 4 == 2 else { throw .badVersion }
        let rest = Int(bytes[14]) << 8 | Int(bytes[15])
        guard rest <= longestRest else { throw .tooLong }
        guard bytes.count >= 16 + rest else { return .needsMore }
        let end = 16 + rest
        switch bytes[12] & 0xF {
        case 0: return .header(.connection, length: end)
        case 1: break
        default: throw .badCommand
        }
        switch bytes[13] {
        case 0x00: return .header(.connection, length: end)
        case 0x11:
            try checkTLVs(bytes, from: 16 + 12, to: end)
            return .header(
                .address(IPAddress(v4: UInt32(truncatingIfNeeded: word(bytes, 16, 4)))), length: end)
        case 0x21:
            try checkTLVs(bytes, from: 16 + 36, to: end)
            let address = IPAddress(high: word(bytes, 16, 8), low: word(bytes, 24, 8))
            return .header(.address(address), length: end)
        case 0x31:
            try checkTLVs(bytes, from: 16 + 216, to: end)
            return .header(.connection, length: end)
        default: throw .badFamily
        }
    }

    private static func word(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in start..<(start + count) { word = word << 8 | UInt64(bytes[index]) }
        return word
    }

    /// What follows the addresses is type, length and value, over and over; nothing of it is needed here.
    private static func checkTLVs(_ bytes: Span<UInt8>, from start: Int, to end: Int) throws(Fault) {
        guard start <= end else { throw .badAddress }
        var cursor = start
        while cursor < end {
            guard cursor + 3 <= end else { throw .badTLV }
            cursor += 3 + (Int(bytes[cursor + 1]) << 8 | Int(bytes[cursor + 2]))
            guard cursor <= end else { throw .badTLV }
        }
    }
}
