/// Reads a whole request head, strictly (RFC 9110, RFC 9112): whatever two parsers could understand in two
/// ways is refused. Held against NIOHTTP1's parser by a differential test: what this accepts, that accepts
/// and reads in the same way.
package enum RequestHeadParser {
    /// Fills `head` from `bytes[0..<end]`, which end with the first empty line.
    package static func parse(
        _ bytes: Span<UInt8>, end: Int, limits: borrowing ConnectionLimits, into head: RequestHead
    ) throws(Refusal) {
        head.reset()
        head.byteCount = end
        var cursor = try requestLine(bytes, end: end, into: head)
        var framing = FramingFields()
        var hostCount = 0
        while true {
            if bytes[cursor] == ASCII.cr || bytes[cursor] == ASCII.lf {
                guard bytes[cursor] == ASCII.cr else { throw .malformed(.bareLineFeed) }
                guard bytes[cursor &+ 1] == ASCII.lf else { throw .malformed(.bareCarriageReturn) }
                // Whoever found the end and whoever reads the lines must mean the same empty line.
                guard cursor &+ 2 == end else { throw .malformed(.badRequestLine) }
                break
            }
            guard head.fields.count < limits.headerCount else { throw .headersTooLarge }
            var field: HeadField
            do { field = try FieldLine.parse(bytes, at: cursor, end: end) } catch {
                throw .malformed(error)
            }
            cursor = field.line.upper
            try note(&field, in: bytes, of: head, framing: &framing, hostCount: &hostCount)
            head.fields.append(field)
        }
        try settleHost(bytes, head, count: hostCount)
        do { head.framing = try framing.settle(isHTTP10: head.isHTTP10) } catch { throw error.refusal }
        if framing.hasConnectionOptions { dropNamedByConnection(bytes, head) }
        head.namesUpgrade = framing.namesUpgrade
        head.keepsAlive = head.isHTTP10 ? framing.keepAlive && !framing.close : !framing.close
    }

    /// The request line; answers where the header section begins.
    private static func requestLine(
        _ bytes: Span<UInt8>, end: Int, into head: RequestHead
    ) throws(Refusal) -> Int {
        var cursor = 0
        while ASCII.isToken(bytes[cursor]) { cursor &+= 1 }
        guard cursor > 0, cursor <= 32, bytes[cursor] == ASCII.space else { throw .malformed(.badMethod) }
        head.method = ByteRange(0, cursor)
        head.knownMethod = method(bytes, head.method)
        let start = cursor &+ 1
        cursor = start
        while ASCII.isTarget(bytes[cursor]) { cursor &+= 1 }
        guard cursor > start, bytes[cursor] == ASCII.space else { throw .malformed(.badTarget) }
        let target = ByteRange(start, cursor)
        cursor &+= 1
        guard end - cursor >= 10, bytes.equals(ByteRange(cursor, cursor &+ 5), "http/"),
            bytes[cursor] == UInt8(ascii: "H"), bytes[cursor &+ 1] == UInt8(ascii: "T"),
            bytes[cursor &+ 2] == UInt8(ascii: "T"), bytes[cursor &+ 3] == UInt8(ascii: "P"),
            ASCII.isDigit(bytes[cursor &+ 5]), bytes[cursor &+ 6] == ASCII.dot,
            ASCII.isDigit(bytes[cursor &+ 7])
        else { throw .malformed(.badVersion) }
        guard bytes[cursor &+ 5] == UInt8(ascii: "1"), bytes[cursor &+ 7] <= UInt8(ascii: "1") else {
            throw .unsupportedVersion
        }
        head.isHTTP10 = bytes[cursor &+ 7] == ASCII.zero
        cursor &+= 8
        guard bytes[cursor] == ASCII.cr, bytes[cursor &+ 1] == ASCII.lf else {
            throw .malformed(bytes[cursor] == ASCII.lf ? .bareLineFeed : .badRequestLine)
        }
        do { try RequestTarget.settle(bytes, target, into: head) } catch { throw .malformed(error) }
        return cursor &+ 2
    }

    private static func method(_ bytes: Span<UInt8>, _ range: ByteRange) -> RequestHead.Method {
        // Methods are case-sensitive: `get` is not GET.
        func isExactly(_ text: StaticString) -> Bool {
            guard bytes.equals(range, text) else { return false }
            for index in range.lower..<range.upper where bytes[index] & 0x20 != 0 { return false }
            return true
        }
        switch range.count {
        case 3: return isExactly("get") ? .get : isExactly("put") ? .put : .other
        case 4: return isExactly("post") ? .post : isExactly("head") ? .head : .other
        case 5: return isExactly("patch") ? .patch : isExactly("trace") ? .trace : .other
        case 6: return isExactly("delete") ? .delete : .other
        case 7: return isExactly("options") ? .options : isExactly("connect") ? .connect : .other
        default: return .other
        }
    }

    /// Takes note of a field that means something here, and decides whether it goes on.
    @inline(__always)
    private static func note(
        _ field: inout HeadField, in bytes: Span<UInt8>, of head: RequestHead,
        framing: inout FramingFields, hostCount: inout Int
    ) throws(Refusal) {
        let (known, underscored) = KnownField.find(bytes, field.name)
        if underscored {
            field.passes = !known.isDangerousWithUnderscore
            return
        }
        field.known = known
        field.passes = !known.isHopByHop && !known.isOurs
        let index = head.fields.count
        func first(_ slot: Int) -> Int { slot < 0 ? index : slot }
        switch known {
        case .other, .keepAlive, .te, .trailer, .proxyConnection, .proxyAuthenticate,
            .proxyAuthorization, .identity, .xForwardedOther, .acceptEncoding, .rateLimit, .cacheControl,
            .date,
            .setCookie:
            break
        case .contentLength, .transferEncoding, .connection:
            do { try framing.note(known, bytes, field.value) } catch { throw error.refusal }
            if known == .contentLength { field.passes = false }
        case .host:
            hostCount += 1
            head.host = field.value
            field.passes = false
        case .expect:
            guard bytes.equals(field.value, "100-continue") else { throw .malformed(.badExpectation) }
            head.expectsContinue = true
            field.passes = false
        case .upgrade: head.upgrade = first(head.upgrade)
        case .cookie: head.cookie = first(head.cookie)
        case .authorization:
            head.repeatsAuthorization = head.authorization >= 0
            head.authorization = first(head.authorization)
        case .forwarded: head.forwarded = first(head.forwarded)
        case .xForwardedFor:
            head.forwardedFor = first(head.forwardedFor)
            head.forwardedForCount += 1
        case .xForwardedProto: head.forwardedProto = first(head.forwardedProto)
        case .requestID: head.requestID = first(head.requestID)
        case .traceparent:
            head.traceparent = first(head.traceparent)
            field.passes = false
        case .origin: head.origin = first(head.origin)
        case .secFetchSite: head.secFetchSite = first(head.secFetchSite)
        case .secFetchMode: head.secFetchMode = first(head.secFetchMode)
        case .accept: head.accept = first(head.accept)
        case .contentType: head.contentType = first(head.contentType)
        case .userAgent: head.userAgent = first(head.userAgent)
        }
    }

    /// Exactly one `Host` in HTTP/1.1, at most one in HTTP/1.0, equal to an absolute target's authority
    /// (RFC 9112 §3.2).
    private static func settleHost(_ bytes: Span<UInt8>, _ head: RequestHead, count: Int) throws(Refusal) {
        guard count <= 1 else { throw .malformed(.repeatedHost) }
        guard count == 1 || head.isHTTP10 else { throw .malformed(.missingHost) }
        guard RequestTarget.isHost(bytes, head.host) || (head.isHTTP10 && head.host.isEmpty) else {
            throw .malformed(.badHost)
        }
        guard let authority = RequestTarget.authority(bytes, of: head) else { return }
        guard authority.count == head.host.count else { throw .malformed(.hostMismatch) }
        for offset in 0..<authority.count {
            let left = ASCII.lowercased(bytes[authority.lower &+ offset])
            let right = ASCII.lowercased(bytes[head.host.lower &+ offset])
            guard left == right else { throw .malformed(.hostMismatch) }
        }
    }

    /// Drops the fields that `Connection` names (RFC 9110 §7.6.1). Fields that the gateway itself relies on
    /// are not droppable by a client's word.
    private static func dropNamedByConnection(_ bytes: Span<UInt8>, _ head: RequestHead) {
        for connection in head.fields where connection.known == .connection {
            bytes.forEachListElement(connection.value) { option in
                for index in head.fields.indices where head.fields[index].known == .other {
                    let name = head.fields[index].name
                    guard name.count == option.count else { continue }
                    var isSame = true
                    for offset in 0..<name.count {
                        let left = ASCII.lowercased(bytes[name.lower &+ offset])
                        if left != ASCII.lowercased(bytes[option.lower &+ offset]) { isSame = false }
                    }
                    if isSame { head.fields[index].passes = false }
                }
                return true
            }
        }
    }
}
