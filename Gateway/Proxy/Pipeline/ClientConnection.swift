import GatewayCore
import NIOCore
import ServiceCore

/// One client's connection while it is served: reads heads, has each request answered, and writes the log. What
/// happens to a request between the two is `Pipeline.swift`.
final class ClientConnection {
    private let client: Client
    let wire: Wire
    let waiter: Waiter
    let loop: LoopState
    let end: ClientEnd
    let peerText: [UInt8]
    /// The peer's part of the forwarding fields, which is the same for all its requests.
    let peerForwarding: [UInt8]
    private(set) var peerIsTrusted: Bool
    /// Of which configuration what was worked out of it is.
    private var generation: Int
    let exchange = Exchange()
    private var scanner = HeadScanner()

    var peer: IPAddress { end.peer }

    init(_ client: Client, loop: LoopState) {
        self.client = client
        self.loop = loop
        wire = client.wire
        waiter = client.waiter
        end = client.end
        peerText = Array(end.peer.description.utf8)
        peerForwarding = Self.forwardingFields(peerText, isV4: end.peer.isV4)
        generation = loop.generation
        peerIsTrusted = ClientAddress.isTrusted(end.peer, by: loop.settings.trustedProxies)
    }

    /// What waiting for a head came to.
    private enum Reading { case head, over, resting }

    /// Serves requests one after the other until either side has had enough or nothing comes for a while.
    func serve() async {
        reading: while true {
            switch await readHead() {
            case .head: break
            case .over: break reading
            case .resting: return
            }
            await answer()
            writeLog()
            // A connection that waits for its next request must not keep alive what an old configuration made.
            exchange.target = nil
            guard exchange.keepsAlive, !wire.isClosed else { break }
        }
        await finish()
        client.ended(on: loop)
    }

    /// Refuses the connection without reading from it.
    func turnAway(_ refusal: Refusal) async {
        beginExchange()
        await refuse(refusal)
        writeLog()
        await finish()
        client.ended(on: loop)
    }

    /// Waits for a whole head. `over` where the connection is, with or without a refusal sent.
    private func readHead() async -> Reading {
        scanner.reset()
        exchange.head.reset()
        var limits = loop.settings.limits
        let idleSince = client.endRest(at: Clock.monotonic)
        var deadline = idleSince + limits.idleTimeout.nanoseconds
        var hasBegun = false
        var emptyLines = 0
        while true {
            // Never once the scanner has begun: what it has seen must stay where it is.
            if !hasBegun { skipEmptyLines(&emptyLines) }
            if wire.inbound.readableBytes > 0, !(emptyLines < Self.mostEmptyLines && mayBeEmptyLine) {
                if !hasBegun {
                    hasBegun = true
                    deadline = Clock.monotonic + limits.headerTimeout.nanoseconds
                }
                do throws(Refusal) {
                    if try parseHead(limits) { return .head }
                } catch {
                    beginExchange()
                    await refuse(error)
                    writeLog()
                    return .over
                }
            }
            if wire.inputEnded || wire.isClosed { return .over }
            if loop.isDraining, !hasBegun {
                // A request may be on its way whose sender could not know.
                let grace = limits.drainIdleTimeout.nanoseconds
                guard grace > 0 else { return .over }
                deadline = min(deadline, max(loop.drainingSince, idleSince) + grace)
            }
            let mayRest = !hasBegun && emptyLines == 0 && !loop.isDraining
            let restsAt = mayRest ? Clock.monotonic + Self.restsAfter : .max
            if await waiter.wait(until: min(deadline, restsAt)) {
                if Clock.monotonic < deadline {
                    guard wire.inbound.readableBytes == 0, !wire.inputEnded, !wire.isClosed else { continue }
                    client.rest(since: idleSince, until: deadline)
                    return .resting
                }
                guard hasBegun else { return .over }
                beginExchange()
                await refuse(.tooSlow)
                writeLog()
                return .over
            }
            // A head is read by the limits under which it began.
            if !hasBegun, loop.generation != generation { limits = loop.settings.limits }
        }
    }

    /// A client may send an empty line after a body (RFC 9112 §2.2); two are let pass, more are not a
    /// request.
    private func skipEmptyLines(_ skipped: inout Int) {
        while skipped < Self.mostEmptyLines, wire.inbound.readableBytes >= 2,
            wire.inbound.getInteger(at: wire.inbound.readerIndex) == UInt16(0x0D0A)
        {
            wire.consume(2)
            skipped += 1
        }
    }

    /// Half of an empty line: whether it is one, the next byte will tell.
    private var mayBeEmptyLine: Bool {
        wire.inbound.readableBytes == 1 && wire.inbound.getInteger(at: wire.inbound.readerIndex) == ASCII.cr
    }

    private static let mostEmptyLines = 2
    /// How long, in nanoseconds, a client that sends nothing keeps its task and its buffers: so short that of
    /// thousands who come one after the other only a few have them at once.
    private static let restsAfter: UInt64 = 200_000_000

    private func parseHead(_ limits: ConnectionLimits) throws(Refusal) -> Bool {
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        let end: Int?
        do {
            end = try scanner.scan(bytes, firstLine: limits.requestLine, headers: limits.headerSize)
        } catch {
            throw error == .firstLineTooLong ? .requestLineTooLong : .headersTooLarge
        }
        guard let end else { return false }
        try RequestHeadParser.parse(bytes, end: end, limits: limits, into: exchange.head)
        beginExchange()
        return true
    }

    /// Starts the clock of a request and gives it its names.
    private func beginExchange() {
        if loop.generation != generation {
            generation = loop.generation
            peerIsTrusted = ClientAddress.isTrusted(peer, by: loop.settings.trustedProxies)
        }
        exchange.begin(at: Clock.monotonic, now: Clock.now, sent: wire.bytesSent)
        exchange.address = peer
        exchange.isSecure = end.isSecure
        exchange.addressText = peerText
        let trace = TraceContext(
            trace: (loop.mint.next(), loop.mint.next() | 1), span: loop.mint.spanID(), flags: 1)
        exchange.identify(loop.mint.requestID(at: exchange.now), trace: trace)
    }

    /// Answers one request, by the pipeline or by a refusal.
    private func answer() async {
        exchange.keepsAlive = exchange.head.keepsAlive && !loop.isDraining
        do throws(Refusal) {
            try await runPipeline()
        } catch {
            await refuse(error)
        }
        givePlacesBack()
        leaveHead()
    }

    /// Lets go of the head's bytes; what follows on the wire is the body, or the next request.
    func leaveHead() {
        guard !exchange.hasLeftHead else { return }
        exchange.hasLeftHead = true
        wire.consume(exchange.head.byteCount)
    }

    /// Sends the refusal if no answer has begun; if one has, all that is left is to break off.
    private func refuse(_ refusal: Refusal) async {
        guard !exchange.hasAnswered else {
            exchange.keepsAlive = false
            exchange.code = exchange.code ?? refusal.form.code
            wire.close()
            return
        }
        guard !wire.isClosed else { return noteVanished() }
        sendRefusal(refusal)
    }

    /// Nobody is there to be told anything; the log is, why there was no answer.
    private func noteVanished() {
        let form = (loop.wasCutOff ? Refusal.draining : .clientClosed).form
        exchange.keepsAlive = false
        exchange.status = form.status
        exchange.code = form.code
    }

    /// What a request leaves behind: the same numbers in the log and in the metrics.
    private func writeLog() {
        let elapsed = Clock.monotonic - exchange.startedAt
        let times = LoopMetrics.Times(
            total: Int64(elapsed / 1_000), upstream: Int64(exchange.upstreamTime / 1_000),
            store: Int64(exchange.storeTime / 1_000))
        let sent = wire.bytesSent - exchange.bytesBefore
        loop.metrics.finished(
            at: exchange.target?.places, status: exchange.status, code: exchange.code,
            limit: exchange.limitPlace, times: times, received: wire.bytesReceived - client.countedBytes,
            sent: sent)
        client.countedBytes = wire.bytesReceived
        loop.accessLog.append(
            AccessLog.Record(
                time: exchange.now, id: exchange.idText, address: exchange.addressText,
                user: exchange.principal?.session.email.text, method: exchange.methodText,
                path: exchange.pathText, version: end.version, route: exchange.target?.name ?? "",
                status: exchange.status, bytes: sent, total: times.total, upstream: times.upstream,
                store: times.store,
                code: exchange.code))
        let isNotable = exchange.code != nil || exchange.status >= 500
        if isNotable || loop.records.samples(loop.mint.next()), loop.records.admits() {
            loop.records.append(record(times, sent: sent))
        }
    }

    /// What the request leaves behind for whoever is asked about it.
    private func record(_ times: LoopMetrics.Times, sent: Int) -> RequestRecord {
        func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
        var upstream: String?
        if case .forward(let pool, _) = exchange.target?.kind { upstream = pool.settings.name }
        return RequestRecord(
            id: text(exchange.idText), time: exchange.now, worker: loop.records.worker,
            address: text(exchange.addressText), user: exchange.principal?.session.email.text,
            method: text(exchange.methodText.prefix(32)),
            path: text(exchange.pathText.prefix(RequestRecord.longestPath)),
            version: end.version == .http2 ? "h2" : "http/1.1", route: exchange.target?.name ?? "",
            upstream: upstream, status: exchange.status, code: exchange.code,
            policy: exchange.limitPlace.map { loop.metrics.limits[$0].policy }, bytes: sent,
            total: times.total, upstreamTime: times.upstream, storeTime: times.store)
    }

    /// Ends the connection so that the last answer arrives: a close while the client still sends would make
    /// the kernel reset the connection and throw the answer away (RFC 9112 §9.6).
    private func finish() async {
        guard !wire.isClosed else { return }
        await flush(wire, within: loop.settings.limits.idleTimeout.nanoseconds)
        wire.endOutput()
        let deadline = Clock.monotonic + Self.lingering
        var discarded = 0
        while !wire.isClosed, !wire.inputEnded, discarded < Self.mostDiscarded {
            discarded += wire.inbound.readableBytes
            wire.consume(wire.inbound.readableBytes)
            if await waiter.wait(until: deadline) { break }
        }
        wire.close()
    }

    /// Waits until the kernel has everything that was sent on `wire`, at most so many nanoseconds.
    func flush(_ wire: Wire, within span: UInt64) async {
        let flag = Flag()
        wire.whenFlushed { [waiter] in
            flag.isRaised = true
            waiter.wake()
        }
        let deadline = Clock.monotonic + span
        while !flag.isRaised, !wire.isClosed {
            if await waiter.wait(until: deadline) { return }
        }
    }

    private final class Flag: @unchecked Sendable {
        // SAFETY: raised and read on the connection's event loop only.
        var isRaised = false
    }

    /// How long, and for how many bytes, a refused client may go on sending before it is cut off.
    static let lingering: UInt64 = 1_000_000_000
    private static let mostDiscarded = 1 << 20
}
