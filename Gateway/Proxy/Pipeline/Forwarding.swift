import GatewayCore
import NIOCore
import ServiceCore

// The exchange with an upstream: request head and body one way, response head and body the other, under backpressure.
extension ClientConnection {
    func forward(to pool: UpstreamPool, target: Target, sendsAssertion: Bool) async throws(Refusal) {
        let begin = Clock.monotonic
        defer { exchange.upstreamTime &+= Clock.monotonic - begin }
        let assertion = sendsAssertion ? try signAssertion(for: pool.settings.name) : nil
        var body = RequestBody(exchange.head.framing, limit: target.bodyLimit, limits: loop.settings.limits)
        // A request that may be repeated, and of which nothing is gone yet, gets a second chance on a new connection when the
        // kept one turns out to be dead.
        let mayRetry = exchange.head.knownMethod.isIdempotent && !exchange.head.framing.hasBody
        var isFirst = true
        while true {
            let connection = try await pool.acquire(waiter, fresh: !isFirst)
            var isReusable = false
            do throws(ForwardFault) {
                isReusable = try await run(
                    connection, body: &body, pool: pool, assertion: assertion, target: target)
                pool.release(connection, reusable: isReusable)
                return
            } catch {
                pool.release(connection, reusable: false)
                if case .stale = error, mayRetry, isFirst, connection.isReused {
                    isFirst = false
                    continue
                }
                throw error.refusal
            }
        }
    }

    /// Why an exchange failed.
    private enum ForwardFault: Error {
        /// The connection ended before a byte of the response: a kept connection that the upstream had given up.
        case stale
        case refused(Refusal)

        var refusal: Refusal {
            switch self {
            case .stale: .upstreamInvalid
            case .refused(let refusal): refusal
            }
        }
    }

    /// One try on one connection; answers whether the connection may be used again.
    private func run(
        _ connection: UpstreamConnection, body: inout RequestBody, pool: UpstreamPool, assertion: [UInt8]?,
        target: Target
    ) async throws(ForwardFault) -> Bool {
        let upstream = connection.wire
        var out = loop.borrowScratch()
        defer { loop.giveBack(&out) }
        writeRequestHead(into: &out, upstream: pool.settings, assertion: assertion)
        if exchange.head.framing.hasBody {
            leaveHead()
            sendContinue()
            try await sendBody(&body, after: &out, to: upstream)
        } else {
            upstream.send(out)
        }
        loop.giveBack(&out)
        let isWhole = body.isOver
        if !isWhole { exchange.keepsAlive = false }
        try await readResponseHead(upstream, timeout: pool.settings.responseTimeout)
        // Only now: while a retry is possible the head must stay where it is.
        leaveHead()
        let isReusable = try await relayResponse(
            upstream, target: target, timeout: pool.settings.responseTimeout)
        return isReusable && isWhole
    }

    private func signAssertion(for audience: String) throws(Refusal) -> [UInt8] {
        guard let session = exchange.principal?.session else { return [] }
        loop.assertionPayload.removeAll(keepingCapacity: true)
        AssertionPayload.write(
            issuer: loop.settings.issuer, audience: audience, session: session,
            issuedAt: exchange.now.seconds,
            requestID: exchange.idText, into: &loop.assertionPayload)
        do { return try loop.settings.signingKey.sign(payload: loop.assertionPayload) } catch {
            throw .internalError
        }
    }

    // MARK: The request's body

    /// Sends the head in `out` and the body behind it. Returns early where the upstream answers before the body is over.
    private func sendBody(
        _ body: inout RequestBody, after out: inout ByteBuffer, to upstream: Wire
    ) async throws(ForwardFault) {
        let isChunked = exchange.head.framing == .chunked
        var pace = BodyPace(now: Clock.monotonic, limits: loop.settings.limits)
        while true {
            // Take what is there, up to what the upstream will take.
            var needsClient = false
            while upstream.isWritable || out.readableBytes > 0 {
                let step: RequestBody.Step
                do throws(Refusal) { step = try body.next(from: wire) } catch { throw .refused(error) }
                if case .content(var content) = step {
                    if isChunked { out.appendChunkHead(content.readableBytes) }
                    if out.readableBytes + content.readableBytes <= Self.joined {
                        out.writeBuffer(&content)
                        if isChunked { out.appendCRLF() }
                    } else {
                        upstream.send(out)
                        out.clear()
                        upstream.send(content)
                        if isChunked { out.appendCRLF() }
                    }
                } else if case .needsMore = step {
                    needsClient = true
                    break
                }
                if body.isOver { break }
                if !upstream.isWritable { break }
            }
            if body.isOver {
                if isChunked { out.writeStaticString("0\r\n\r\n") }
                if out.readableBytes > 0 { upstream.send(out) }
                return
            }
            if out.readableBytes > 0 {
                upstream.send(out)
                out.clear()
            }
            if try hasAnswer(upstream) { return }
            if upstream.isClosed { throw .refused(.upstreamInvalid) }
            if wire.isClosed || (wire.inputEnded && needsClient) { throw .refused(.tooSlow) }
            if needsClient, upstream.isWritable {
                if wire.inbound.readableBytes == 0 || isChunked {
                    if await waiter.wait(until: pace.deadline(taken: body.taken)) { throw .refused(.tooSlow) }
                }
            } else {
                let begin = Clock.monotonic
                if await waiter.wait(until: begin + loop.settings.limits.idleTimeout.nanoseconds),
                    !upstream.isWritable
                {
                    throw .refused(.upstreamTimeout)
                }
                pace.pause(Clock.monotonic - begin)
            }
        }
    }

    /// Whether the upstream has begun an answer while its request is still on the way. Interim answers are passed over: a server
    /// may send them at any time (RFC 9110 §15.2).
    private func hasAnswer(_ upstream: Wire) throws(ForwardFault) -> Bool {
        while upstream.inbound.readableBytes > 0 {
            let inbound = upstream.inbound
            let bytes = inbound.readableBytesUInt8Span
            var scanner = HeadScanner()
            do {
                let limits = loop.settings.limits
                guard
                    let end = try scanner.scan(
                        bytes, firstLine: limits.requestLine, headers: Self.responseHeaders)
                else { return upstream.inputEnded }
                try exchange.response.parse(
                    bytes, end: end, method: exchange.head.knownMethod, headerCount: Self.responseFields)
                guard exchange.response.isInformational, exchange.response.status != 101 else { return true }
                upstream.consume(end)
            } catch { throw .refused(.upstreamInvalid) }
        }
        return false
    }

    /// Content up to this size is copied behind what is to be sent anyway, to save a write.
    private static let joined = 16 << 10

    // MARK: The response

    private func readResponseHead(_ upstream: Wire, timeout: Duration) async throws(ForwardFault) {
        var scanner = HeadScanner()
        let limits = loop.settings.limits
        let deadline = Clock.monotonic + timeout.nanoseconds
        while true {
            if upstream.inbound.readableBytes > 0 {
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
                        guard exchange.response.status != 101 else {
                            throw ForwardFault.refused(.upstreamInvalid)
                        }
                        upstream.consume(end)
                        scanner.reset()
                        continue
                    }
                } catch { throw .refused(.upstreamInvalid) }
            }
            if upstream.inputEnded || upstream.isClosed {
                throw upstream.inbound.readableBytes == 0 ? .stale : .refused(.upstreamInvalid)
            }
            if wire.isClosed { throw .refused(.upstreamInvalid) }
            if await waiter.wait(until: deadline) { throw .refused(.upstreamTimeout) }
        }
    }

    /// What an upstream's head may be: more than a client's, because it sets cookies.
    private static let responseHeaders = 64 << 10
    private static let responseFields = 200

    /// Sends the response on; answers whether the upstream's connection is at a clean end.
    private func relayResponse(_ upstream: Wire, target: Target, timeout: Duration) async throws(ForwardFault)
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
        var out = loop.borrowScratch()
        defer { loop.giveBack(&out) }
        writeResponseHead(into: &out, upstream.inbound, isChunked: isChunked, target: target)
        upstream.consume(response.byteCount)
        exchange.status = response.status
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

    /// Whether an answer to somebody in particular needs our `Cache-Control` so that no shared cache keeps it.
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

    /// Moves the body from the upstream to the client, beginning with what `out` holds. No more than one read's worth and what the
    /// client's socket buffers is in memory at any time.
    private func relayBody(
        _ source: consuming ResponseBody, after out: inout ByteBuffer, from upstream: Wire, isChunked: Bool,
        timeout: Duration
    ) async throws(ForwardFault) -> Bool {
        while true {
            do throws(HeadFault) {
                try source.take(
                    from: upstream, isChunked: isChunked, into: &out, mostJoined: Self.joined
                ) {
                    answer($0)
                }
            } catch {
                throw .refused(.upstreamInvalid)
            }
            let isOver =
                source.isOver
                || (source.endsWithConnection && upstream.inputEnded && upstream.inbound.readableBytes == 0)
            if isOver {
                // A body that ends with its connection is whole only if the connection ended, not if it broke.
                if upstream.hasFailed, !source.isOver { throw .refused(.upstreamInvalid) }
                if isChunked { out.writeStaticString("0\r\n\r\n") }
                if out.readableBytes > 0 { answer(out) }
                return source.isOver && exchange.response.keepsAlive
            }
            if out.readableBytes > 0 {
                answer(out)
                out.clear()
            }
            if wire.isClosed {
                exchange.code = "client-closed"
                throw .refused(.internalError)
            }
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
    private func answer(_ bytes: ByteBuffer) {
        exchange.hasAnswered = true
        wire.send(bytes)
    }
}
