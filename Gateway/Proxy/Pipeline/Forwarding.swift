import GatewayCore
import NIOCore
import ServiceCore

// The exchange with an upstream: request head and body one way, response head and body the other, under
// backpressure.
extension ClientConnection {
    func forward(to pool: UpstreamPool, target: Target, sendsAssertion: Bool) async throws(Refusal) {
        let begin = Clock.monotonic
        defer { exchange.upstreamTime &+= Clock.monotonic - begin }
        let assertion = sendsAssertion ? try signAssertion(for: pool.settings.name) : nil
        var body = RequestBody(exchange.head.framing, limit: target.bodyLimit, limits: loop.settings.limits)
        // A request that may be repeated, and of which nothing is gone yet, gets a second chance on a new
        // connection when the kept one turns out to be dead.
        let mayRetry = exchange.head.knownMethod.isIdempotent && !exchange.head.framing.hasBody
        var isFirst = true
        while true {
            let connection = try await pool.acquire(waiter, fresh: !isFirst)
            do throws(ForwardFault) {
                let isReusable = try await run(
                    connection, body: &body, pool: pool, assertion: assertion, target: target)
                pool.release(
                    connection, reusable: isReusable, after: .answered(status: exchange.response.status))
                return
            } catch {
                pool.release(connection, reusable: false, after: outcome(error, on: connection))
                if case .stale = error, mayRetry, isFirst, connection.isReused, !wire.isClosed {
                    isFirst = false
                    pool.retries += 1
                    continue
                }
                throw error.refusal
            }
        }
    }

    /// What a fault says about the upstream: nothing where it is the client's doing, or where a kept connection
    /// turned out to be dead.
    private func outcome(_ fault: ForwardFault, on connection: UpstreamConnection) -> ExchangeOutcome {
        if wire.isClosed { return .abandoned }
        switch fault {
        case .stale: return connection.isReused ? .abandoned : .failed
        case .refused(.upstreamInvalid), .refused(.upstreamTimeout): return .failed
        case .refused: return .abandoned
        }
    }

    /// Why an exchange failed.
    enum ForwardFault: Error {
        /// The connection ended before a byte of the response: a kept connection that the upstream had given
        /// up.
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
        if exchange.asksWebSocket { upstream.allowHalfClosure() }
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
        if connection.isProbe { pool.answerBegan(connection) }
        guard exchange.response.status != 101 else {
            try await serveWebSocket(upstream)
            return false
        }
        let isReusable = try await relayResponse(
            upstream, target: target, timeout: pool.settings.responseTimeout)
        return isReusable && isWhole && !exchange.asksWebSocket
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

    /// Sends the head in `out` and the body behind it. Returns early where the upstream answers before the
    /// body is over.
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
            if upstream.isClosed { throw .stale }
            if wire.isClosed { throw .refused(.clientClosed) }
            if wire.inputEnded && needsClient { throw .refused(.tooSlow) }
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

    /// Whether the upstream has begun an answer while its request is still on the way. Interim answers are
    /// passed over: a server may send them at any time (RFC 9110 §15.2).
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
                try passOverInterim(upstream)
            } catch { throw .refused(.upstreamInvalid) }
        }
        return false
    }

    /// Content up to this size is copied behind what is to be sent anyway, to save a write.
    static let joined = 16 << 10
}
