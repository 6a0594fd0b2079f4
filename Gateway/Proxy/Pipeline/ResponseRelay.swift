import GatewayCore
import NIOCore

// The way back: the upstream's response head, written anew, and its body, under the client's backpressure.
extension ClientConnection {
    func readResponseHead(_ upstream: Wire, timeout: Duration) async throws(ForwardFault) {
        var scanner = HeadScanner()
        let limits = loop.settings.limits
        let deadline = Clock.monotonic + timeout.nanoseconds
        // Whether not a byte of an answer has come, not even of an interim one.
        var isUntouched = true
        while true {
            if upstream.inbound.readableBytes > 0 {
                isUntouched = false
                let inbound = upstream.inbound
                let bytes = inbound.readableBytesUInt8Span
                do {
                    if let end = try scanner.scan(
                        bytes, firstLine: limits.requestLine, headers: Self.responseHeaders)
                    {
                        try exchange.response.parse(
                            bytes, end: end, method: exchange.head.knownMethod,
                            headerCount: Self.responseFields)
                        guard exchange.response.isInformational else { return }
                        // Our client was told to continue by us; it has no use for other interim answers.
                        if exchange.response.status == 101 {
                            guard exchange.asksWebSocket,
                                WebSocketHandshake.isGranted(exchange.response, in: bytes)
                            else { throw ForwardFault.refused(.upstreamInvalid) }
                            return
                        }
                        try passOverInterim(upstream)
                        scanner.reset()
                        continue
                    }
                } catch { throw .refused(.upstreamInvalid) }
            }
            if upstream.inputEnded || upstream.isClosed {
                throw isUntouched && exchange.interimAnswers == 0 ? .stale : .refused(.upstreamInvalid)
            }
            if wire.isClosed { throw .refused(.clientClosed) }
            if await waiter.wait(until: deadline) { throw .refused(.upstreamTimeout) }
        }
    }

    /// Lets go of an interim answer's head, as long as they are not a flood.
    func passOverInterim(_ upstream: Wire) throws(ForwardFault) {
        exchange.interimAnswers += 1
        guard exchange.interimAnswers <= Self.mostInterimAnswers else { throw .refused(.upstreamInvalid) }
        upstream.consume(exchange.response.byteCount)
    }

    /// Interim answers in front of one response: none is of use to the client, so few are enough.
    static let mostInterimAnswers = 64

    /// What an upstream's head may be: more than a client's, because it sets cookies.
    static let responseHeaders = 64 << 10
    static let responseFields = 200

    /// Sends the response on; answers whether the upstream's connection is at a clean end.
    func relayResponse(_ upstream: Wire, target: Target, timeout: Duration) async throws(ForwardFault)
        -> Bool
    {
        let response = exchange.response
        let source = ResponseBody(response.framing, limits: loop.settings.limits)
        // HTTP/1.0 has no chunks: a body of unknown length ends with the connection.
        let isChunked: Bool
        switch response.framing {
        case .chunked, .untilClose:
            isChunked = !exchange.head.isHTTP10
            if exchange.head.isHTTP10 { exchange.keepsAlive = false }
        case .none, .length: isChunked = false
        }
        if loop.isDraining { exchange.keepsAlive = false }
        let events = response.isEventStream ? eventsOfAnswer(upstream) : nil
        var out = loop.borrowScratch()
        defer { loop.giveBack(&out) }
        writeResponseHead(into: &out, upstream.inbound, isChunked: isChunked, target: target)
        upstream.consume(response.byteCount)
        exchange.status = response.status
        if let events, !source.isOver {
            return try await relayEvents(
                source, after: &out, from: upstream, isChunked: isChunked, events: events)
        }
        return try await relayBody(
            source, after: &out, from: upstream, isChunked: isChunked, timeout: timeout)
    }

    private func writeResponseHead(
        into out: inout ByteBuffer, _ source: ByteBuffer, isChunked: Bool, target: Target
    ) {
        let response = exchange.response
        let bytes = source.readableBytesUInt8Span
        out.writeStaticString("HTTP/1.1 ")
        out.append(source, ByteRange(9, 12))
        out.writeInteger(ASCII.space)
        out.append(source, response.reason)
        out.appendCRLF()
        if !response.hasDate { out.writeBytes(loop.date.line(at: Clock.now)) }
        let mustBePrivate = target.require != .anonymous && settleCacheControl(bytes)
        out.appendPassing(response.fields, of: source)
        if mustBePrivate { writePrivateCacheControl(into: &out, source) }
        if isChunked {
            out.writeStaticString("Transfer-Encoding: chunked\r\n")
        } else if response.framing != .untilClose, response.framing != .chunked, response.status != 204,
            let length = response.declaredLength(in: bytes)
        {
            out.writeStaticString("Content-Length: ")
            out.append(source, length)
            out.appendCRLF()
        }
        writeCommonFields(into: &out)
    }

    /// Whether an answer to somebody in particular needs our `Cache-Control` so that no shared cache keeps
    /// it.
    private func settleCacheControl(_ bytes: Span<UInt8>) -> Bool {
        let response = exchange.response
        guard response.cacheControl >= 0 else { return true }
        var isPrivate = false
        for field in response.fields where field.known == .cacheControl {
            bytes.forEachListElement(field.value) { directive in
                if bytes.equals(directive, "private") || bytes.equals(directive, "no-store") {
                    isPrivate = true
                }
                return true
            }
        }
        guard !isPrivate else { return false }
        for index in response.fields.indices where response.fields[index].known == .cacheControl {
            response.drop(index)
        }
        return true
    }

    /// The upstream's own directives but those that speak to shared caches, and `private`.
    private func writePrivateCacheControl(into out: inout ByteBuffer, _ source: ByteBuffer) {
        let bytes = source.readableBytesUInt8Span
        out.writeStaticString("Cache-Control: ")
        for field in exchange.response.fields where field.known == .cacheControl {
            var kept: [ByteRange] = []
            bytes.forEachListElement(field.value) { directive in
                let name = ByteRange(directive.lower, min(directive.upper, directive.lower + 9))
                if !bytes.equals(directive, "public"), !bytes.equals(name, "s-maxage=") {
                    kept.append(directive)
                }
                return true
            }
            for directive in kept {
                out.append(source, directive)
                out.writeStaticString(", ")
            }
        }
        out.writeStaticString("private\r\n")
    }

    /// Moves the body from the upstream to the client, beginning with what `out` holds. No more than one
    /// read's worth and what the client's socket buffers is in memory at any time.
    private func relayBody(
        _ source: consuming ResponseBody, after out: inout ByteBuffer, from upstream: Wire, isChunked: Bool,
        timeout: Duration
    ) async throws(ForwardFault) -> Bool {
        while true {
            do throws(HeadFault) {
                try source.take(
                    from: upstream, isChunked: isChunked, into: &out, mostJoined: Self.joined
                ) {
                    sendAnswer($0)
                }
            } catch {
                throw .refused(.upstreamInvalid)
            }
            let isOver =
                source.isOver
                || (source.endsWithConnection && upstream.inputEnded && upstream.inbound.readableBytes == 0)
            if isOver {
                // A body that ends with its connection is whole only if the connection ended, not if it
                // broke.
                if upstream.hasFailed, !source.isOver { throw .refused(.upstreamInvalid) }
                if isChunked { out.writeStaticString("0\r\n\r\n") }
                if out.readableBytes > 0 { sendAnswer(out) }
                return source.isOver && exchange.response.keepsAlive
            }
            if out.readableBytes > 0 {
                sendAnswer(out)
                out.clear()
            }
            if wire.isClosed { throw .refused(.clientClosed) }
            if upstream.inputEnded, upstream.inbound.readableBytes == 0 { throw .refused(.upstreamInvalid) }
            while !wire.isWritable, !wire.isClosed {
                let deadline = Clock.monotonic + loop.settings.limits.idleTimeout.nanoseconds
                if await waiter.wait(until: deadline) { throw .refused(.tooSlow) }
            }
            if upstream.inbound.readableBytes == 0, !upstream.inputEnded, !wire.isClosed {
                if await waiter.wait(until: Clock.monotonic + timeout.nanoseconds) {
                    throw .refused(.upstreamTimeout)
                }
            }
        }
    }

    /// Sends a part of the response. From the first on a refusal comes too late.
    func sendAnswer(_ bytes: ByteBuffer) {
        exchange.hasAnswered = true
        wire.send(bytes)
    }
}
