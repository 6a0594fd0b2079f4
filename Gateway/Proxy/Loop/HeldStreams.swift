import GatewayCore

/// A WebSocket or an event stream that somebody's session, or API key, has opened: what goes on long after
/// it was let in, and must end when that does.
final class HeldStream {
    let session: SessionDigest
    let isKey: Bool
    /// When the session ends that no use postpones, or did end: monotonic nanoseconds.
    private(set) var endsAt: UInt64
    fileprivate let waiter: Waiter

    /// How long both sides have to take their leave before the connection is cut.
    static let farewell: UInt64 = 500_000_000

    init(_ principal: Principal, waiter: Waiter, now: Timestamp, monotonic: UInt64) {
        session = principal.session.digest
        isKey = principal.credential == .key
        let left = principal.session.expiresAt - now
        endsAt = monotonic &+ (left > .zero ? left.nanoseconds : 0)
        self.waiter = waiter
    }

    func hasEnded(at now: UInt64) -> Bool { now >= endsAt }
    /// When it is cut whatever the sides have said to each other.
    var cutAt: UInt64 { endsAt > .max - Self.farewell ? .max : endsAt + Self.farewell }
    /// When there is next something to do about it.
    func deadline(at now: UInt64) -> UInt64 { hasEnded(at: now) ? cutAt : endsAt }

    /// It ends at `moment`, unless it does before.
    fileprivate func end(at moment: UInt64) {
        guard moment < endsAt else { return }
        endsAt = moment
        waiter.wake()
    }
}

/// The held streams of one event loop, by session. As many as there are such connections, which are bounded.
struct HeldStreams {
    private var streams: [SessionDigest: [HeldStream]] = [:]

    var isEmpty: Bool { streams.isEmpty }
    /// Whatever holds one, once each.
    var sessions: [(digest: SessionDigest, isKey: Bool)] {
        streams.compactMap { digest, held in held.first.map { (digest, $0.isKey) } }
    }

    mutating func add(_ stream: HeldStream) { streams[stream.session, default: []].append(stream) }

    mutating func remove(_ stream: HeldStream) {
        streams[stream.session]?.removeAll { $0 === stream }
        if streams[stream.session]?.isEmpty == true { streams[stream.session] = nil }
    }

    /// What those sessions hold. Telling a stream something may remove it, so this is a copy.
    func held(by digests: [SessionDigest]) -> [HeldStream] {
        guard !streams.isEmpty else { return [] }
        return digests.flatMap { streams[$0] ?? [] }
    }
}

extension LoopState {
    /// Sessions and API keys that have ended, wherever that was: nothing is served by them from memory, and
    /// what they hold open takes its leave.
    func sessionsEnded(_ digests: [SessionDigest]) {
        sessions.ended(digests)
        let now = Clock.monotonic
        for stream in held.held(by: digests) { stream.end(at: now) }
    }

    /// Sessions that were changed: nothing is served by what is remembered of them.
    func sessionsChanged(_ digests: [SessionDigest]) { sessions.ended(digests) }

    /// What the store says of a session that holds streams open: its end may have come closer.
    fileprivate func sessionHolds(_ session: Session) {
        let left = session.expiresAt - Clock.now
        let end = Clock.monotonic &+ (left > .zero ? left.nanoseconds : 0)
        for stream in held.held(by: [session.digest]) { stream.end(at: end) }
    }
}

extension GatewayLoop {
    /// How long between two tries to ask a store that does not answer.
    private static let patience = Duration.seconds(1)

    /// Asks the store for every session that holds a stream open, after a time in which its end may have gone
    /// unheard. Tries again until the store has answered for each.
    func recheckHeldStreams() async {
        guard !state.isRecheckingHeld else { return }
        state.isRecheckingHeld = true
        defer { state.isRecheckingHeld = false }
        await recheck(state.held.sessions)
    }

    /// Some sessions were changed. Those that hold a stream open may have to let go of it sooner.
    func sessionsChanged(_ digests: [SessionDigest]) async {
        state.sessionsChanged(digests)
        await recheck(state.held.sessions.filter { digests.contains($0.digest) })
    }

    private func recheck(_ sessions: [(digest: SessionDigest, isKey: Bool)]) async {
        var open = sessions
        while !open.isEmpty, !state.isDraining {
            var unanswered: [(digest: SessionDigest, isKey: Bool)] = []
            for (digest, isKey) in open {
                let question = AdmissionQuestion(session: digest, isKey: isKey, charges: [])
                switch try? await state.services.store.admit(question).session {
                case .absent?: state.sessionsEnded([digest])
                case nil: unanswered.append((digest, isKey))
                case .found(let session)?: state.sessionHolds(session)
                case .notAsked?: break
                }
            }
            open = unanswered
            if !open.isEmpty { try? await Task.sleep(for: Self.patience) }
        }
    }
}
