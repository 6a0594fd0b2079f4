import GatewayCore
import Logging
import NIOCore

/// One event loop's connections to a Redis Cluster: one to each primary, and the map that says whose a slot is.
///
/// The map is learnt from whichever known node answers, and learnt anew when a node says that a slot has moved,
/// falls silent or is lost. Everything happens on the loop.
final class ClusterConnections: @unchecked Sendable {
    // SAFETY: all state belongs to `eventLoop`, on which every method must be called; closures that capture
    // the object run there too. `Sendable` is claimed so that NIO's closures may capture it.
    typealias Endpoint = RedisConfiguration.Endpoint

    /// How long one node may take to be connected to and to tell the map.
    static let refreshDeadline = TimeAmount.milliseconds(250)
    /// Between one map and the next, however many ask for one.
    static let shortestPause = TimeAmount.milliseconds(100)
    static let longestPause = TimeAmount.milliseconds(400)
    /// How long a node without slots stays connected, for what it may still have to answer.
    static let farewell = TimeAmount.seconds(1)

    let eventLoop: any EventLoop
    let configuration: RedisConfiguration
    let keys: KeySchema
    let deadline: TimeAmount
    private let logger: Logger
    private let dialler: RedisDialler
    private let seeds: [Endpoint]

    private(set) var map: SlotMap?
    private var nodes: [Endpoint: RedisConnection] = [:]
    private var leaving: [RedisConnection] = []
    var sessions = SessionCache()
    var running: ((() -> Void) -> Void)? {
        didSet { for node in nodes.values { node.running = running } }
    }

    private var isClosed = false
    private var isRefreshing = false
    private var isRefreshDue = false
    private var lastRefresh = NIODeadline.uptimeNanoseconds(0)
    private var rounds = 0
    /// Rounds in a row in which no node told the map.
    private var failures = 0
    private var hasReportedTrouble = false
    private var nextWaiter = 0
    /// Callers that came before the first map.
    private var waiters: [Int: UnsafeContinuation<Void, Never>] = [:]
    /// What connections did that are no more.
    private var past = StoreStatus(
        isConnected: false, breaker: .open, connectionsMade: 0, connectionsFailed: 0, waiting: 0,
        unanswered: 0, scriptsForgotten: 0)

    init(
        configuration: RedisConfiguration, seeds: [Endpoint], eventLoop: any EventLoop, logger: Logger
    ) {
        self.configuration = configuration
        self.seeds = seeds
        self.eventLoop = eventLoop
        self.logger = logger
        keys = KeySchema(prefix: configuration.keyPrefix)
        deadline = .microseconds(configuration.deadline.wholeMicroseconds)
        dialler = RedisDialler(eventLoop: eventLoop, tls: configuration.tls)
    }

    func start() { refresh() }

    func close() -> EventLoopFuture<Void> {
        isClosed = true
        let closing = (Array(nodes.values) + leaving).map { $0.close() }
        nodes = [:]
        leaving = []
        wakeWaiters()
        return EventLoopFuture.andAllComplete(closing, on: eventLoop)
    }

    // MARK: Nodes

    /// The primaries with their connections, in the map's order.
    var primaries: [(endpoint: Endpoint, connection: RedisConnection)] {
        (map?.primaries ?? []).map { ($0, node(at: $0)) }
    }

    /// The connection to a node; one is made where there is none.
    func node(at endpoint: Endpoint) -> RedisConnection {
        if let node = nodes[endpoint] { return node }
        var configuration = configuration
        configuration.topology = .server(endpoint)
        let node = RedisConnection(configuration: configuration, eventLoop: eventLoop, logger: logger)
        node.running = running
        node.membership = RedisConnection.Membership(cluster: self, endpoint: endpoint)
        nodes[endpoint] = node
        if isClosed { _ = node.close() } else { node.start() }
        return node
    }

    /// Where `slot`'s commands go; nil where nobody has it, or no map is known.
    func owner(of slot: KeySlot) -> Endpoint? { map?[slot] }

    /// Sends a command whose reply nobody waits for; drops it where it may not be asked.
    func tell(_ command: RedisCommand) {
        guard !isClosed, case .slot(let slot) = command.place, let endpoint = owner(of: slot) else { return }
        node(at: endpoint).tell(command)
    }

    /// A node has said that a slot's keys are elsewhere.
    func redirected(_ redirection: Redirection) {
        guard redirection.kind == .moved else { return }
        map?.move(redirection.slot, to: redirection.endpoint)
        refresh()
    }

    var isReachable: Bool {
        !isClosed && nodes.values.contains { $0.machine.isReady && $0.machine.refusal == nil }
    }

    /// All nodes' together: connected if all are, open if all are.
    var status: StoreStatus {
        let all = nodes.values.map(\.status)
        var sum = past
        for status in all {
            sum.connectionsMade += status.connectionsMade
            sum.connectionsFailed += status.connectionsFailed
            sum.waiting += status.waiting
            sum.unanswered += status.unanswered
            sum.scriptsForgotten += status.scriptsForgotten
        }
        sum.isConnected = !all.isEmpty && all.allSatisfy(\.isConnected)
        if all.contains(where: { $0.breaker == .closed }) {
            sum.breaker = .closed
        } else if all.contains(where: { $0.breaker == .probing }) {
            sum.breaker = .probing
        }
        return sum
    }

    // MARK: The map

    /// Waits for the first map; throws where there is none and none is to be had, or by `due`.
    func mapIsKnown(by due: NIODeadline) async throws(StoreFault) {
        guard !isClosed else { throw .unavailable }
        if map != nil { return }
        guard failures == 0 else { throw .circuitOpen }
        let waiter = nextWaiter
        nextWaiter += 1
        await withUnsafeContinuation { continuation in
            waiters[waiter] = continuation
            eventLoop.scheduleTask(deadline: due) { self.waiters.removeValue(forKey: waiter)?.resume() }
        }
        guard map == nil else { return }
        throw isClosed ? .unavailable : failures > 0 ? .circuitOpen : .timeout
    }

    private func wakeWaiters() {
        let woken = waiters.values
        waiters = [:]
        for waiter in woken { waiter.resume() }
    }

    /// Learns the map anew, now or after the shortest pause.
    func refresh() {
        guard !isClosed, !isRefreshDue else { return }
        guard !isRefreshing else {
            isRefreshDue = true
            return
        }
        let earliest = lastRefresh + Self.shortestPause
        if rounds > 0, earliest > .now() {
            refresh(at: earliest)
        } else {
            beginRound()
        }
    }

    private func refresh(at due: NIODeadline) {
        isRefreshDue = true
        eventLoop.scheduleTask(deadline: due) {
            self.isRefreshDue = false
            if !self.isRefreshing { self.beginRound() }
        }
    }

    private func beginRound() {
        guard !isClosed else { return }
        isRefreshing = true
        rounds += 1
        // Whoever was asked first last time comes last: one that has lost sight of the others is not believed for
        // long.
        let known = map?.primaries ?? []
        let turned = known.isEmpty ? [] : (0..<known.count).map { known[($0 + rounds) % known.count] }
        ask(turned + seeds.filter { !known.contains($0) }, 0, "")
    }

    private func ask(_ candidates: [Endpoint], _ place: Int, _ reason: String) {
        guard !isClosed else { return }
        guard place < candidates.count else { return roundFailed(reason) }
        let asked = candidates[place]
        let commands =
            (configuration.password.map { [.logIn(configuration.user, $0)] } ?? [])
            + [RedisCommand("CLUSTER", "SLOTS")]
        RedisExchange.ask(asked, commands, over: dialler, within: Self.refreshDeadline).whenComplete {
            result in
            switch result {
            case .success(let replies):
                if let map = replies.last.flatMap({ SlotMap($0, from: asked) }) { return self.adopt(map) }
                var why = "it knows of no slots"
                if case .error(let text)? = replies.last {
                    why = "refused CLUSTER with \(text.prefix(while: { $0 != " " }))"
                }
                self.ask(candidates, place + 1, "\(asked): \(why)")
            case .failure(let error): self.ask(candidates, place + 1, "\(asked): \(error)")
            }
        }
    }

    private func adopt(_ map: SlotMap) {
        guard !isClosed else { return }
        isRefreshing = false
        failures = 0
        lastRefresh = .now()
        self.map = map
        if hasReportedTrouble {
            hasReportedTrouble = false
            logger.notice("Redis Cluster answers again", metadata: ["redis": "\(configuration)"])
        }
        for endpoint in map.primaries { _ = node(at: endpoint) }
        for (endpoint, node) in nodes where !map.primaries.contains(endpoint) {
            nodes[endpoint] = nil
            dismiss(node)
        }
        wakeWaiters()
        if isRefreshDue {
            refresh(at: lastRefresh + Self.shortestPause)
        } else if map.missing > 0 {
            refresh(at: lastRefresh + Self.longestPause)
        }
    }

    private func dismiss(_ node: RedisConnection) {
        leaving.append(node)
        eventLoop.scheduleTask(in: Self.farewell) {
            self.leaving.removeAll { $0 === node }
            let status = node.status
            self.past.connectionsMade += status.connectionsMade
            self.past.connectionsFailed += status.connectionsFailed
            self.past.unanswered += status.unanswered
            self.past.scriptsForgotten += status.scriptsForgotten
            _ = node.close()
        }
    }

    private func roundFailed(_ reason: String) {
        isRefreshing = false
        isRefreshDue = false
        failures += 1
        lastRefresh = .now()
        if !hasReportedTrouble {
            hasReportedTrouble = true
            logger.warning(
                "no node of the Redis Cluster tells who has which slots",
                metadata: ["redis": "\(configuration)", "reason": "\(reason)"])
        }
        wakeWaiters()
        refresh(at: lastRefresh + min(Self.shortestPause * (1 << min(failures - 1, 4)), Self.longestPause))
    }
}
