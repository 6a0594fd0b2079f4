import GatewayCore
import NIOCore

// Server-sent events: relayed as they come, however long the silence between them, and ended between two of
// them when the worker goes away.
extension ClientConnection {
    /// A stream of events, by whether it can be ended early without its client taking half an event, or half
    /// a body, for whole.
    enum Events { case mayEnd, mustRunOut }

    private static let sessionEnded = "session-ended"

    /// Of the answer at hand, which is such a stream.
    func eventsOfAnswer(_ upstream: Wire) -> Events {
        let response = exchange.response
        // A declared length cannot be cut short, and where events end in encoded bytes nobody here can tell.
        switch response.framing {
        case .chunked, .untilClose:
            let inbound = upstream.inbound
            return response.isEncoded(in: inbound.readableBytesUInt8Span) ? .mustRunOut : .mayEnd
        case .none, .length: return .mustRunOut
        }
    }

    /// Moves a stream of events to the client, beginning with what `out` holds; answers whether the upstream's
    /// connection is at a clean end.
    func relayEvents(
        _ source: consuming ResponseBody, after out: inout ByteBuffer, from upstream: Wire, isChunked: Bool,
        events: Events
    ) async throws(ForwardFault) -> Bool {
        var tracker = EventStreamTracker()
        let held = holdStream()
        defer { if let held { loop.held.remove(held) } }
        while true {
            let now = Clock.monotonic
            let hasSession = held.map { !$0.hasEnded(at: now) } ?? true
            if !hasSession {
                exchange.code = Self.sessionEnded
                // Where the stream cannot end between two events its connection does.
                if events == .mustRunOut || now >= held?.cutAt ?? .max { throw .refused(.unauthenticated) }
            }
            let goesAway = (loop.isDraining || !hasSession) && events == .mayEnd
            do throws(HeadFault) {
                while upstream.inbound.readableBytes > 0, !(goesAway && tracker.isAtBoundary),
                    let content = try source.next(upstream)
                {
                    append(content, to: &out, &tracker, toBoundary: goesAway, isChunked: isChunked)
                }
            } catch {
                throw .refused(.upstreamInvalid)
            }
            upstream.consume(0)
            let isOver =
                source.isOver
                || (source.endsWithConnection && upstream.inputEnded && upstream.inbound.readableBytes == 0)
            if isOver, !source.isOver, upstream.hasFailed { throw .refused(.upstreamInvalid) }
            let endsHere = isOver || (goesAway && tracker.isAtBoundary)
            if endsHere, isChunked { out.writeStaticString("0\r\n\r\n") }
            if out.readableBytes > 0 {
                sendAnswer(out)
                out.clear()
            }
            if endsHere {
                if !isOver { exchange.code = hasSession ? Refusal.draining.form.code : Self.sessionEnded }
                return source.isOver && exchange.response.keepsAlive
            }
            if wire.isClosed { throw .refused(.clientClosed) }
            if upstream.inputEnded, upstream.inbound.readableBytes == 0 { throw .refused(.upstreamInvalid) }
            while !wire.isWritable, !wire.isClosed {
                let due = Clock.monotonic + loop.settings.limits.idleTimeout.nanoseconds
                let leave = held?.deadline(at: now) ?? .max
                if await waiter.wait(until: min(due, leave)), due <= leave { throw .refused(.tooSlow) }
                if leave <= Clock.monotonic { break }
            }
            if upstream.inbound.readableBytes == 0, !upstream.inputEnded, !wire.isClosed {
                let due = Clock.monotonic + loop.settings.limits.streamIdleTimeout.nanoseconds
                let leave = held?.deadline(at: now) ?? .max
                if await waiter.wait(until: min(due, leave)), due <= leave {
                    throw .refused(.upstreamTimeout)
                }
            }
        }
    }

    /// Appends a stretch of the stream, or with `toBoundary` no more of it than its first event takes.
    private func append(
        _ content: ByteBuffer, to out: inout ByteBuffer, _ tracker: inout EventStreamTracker,
        toBoundary: Bool, isChunked: Bool
    ) {
        let count = tracker.follow(content.readableBytesUInt8Span, toBoundary: toBoundary)
        guard count > 0 else { return }
        if isChunked { out.appendChunkHead(count) }
        out.append(content, ByteRange(0, count))
        if isChunked { out.appendCRLF() }
    }
}
