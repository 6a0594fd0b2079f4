import DequeModule
import GatewayCore
import Logging
import NIOCore

/// One loop's connections to one upstream. It bounds the requests under way there and those that wait for
/// their turn, so that a thousand clients do not meet thirty database connections; it chooses the address
/// (`UpstreamPool+Endpoints`), makes the connection (`UpstreamPool+Connect`), and stops asking one that fails.
final class UpstreamPool {
    let settings: UpstreamSettings
    let eventLoop: any EventLoop
    /// Bytes that a connection reads ahead.
    let highWater: Int
    let logger: Logger
    /// This loop's share of the worker's bounds. A loop without a single place could serve nobody, so each
    /// has at least one.
    let mostInUse: Int
    private let mostQueued: Int
    /// Requests that hold a place, whether or not they have a connection yet.
    private(set) var inUse = 0
    private var queue = Deque<Ticket>()
    var endpoints: [UpstreamEndpoint] = []
    /// Where the next choice begins to look, so that equals take turns.
    var rotor = 0
    /// When the last ejection ends; 0 while there is none.
    var lastEjectionEnds: UInt64 = 0
    var tls: UpstreamTLSContext?
    private(set) var breaker: CircuitBreaker
    /// Whether nobody is sent here any more; what is under way is finished.
    private(set) var isRetired = false

    /// Connections that wait for a request.
    var idleCount = 0
    // Since the beginning; for metrics to read.
    var connects = 0
    var connectFailures = 0
    var retries = 0
    var ejections = 0

    /// A request's place in the queue.
    private final class Ticket {
        enum Answer { case waiting, granted, refused }
        let waiter: Waiter
        var answer = Answer.waiting
        init(_ waiter: Waiter) { self.waiter = waiter }
    }

    init(
        _ report: UpstreamReport, eventLoop: any EventLoop, share: LoopShare, highWater: Int, logger: Logger
    ) {
        settings = report.settings
        self.eventLoop = eventLoop
        self.highWater = highWater
        self.logger = logger
        mostInUse = max(1, share.part(of: settings.maxConnections))
        mostQueued = share.part(of: settings.queue)
        breaker = CircuitBreaker(settings.breaker)
        apply(report)
        // Not every loop of every worker begins with the first address.
        rotor = endpoints.isEmpty ? 0 : Int.random(in: endpoints.indices)
    }

    /// A connection that is ready for a request. `fresh` asks for one that has not carried any.
    ///
    /// Throws `upstreamUnavailable` while the circuit is open, `upstreamBusy` when the queue is full or the wait
    /// in it too long, `upstreamUnreachable` when no address takes a connection, `upstreamTimeout` when the last
    /// one tried did not take it in time.
    func acquire(_ waiter: Waiter, fresh: Bool) async throws(Refusal) -> UpstreamConnection {
        let isProbe = breaker.isClosed ? false : try passBreaker()
        if inUse >= mostInUse {
            do throws(Refusal) { try await queueUp(waiter) } catch {
                breaker.abandon(isProbe: isProbe)
                throw error
            }
        } else {
            inUse += 1
        }
        do throws(Refusal) {
            guard let endpoint = choose() else { throw .upstreamUnreachable }
            if !fresh, let connection = takeIdle(endpoint) {
                connection.wire.waiter = waiter
                connection.isProbe = isProbe
                endpoint.outstanding += 1
                return connection
            }
            let connection = try await connect(waiter, to: endpoint)
            connection.isProbe = isProbe
            return connection
        } catch {
            settle(succeeded: false, isProbe: isProbe, at: Clock.monotonic)
            leave()
            throw error
        }
    }

    /// Gives a connection back after its request. One that may not be reused is closed.
    func release(_ connection: UpstreamConnection, reusable: Bool, after outcome: ExchangeOutcome) {
        let wire = connection.wire
        let endpoint = connection.endpoint
        wire.waiter = nil
        endpoint.outstanding -= 1
        let now = Clock.monotonic
        switch outcome {
        case .answered(let status):
            if status >= 500, settings.ejection.statuses.contains(status) {
                noteFailure(of: endpoint, isDecisive: false, at: now)
            } else if endpoint.ejection.isMarked {
                endpoint.ejection.forgive()
            }
            settle(succeeded: true, isProbe: connection.isProbe, at: now)
        case .failed:
            noteFailure(of: endpoint, isDecisive: false, at: now)
            settle(succeeded: false, isProbe: connection.isProbe, at: now)
        case .abandoned:
            breaker.abandon(isProbe: connection.isProbe)
        }
        if reusable, connection.isQuiet, !isRetired, !endpoint.isRetired, now < connection.expiresAt {
            connection.isReused = true
            connection.isProbe = false
            connection.idleSince = now
            endpoint.idle.append(connection)
            idleCount += 1
        } else {
            wire.close()
        }
        leave()
    }

    /// Requests at each address.
    var outstanding: [Int] { endpoints.map(\.outstanding) }
    /// Requests in the queue.
    var queued: Int { queue.count }

    /// Sends nobody here any more. Idle connections close now, the others after their requests.
    func retire() {
        isRetired = true
        closeIdle()
    }

    // MARK: Places

    private func queueUp(_ waiter: Waiter) async throws(Refusal) {
        guard queue.count < mostQueued else { throw .upstreamBusy }
        let ticket = Ticket(waiter)
        queue.append(ticket)
        let deadline = Clock.monotonic + settings.queueTimeout.nanoseconds
        while true {
            let isLate = await waiter.wait(until: deadline)
            switch ticket.answer {
            case .granted: return
            case .refused: throw unavailable(after: settings.breaker.coolDown.nanoseconds)
            case .waiting:
                // A client that has gone is not worth a place.
                guard isLate || waiter.isClientGone else { continue }
                queue.removeAll { $0 === ticket }
                throw .upstreamBusy
            }
        }
    }

    /// Hands the place of a finished request to the next in the queue.
    private func leave() {
        if let ticket = queue.popFirst() {
            ticket.answer = .granted
            ticket.waiter.wake()
        } else {
            inUse -= 1
        }
    }

    // MARK: The circuit

    /// Whether the request is the one that tries. Throws where it must not go on.
    private func passBreaker() throws(Refusal) -> Bool {
        switch breaker.pass(at: Clock.monotonic) {
        case .admitted: return false
        case .probe: return true
        case .refused(let retryAfter): throw unavailable(after: retryAfter)
        }
    }

    private func unavailable(after nanoseconds: UInt64) -> Refusal {
        .upstreamUnavailable(retryAfter: Int64(max(1, (nanoseconds + 999_999_999) / 1_000_000_000)))
    }

    /// Tells the circuit how a request ended. When it opens, those in the queue need not wait for the same.
    /// An answer to the probe has begun: the upstream is back, however long the answer goes on. A WebSocket
    /// or a stream of events would otherwise keep everybody else out for as long as it lives.
    func answerBegan(_ connection: UpstreamConnection) {
        guard connection.isProbe else { return }
        connection.isProbe = false
        settle(succeeded: true, isProbe: true, at: Clock.monotonic)
    }

    private func settle(succeeded: Bool, isProbe: Bool, at now: UInt64) {
        let hasOpened = breaker.record(succeeded: succeeded, isProbe: isProbe, at: now)
        guard hasOpened || isProbe else { return }
        if hasOpened {
            if !isProbe {
                logger.warning("circuit opened", metadata: ["upstream": "\(settings.name)"])
            }
            let waiting = queue
            queue.removeAll()
            for ticket in waiting {
                ticket.answer = .refused
                ticket.waiter.wake()
            }
        } else {
            logger.notice("circuit closed", metadata: ["upstream": "\(settings.name)"])
        }
    }
}
