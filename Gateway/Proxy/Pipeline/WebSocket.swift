import GatewayCore
import NIOCore

// A WebSocket through the pipeline: its handshake is a request like any other, and what follows the 101 is
// bytes both ways, under backpressure.
extension ClientConnection {
    /// Settles whether the request asks for a WebSocket. If so it is the last of its connection, whatever the
    /// answer: what the client sends behind it may be frames already, and is never read as a request.
    func settleUpgrade() throws(Refusal) {
        let head = exchange.head
        guard head.upgrade >= 0 else { return }
        let inbound = wire.inbound
        guard WebSocketHandshake.isAsked(head, in: inbound.readableBytesUInt8Span) else { return }
        exchange.asksWebSocket = true
        exchange.keepsAlive = false
        // Whether what follows is a body or frames would be anybody's guess.
        guard !head.framing.hasBody else { throw .malformed(.bodyWithUpgrade) }
    }

    /// Sends the upstream's 101 on, then moves bytes both ways until both sides have ended, one breaks, all is
    /// silent for too long, or the worker goes away. Nothing that happens here is an error to anybody: the
    /// log's `code` says how it ended.
    func serveWebSocket(_ upstream: Wire) async throws(ForwardFault) {
        sendSwitch(upstream)
        var tunnel = WebSocketTunnel(now: Clock.monotonic, limits: loop.settings.limits)
        let held = holdStream()
        defer { if let held { loop.held.remove(held) } }
        var hasSession = true
        while true {
            let now = Clock.monotonic
            if let held, held.hasEnded(at: now) {
                hasSession = false
                guard now < held.cutAt else { break }
            }
            if loop.isDraining || !hasSession { tunnel.goAway() }
            let moved = move(&tunnel.up, from: wire, to: upstream, tunnel.phase)
            if move(&tunnel.down, from: upstream, to: wire, tunnel.phase) || moved { tunnel.lastMove = now }
            tunnel.up.note(isHeld: wire.inbound.readableBytes > 0, now: now)
            tunnel.down.note(isHeld: upstream.inbound.readableBytes > 0, now: now)
            let isOver =
                tunnel.isOver || wire.hasFailed || upstream.hasFailed || loop.wasCutOff
                || (tunnel.up.hasEnded && wire.isClosed)
                || (tunnel.down.hasEnded && upstream.isClosed)
            if isOver { break }
            let deadline = min(tunnel.deadline, held?.deadline(at: now) ?? .max)
            if await waiter.wait(until: deadline), let end = tunnel.end(at: Clock.monotonic) {
                exchange.code = "stream-idle"
                guard end == .stuck else { break }
                // Who does not read is not waited for.
                exchange.code = "stream-stuck"
                return wire.close()
            }
        }
        if tunnel.phase == .goingAway { exchange.code = Refusal.draining.form.code }
        if wire.hasFailed, !tunnel.up.tracker.sawClose { exchange.code = Refusal.clientClosed.form.code }
        if upstream.hasFailed, !tunnel.down.tracker.sawClose {
            exchange.code = Refusal.upstreamInvalid.form.code
        }
        if !hasSession { exchange.code = "session-ended" }
        guard !loop.wasCutOff else { return wire.close() }
        sayGoodbye(&tunnel, upstream)
        if !upstream.isClosed { await flush(upstream, within: Self.lingering) }
    }

    /// What is open from now on ends with the session that opened it; nil where nobody had to show one.
    func holdStream() -> HeldStream? {
        guard let principal = exchange.principal else { return nil }
        let held = HeldStream(principal, waiter: waiter, now: exchange.now, monotonic: Clock.monotonic)
        loop.held.add(held)
        return held
    }

    private func sendSwitch(_ upstream: Wire) {
        let response = exchange.response
        let source = upstream.inbound
        var out = loop.borrowScratch()
        defer { loop.giveBack(&out) }
        out.writeStaticString("HTTP/1.1 101 Switching Protocols\r\n")
        out.appendPassing(response.fields, of: source)
        out.writeStaticString("Connection: Upgrade\r\nUpgrade: websocket\r\n")
        writeNames(into: &out)
        out.writeStaticString("\r\n\r\n")
        upstream.consume(response.byteCount)
        exchange.status = response.status
        sendAnswer(out)
    }

    /// Passes on what came from `source`, as far as `sink` takes it; answers whether anything moved.
    private func move(
        _ direction: inout WebSocketTunnel.Direction, from source: Wire, to sink: Wire,
        _ phase: WebSocketTunnel.Phase
    ) -> Bool {
        var moved = false
        while source.inbound.readableBytes > 0 {
            let inbound = source.inbound
            let count: Int
            if direction.isTold || sink.isClosed {
                // Nothing may follow a close frame, but the peer's own is still looked for.
                count = direction.tracker.follow(inbound.readableBytesUInt8Span)
            } else {
                let goesAway = phase == .goingAway && !direction.tracker.isLost
                guard sink.isWritable, !(goesAway && direction.tracker.isAtBoundary) else { break }
                count = direction.tracker.follow(inbound.readableBytesUInt8Span, toBoundary: goesAway)
                if let part = inbound.getSlice(at: inbound.readerIndex, length: count) { sink.send(part) }
            }
            source.consume(count)
            moved = true
        }
        if phase == .goingAway { tell(&direction, sink) }
        if source.inputEnded, source.inbound.readableBytes == 0, !direction.hasEnded {
            direction.hasEnded = true
            if !sink.inputEnded { sink.endOutput() }
        }
        return moved
    }

    /// Sends a close frame of ours to `sink` if it would stand between two frames and be the first.
    private func tell(_ direction: inout WebSocketTunnel.Direction, _ sink: Wire) {
        guard direction.takeLeave() else { return }
        if sink === wire {
            sink.send(ByteBuffer(bytes: WebSocketClose.toClient))
        } else {
            var generator = SystemRandomNumberGenerator()
            let key = UInt32.random(in: 0...UInt32.max, using: &generator)
            sink.send(ByteBuffer(bytes: WebSocketClose.toServer(maskingKey: key)))
        }
    }

    /// Whoever is still there and was not told yet hears a close frame before the connection ends.
    private func sayGoodbye(_ tunnel: inout WebSocketTunnel, _ upstream: Wire) {
        if !upstream.isClosed { tell(&tunnel.up, upstream) }
        if !wire.isClosed { tell(&tunnel.down, wire) }
    }
}

/// How far a WebSocket is, in both directions.
struct WebSocketTunnel {
    enum Phase { case open, goingAway, closing }

    /// Why a WebSocket was ended from here.
    enum End {
        /// Nothing came from either side for the configured time.
        case idle
        /// A side did not take what was to be sent to it.
        case stuck
    }

    struct Direction {
        var tracker = WebSocketFrameTracker()
        /// Whether nothing may follow what was sent: a close frame, mostly of ours, was the last.
        private(set) var isTold = false
        /// Whether the source has ended and the sink knows.
        var hasEnded = false
        /// Since when bytes wait that the sink does not take; `.max` while none do.
        private(set) var heldSince = UInt64.max

        /// Ends the direction if it stands between two frames; answers whether a close frame is due.
        mutating func takeLeave() -> Bool {
            guard !isTold, tracker.isAtBoundary, !tracker.isLost else { return false }
            isTold = true
            return !tracker.sawClose && !hasEnded
        }

        /// Whether nothing more goes this way.
        var isSettled: Bool { isTold || hasEnded || tracker.isLost }
        /// Whether the source has said all that it will, or nobody can tell.
        var isAnswered: Bool { tracker.sawClose || hasEnded || tracker.isLost }

        mutating func note(isHeld: Bool, now: UInt64) {
            heldSince = isHeld ? min(heldSince, now) : .max
        }
    }

    /// From the client, and from the upstream.
    var up = Direction()
    var down = Direction()
    private(set) var phase = Phase.open
    var lastMove: UInt64
    private let idle: UInt64
    private let stuck: UInt64

    init(now: UInt64, limits: ConnectionLimits) {
        lastMove = now
        idle = limits.streamIdleTimeout.nanoseconds
        stuck = limits.idleTimeout.nanoseconds
    }

    /// The worker goes away: both sides are told, unless they are taking leave of each other already.
    mutating func goAway() {
        guard phase == .open else { return }
        phase = up.tracker.sawClose || down.tracker.sawClose ? .closing : .goingAway
    }

    /// Both sides have ended; or both were told to go, and have answered or cannot any more.
    var isOver: Bool {
        if up.hasEnded, down.hasEnded { return true }
        guard phase == .goingAway, up.isSettled, down.isSettled else { return false }
        return up.hasEnded || down.hasEnded || (up.isAnswered && down.isAnswered)
    }

    /// When something has to have happened.
    var deadline: UInt64 {
        func after(_ moment: UInt64, _ span: UInt64) -> UInt64 { moment == .max ? .max : moment + span }
        return min(lastMove + idle, after(min(up.heldSince, down.heldSince), stuck))
    }

    /// Why it must end at `now`; nil where it need not.
    func end(at now: UInt64) -> End? {
        if now >= lastMove + idle { return .idle }
        let held = min(up.heldSince, down.heldSince)
        return held != .max && now >= held + stuck ? .stuck : nil
    }
}
