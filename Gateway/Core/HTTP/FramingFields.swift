/// What `Content-Length`, `Transfer-Encoding` and `Connection` say together about a message: the rules that
/// request smuggling bends, in one place (RFC 9112 §6).
package struct FramingFields: Sendable {
    private var length: Int?
    private var isChunked = false
    private var hasTransferEncoding = false
    package private(set) var close = false
    package private(set) var keepAlive = false
    package private(set) var namesUpgrade = false
    /// Whether `Connection` names anything but `close`, `keep-alive` and `upgrade`.
    package private(set) var hasConnectionOptions = false

    package init() {}

    /// Whether a body of at least a byte is described.
    package var announcesBody: Bool { hasTransferEncoding || length ?? 0 > 0 }

    package enum Fault: Error, Sendable {
        case malformed(HeadFault)
        case unsupportedCoding

        /// What a request with this fault gets.
        package var refusal: Refusal {
            switch self {
            case .malformed(let fault): .malformed(fault)
            case .unsupportedCoding: .unsupportedTransferCoding
            }
        }
    }

    /// Takes one of the three fields. Repeating `Content-Length` or `Transfer-Encoding` is a fault even where
    /// the values agree.
    package mutating func note(
        _ field: KnownField, _ bytes: Span<UInt8>, _ value: ByteRange
    ) throws(Fault) {
        switch field {
        case .contentLength:
            guard length == nil else { throw .malformed(.repeatedContentLength) }
            guard !Self.touchesTab(bytes, value) else { throw .malformed(.badContentLength) }
            length = try Self.decimal(bytes, value)
        case .transferEncoding:
            guard !hasTransferEncoding else { throw .malformed(.badTransferEncoding) }
            hasTransferEncoding = true
            guard !Self.touchesTab(bytes, value) else { throw .malformed(.badTransferEncoding) }
            if bytes.equals(value, "chunked") {
                isChunked = true
            } else {
                throw Self.codingFault(bytes, value)
            }
        case .connection:
            var others = false
            var closes = false
            var keeps = false
            var upgrades = false
            bytes.forEachListElement(value) { option in
                if bytes.equals(option, "close") {
                    closes = true
                } else if bytes.equals(option, "keep-alive") {
                    keeps = true
                } else if bytes.equals(option, "upgrade") {
                    upgrades = true
                } else {
                    others = true
                }
                return true
            }
            close = close || closes
            keepAlive = keepAlive || keeps
            namesUpgrade = namesUpgrade || upgrades
            hasConnectionOptions = hasConnectionOptions || others
        default: break
        }
    }

    /// Whether a tab is among the white space around a value. The grammar has it there (RFC 9110 §5.6.3), and
    /// some parsers take it for a part of the value: to them the body is framed otherwise.
    private static func touchesTab(_ bytes: Span<UInt8>, _ value: ByteRange) -> Bool {
        var index = value.upper
        while bytes[index] == ASCII.space { index &+= 1 }
        if bytes[index] == ASCII.htab { return true }
        index = value.lower &- 1
        while bytes[index] == ASCII.space { index &-= 1 }
        return bytes[index] == ASCII.htab
    }

    /// One to eighteen digits and nothing else: no sign, no list, no space inside.
    private static func decimal(_ bytes: Span<UInt8>, _ value: ByteRange) throws(Fault) -> Int {
        guard (1...18).contains(value.count) else { throw .malformed(.badContentLength) }
        var number = 0
        for index in value.lower..<value.upper {
            guard ASCII.isDigit(bytes[index]) else { throw .malformed(.badContentLength) }
            number = number &* 10 &+ Int(bytes[index] &- ASCII.zero)
        }
        return number
    }

    /// A known way of writing `chunked` strangely is malformed; a coding that we do not have is 501.
    private static func codingFault(_ bytes: Span<UInt8>, _ value: ByteRange) -> Fault {
        var chunked = 0
        var others = 0
        var isToken = true
        bytes.forEachListElement(value) { coding in
            if bytes.equals(coding, "chunked") { chunked += 1 } else { others += 1 }
            for index in coding.lower..<coding.upper where !ASCII.isToken(bytes[index]) { isToken = false }
            return true
        }
        return isToken && others > 0 && chunked <= 1 ? .unsupportedCoding : .malformed(.badTransferEncoding)
    }

    /// The framing of a request.
    package func settle(isHTTP10: Bool) throws(Fault) -> BodyFraming {
        if hasTransferEncoding {
            guard !isHTTP10 else { throw .malformed(.transferEncodingInHTTP10) }
            guard length == nil else { throw .malformed(.lengthWithTransferEncoding) }
            return .chunked
        }
        return length.map(BodyFraming.length) ?? .none
    }

    /// The framing of a response that has a body (RFC 9112 §6.3). Here, too, both fields at once are a fault.
    package func settleResponse(isHTTP10: Bool) throws(Fault) -> BodyFraming {
        let framing = try settle(isHTTP10: isHTTP10)
        return framing == .none ? .untilClose : framing
    }
}
