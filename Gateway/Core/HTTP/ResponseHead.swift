/// A response head as the parser understood it; like `RequestHead`, ranges into bytes that stay in place, and
/// one instance a connection.
package final class ResponseHead {
    package private(set) var byteCount = 0
    package private(set) var status = 0
    /// The reason phrase; empty where the upstream sent none.
    package private(set) var reason = ByteRange(0, 0)
    package private(set) var fields: [HeadField] = []
    package private(set) var framing = BodyFraming.none
    /// Whether the upstream's connection may serve another request.
    package private(set) var keepsAlive = true
    package private(set) var isHTTP10 = false
    package private(set) var contentType = -1
    package private(set) var cacheControl = -1
    package private(set) var hasDate = false
    /// Whether the body is a stream of server-sent events.
    package private(set) var isEventStream = false
    /// Whether `upgrade` is among the options of `Connection`.
    package private(set) var namesUpgrade = false

    package init() {}

    /// Interim: another head follows on the same exchange (RFC 9110 §15.2).
    package var isInformational: Bool { status < 200 }

    /// Reads `bytes[0..<end]`, which end with the first empty line. `method` is the request's, because the
    /// answer to HEAD has no body whatever it says.
    package func parse(
        _ bytes: Span<UInt8>, end: Int, method: RequestHead.Method, headerCount: Int
    ) throws(HeadFault) {
        fields.removeAll(keepingCapacity: true)
        byteCount = end
        contentType = -1
        cacheControl = -1
        hasDate = false
        isEventStream = false
        var cursor = try statusLine(bytes, end: end)
        var framing = FramingFields()
        while bytes[cursor] != ASCII.cr {
            guard bytes[cursor] != ASCII.lf else { throw .bareLineFeed }
            guard fields.count < headerCount else { throw .controlCharacter }
            var field = try FieldLine.parse(bytes, at: cursor, end: end)
            cursor = field.line.upper
            try note(&field, bytes, &framing)
            fields.append(field)
        }
        guard bytes[cursor &+ 1] == ASCII.lf else { throw .bareCarriageReturn }
        let hasNoBody = method == .head || status == 204 || status == 304 || status < 200
        do {
            let declared = try framing.settleResponse(isHTTP10: isHTTP10)
            self.framing = hasNoBody ? .none : declared
        } catch { throw error.headFault }
        if framing.hasConnectionOptions { dropNamedByConnection(bytes) }
        namesUpgrade = framing.namesUpgrade
        keepsAlive = isHTTP10 ? framing.keepAlive && !framing.close : !framing.close
        if self.framing == .untilClose { keepsAlive = false }
        // Who describes a body where none may be (RFC 9110 §8.6, RFC 9112 §6.1) may send it, too: what comes
        // next on that connection would be taken for the next answer.
        if status < 200 || status == 204, framing.announcesBody {
            guard !isInformational else { throw .badStatusLine }
            keepsAlive = false
        }
    }

    private func statusLine(_ bytes: Span<UInt8>, end: Int) throws(HeadFault) -> Int {
        guard end >= 15, bytes[0] == UInt8(ascii: "H"), bytes[1] == UInt8(ascii: "T"),
            bytes[2] == UInt8(ascii: "T"), bytes[3] == UInt8(ascii: "P"), bytes[4] == ASCII.slash,
            bytes[5] == UInt8(ascii: "1"), bytes[6] == ASCII.dot,
            bytes[7] == ASCII.zero || bytes[7] == UInt8(ascii: "1"), bytes[8] == ASCII.space,
            ASCII.isDigit(bytes[9]), ASCII.isDigit(bytes[10]),
            ASCII.isDigit(bytes[11])
        else { throw .badStatusLine }
        isHTTP10 = bytes[7] == ASCII.zero
        status =
            Int(bytes[9] &- ASCII.zero) * 100 + Int(bytes[10] &- ASCII.zero) * 10
            + Int(bytes[11] &- ASCII.zero)
        guard status >= 100 else { throw .badStatusLine }
        var cursor = 12
        // The space before the reason is not optional, but many leave it out with the reason.
        let hasReason = bytes[cursor] == ASCII.space
        if hasReason { cursor &+= 1 }
        let start = cursor
        while hasReason, ASCII.isFieldValue(bytes[cursor]) { cursor &+= 1 }
        guard bytes[cursor] == ASCII.cr, bytes[cursor &+ 1] == ASCII.lf else { throw .badStatusLine }
        reason = ByteRange(start, cursor)
        return cursor &+ 2
    }

    @inline(__always)
    private func note(
        _ field: inout HeadField, _ bytes: Span<UInt8>, _ framing: inout FramingFields
    ) throws(HeadFault) {
        let (known, underscored) = KnownField.find(bytes, field.name)
        if underscored { return }
        field.known = known
        switch known {
        case .contentLength, .transferEncoding, .connection:
            do { try framing.note(known, bytes, field.value) } catch { throw error.headFault }
            field.passes = false
        case .contentType:
            if contentType < 0 {
                contentType = fields.count
                isEventStream = Self.namesEvents(bytes, field.value)
            }
        case .cacheControl: if cacheControl < 0 { cacheControl = fields.count }
        case .date: hasDate = true
        case .setCookie:
            // Whoever could plant our cookie could make a browser act in a session of somebody else's choice.
            for name in CookieName.all where Credentials.setsCookie(bytes, field.value, named: name) {
                field.passes = false
            }
        case .rateLimit, .requestID, .traceparent, .identity: field.passes = false
        default: if known.isHopByHop { field.passes = false }
        }
    }

    private func dropNamedByConnection(_ bytes: Span<UInt8>) {
        for connection in fields where connection.known == .connection {
            bytes.forEachListElement(connection.value) { option in
                let text = bytes.string(option).lowercased()
                for index in fields.indices where fields[index].known == .other {
                    if bytes.string(fields[index].name).lowercased() == text { fields[index].passes = false }
                }
                return true
            }
        }
    }

    /// The declared length, also where the answer has no body (HEAD, 304), without the leading zeros that make
    /// it an octal number to some.
    package func declaredLength(in bytes: Span<UInt8>) -> ByteRange? {
        for field in fields where field.known == .contentLength {
            var lower = field.value.lower
            while lower &+ 1 < field.value.upper, bytes[lower] == ASCII.zero { lower &+= 1 }
            return ByteRange(lower, field.value.upper)
        }
        return nil
    }

    /// Whether the body is compressed or otherwise encoded, so that what it says cannot be read in passing.
    package func isEncoded(in bytes: Span<UInt8>) -> Bool {
        for field in fields where field.known == .other && bytes.equals(field.name, "content-encoding") {
            if !bytes.equals(field.value, "identity") { return true }
        }
        return false
    }

    /// Whether a media type is `text/event-stream`, with parameters or without.
    private static func namesEvents(_ bytes: Span<UInt8>, _ type: ByteRange) -> Bool {
        let length = 17
        guard type.count >= length,
            bytes.equals(ByteRange(type.lower, type.lower &+ length), "text/event-stream")
        else { return false }
        return type.count == length || !ASCII.isToken(bytes[type.lower &+ length])
    }

    /// Keeps the field at `index` from going on.
    package func drop(_ index: Int) {
        if index >= 0 { fields[index].passes = false }
    }
}

extension FramingFields.Fault {
    fileprivate var headFault: HeadFault {
        switch self {
        case .malformed(let fault): fault
        case .unsupportedCoding: .badTransferEncoding
        }
    }
}
