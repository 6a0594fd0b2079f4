import GatewayCore
import NIOCore

extension ByteBuffer {
    /// Appends `length` of `source`'s readable bytes, from `offset` on.
    @inline(__always)
    mutating func append(_ source: borrowing ByteBuffer, _ range: ByteRange) {
        writeBytes(source.readableBytesSpan.extracting(range.lower..<range.upper))
    }

    /// Appends the lines of `fields` that pass, neighbours in one piece.
    @inline(__always)
    mutating func appendPassing(_ fields: borrowing [HeadField], of source: borrowing ByteBuffer) {
        var start = -1
        var end = -1
        for index in 0..<fields.count where fields[index].passes {
            let line = fields[index].line
            if line.lower == end {
                end = line.upper
                continue
            }
            if start >= 0 { append(source, ByteRange(start, end)) }
            start = line.lower
            end = line.upper
        }
        if start >= 0 { append(source, ByteRange(start, end)) }
    }

    mutating func appendDecimal(_ number: Int) {
        if number >= 10 { appendDecimal(number / 10) }
        writeInteger(ASCII.zero &+ UInt8(truncatingIfNeeded: number % 10))
    }

    @inline(__always)
    mutating func appendCRLF() { writeInteger(UInt16(0x0D0A)) }
}

// What goes out: heads are put together from the lines that came in and the few that are ours, in one buffer.
extension ClientConnection {
    /// The head that the upstream gets.
    func writeRequestHead(
        into out: inout ByteBuffer, upstream: UpstreamSettings, assertion: [UInt8]?
    ) {
        let head = exchange.head
        let source = wire.inbound
        out.append(source, head.method)
        out.writeInteger(ASCII.space)
        if head.target.isEmpty {
            out.writeInteger(UInt8(ascii: "*"))
        } else {
            out.append(source, head.target)
        }
        out.writeStaticString(" HTTP/1.1\r\nHost: ")
        if head.host.isEmpty {
            out.writeString(upstream.addresses.first?.description ?? upstream.name)
        } else {
            out.append(source, head.host)
        }
        out.appendCRLF()
        settleCookies(source)
        out.appendPassing(head.fields, of: source)
        writeRewrittenCookies(into: &out, source)
        switch head.framing {
        case .length(let length):
            out.writeStaticString("Content-Length: ")
            out.appendDecimal(length)
            out.appendCRLF()
        case .chunked: out.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        if exchange.asksWebSocket { out.writeStaticString("Connection: Upgrade\r\nUpgrade: websocket\r\n") }
        writeForwarding(into: &out, source)
        out.writeStaticString("X-Request-ID: ")
        out.writeBytes(exchange.idText)
        out.writeStaticString("\r\ntraceparent: ")
        out.writeBytes(exchange.traceText)
        if let assertion {
            out.writeStaticString("\r\nX-Fillgate-Assertion: ")
            out.writeBytes(assertion)
        }
        out.writeStaticString("\r\n\r\n")
    }

    /// Marks the `Cookie` lines that hold a cookie of ours: they are written anew without it.
    private func settleCookies(_ source: borrowing ByteBuffer) {
        let head = exchange.head
        guard head.cookie >= 0 else { return }
        let bytes = source.readableBytesUInt8Span
        for index in head.fields.indices where head.fields[index].known == .cookie {
            for name in CookieName.all
            where Credentials.cookie(bytes, head.fields[index].value, name: name).isThere {
                head.drop(index)
            }
        }
    }

    private func writeRewrittenCookies(into out: inout ByteBuffer, _ source: borrowing ByteBuffer) {
        let head = exchange.head
        guard head.cookie >= 0 else { return }
        for field in head.fields where field.known == .cookie && !field.passes {
            let bytes = source.readableBytesUInt8Span
            var kept: [ByteRange] = []
            Credentials.forEachPair(bytes, field.value) { pair in
                for name in CookieName.all where Credentials.isCookie(bytes, pair, named: name) { return }
                kept.append(pair)
            }
            guard !kept.isEmpty else { continue }
            out.writeStaticString("Cookie: ")
            for (index, pair) in kept.enumerated() {
                if index > 0 { out.writeStaticString("; ") }
                out.append(source, pair)
            }
            out.appendCRLF()
        }
    }

    /// The fields that every answer carries, whoever made it, up to and including the empty line.
    func writeCommonFields(into out: inout ByteBuffer) {
        writeNames(into: &out)
        if !exchange.keepsAlive {
            out.writeStaticString("\r\nConnection: close\r\n\r\n")
        } else if exchange.head.isHTTP10 {
            out.writeStaticString("\r\nConnection: keep-alive\r\n\r\n")
        } else {
            out.writeStaticString("\r\n\r\n")
        }
    }

    /// Those of them that do not speak of the connection, without the last CRLF.
    func writeNames(into out: inout ByteBuffer) {
        if !exchange.limitItems.isEmpty, let target = exchange.target {
            out.writeStaticString("RateLimit-Policy: ")
            out.writeBytes(target.policyHeader)
            out.writeStaticString("\r\nRateLimit: ")
            out.writeBytes(exchange.limitItems)
            out.appendCRLF()
        }
        out.writeStaticString("X-Request-ID: ")
        out.writeBytes(exchange.idText)
        out.writeStaticString("\r\ntraceparent: ")
        out.writeBytes(exchange.traceText)
    }
}
