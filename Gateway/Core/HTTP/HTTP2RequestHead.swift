/// Makes the head of a strict HTTP/1.1 request out of the fields of an HTTP/2 request (RFC 9113 §8.3), or says
/// what is wrong with them. What it lets pass one way only can be read in one way only; the parser of HTTP/1.1
/// heads looks at the result again, like at any other.
package struct HTTP2RequestHead: Sendable {
    package enum Fault: Error, Sendable, Hashable {
        case unknownPseudoField, repeatedPseudoField, pseudoFieldAfterField, missingPseudoField
        case badMethod, badScheme, badPath, badAuthority
        case hostMismatch, repeatedHost, missingHost
        case badName, badValue, connectionField, badTE
        case badContentLength, repeatedContentLength, lengthWithoutBody
    }

    private var method = ""
    private var scheme = ""
    private var path = ""
    private var authority: String?
    private var host: String?
    private var hasFields = false
    private var cookies: [UInt8] = []
    private var lines: [UInt8] = []
    /// Bytes that the body will have, where the request says so.
    package private(set) var contentLength: Int?

    package init() {}

    /// Takes one field, in the order in which they were sent.
    package mutating func add(_ name: String, _ value: String) throws(Fault) {
        guard let first = name.utf8.first else { throw .badName }
        guard Self.isValue(value) else { throw .badValue }
        if first == ASCII.colon {
            guard !hasFields else { throw .pseudoFieldAfterField }
            return try addPseudo(name, value)
        }
        hasFields = true
        for byte in name.utf8 where !ASCII.isToken(byte) || byte != ASCII.lowercased(byte) { throw .badName }
        switch name {
        case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "http2-settings":
            throw .connectionField
        case "te":
            // For the next hop alone, and there it means nothing to us.
            guard value == "trailers" else { throw .badTE }
        case "host":
            guard host == nil else { throw .repeatedHost }
            host = value
        case "content-length":
            guard contentLength == nil else { throw .repeatedContentLength }
            contentLength = try Self.decimal(value)
        case "cookie":
            // Split for the sake of compression (RFC 9113 §8.2.3).
            if !cookies.isEmpty { cookies += [ASCII.semicolon, ASCII.space] }
            cookies += value.utf8
        default: append(name.utf8, value.utf8)
        }
    }

    private mutating func addPseudo(_ name: String, _ value: String) throws(Fault) {
        switch name {
        case ":method":
            guard method.isEmpty else { throw .repeatedPseudoField }
            guard !value.isEmpty, value.utf8.allSatisfy(ASCII.isToken), value != "CONNECT" else {
                throw .badMethod
            }
            method = value
        case ":scheme":
            guard scheme.isEmpty else { throw .repeatedPseudoField }
            guard value == "https" || value == "http" else { throw .badScheme }
            scheme = value
        case ":path":
            guard path.isEmpty else { throw .repeatedPseudoField }
            guard value.utf8.first == ASCII.slash || value == "*", value.utf8.allSatisfy(ASCII.isTarget)
            else {
                throw .badPath
            }
            path = value
        case ":authority":
            guard authority == nil else { throw .repeatedPseudoField }
            guard !value.isEmpty, value.utf8.allSatisfy({ ASCII.isTarget($0) && $0 != UInt8(ascii: "@") })
            else { throw .badAuthority }
            authority = value
        default: throw .unknownPseudoField
        }
    }

    private mutating func append(_ name: some Sequence<UInt8>, _ value: some Sequence<UInt8>) {
        lines += name
        lines += [ASCII.colon, ASCII.space]
        lines += value
        lines += [ASCII.cr, ASCII.lf]
    }

    /// The head's bytes. `endsStream` says that no body follows; a body of unknown length is to follow in
    /// chunks.
    package consuming func bytes(endsStream: Bool) throws(Fault) -> [UInt8] {
        guard !method.isEmpty, !scheme.isEmpty, !path.isEmpty else { throw .missingPseudoField }
        guard path != "*" || method == "OPTIONS" else { throw .badPath }
        if endsStream, let contentLength, contentLength > 0 { throw .lengthWithoutBody }
        var head: [UInt8] = []
        head.reserveCapacity(lines.count + cookies.count + path.utf8.count + 128)
        head += method.utf8
        head.append(ASCII.space)
        head += path.utf8
        head += " HTTP/1.1\r\nHost: ".utf8
        head += try settledHost().utf8
        head += [ASCII.cr, ASCII.lf]
        head += lines
        if !cookies.isEmpty {
            head += "cookie: ".utf8
            head += cookies
            head += [ASCII.cr, ASCII.lf]
        }
        if let contentLength {
            head += "content-length: \(contentLength)\r\n".utf8
        } else if !endsStream {
            head += "transfer-encoding: chunked\r\n".utf8
        }
        head += [ASCII.cr, ASCII.lf]
        return head
    }

    /// Both may name the host if they agree (RFC 9113 §8.3.1).
    private func settledHost() throws(Fault) -> String {
        guard let authority else {
            guard let host, !host.isEmpty else { throw .missingHost }
            return host
        }
        if let host {
            let isSame = host.utf8.map(ASCII.lowercased) == authority.utf8.map(ASCII.lowercased)
            guard isSame else { throw .hostMismatch }
        }
        return authority
    }

    /// Whether a value holds nothing that ends a line, and no white space at its ends (RFC 9113 §8.2.1).
    private static func isValue(_ value: String) -> Bool {
        guard let first = value.utf8.first, let last = value.utf8.last else { return true }
        for end in [first, last] where end == ASCII.space || end == ASCII.htab { return false }
        return value.utf8.allSatisfy(ASCII.isFieldValue)
    }

    private static func decimal(_ text: String) throws(Fault) -> Int {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy(ASCII.isDigit),
            let number = Int(text)
        else { throw .badContentLength }
        return number
    }
}
