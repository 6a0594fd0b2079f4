package import GatewayCore

extension RedisStore: AdmissionStore {
    /// A session is kept for this long beyond its idle timeout, because its last use is written at most once
    /// a minute: by then it may have been used a minute later than the record says. Who decides whether a
    /// session is live is `SessionPolicy.isLive`; the expiry only sweeps.
    static let sweepDelay = Duration.seconds(60)

    package func admit(_ question: AdmissionQuestion) async throws(StoreFault) -> AdmissionAnswer {
        guard question.session != nil || !question.charges.isEmpty else {
            return AdmissionAnswer(session: .notAsked, outcomes: [])
        }
        guard case .server(let connection) = connection else { return try await admitOnCluster(question) }
        var answer = try await fly(question, over: connection, evaluating: false)
        guard !answer.outcomes.allSatisfy(\.wasMade) else { return answer }
        // The server has forgotten the script. Only what was not charged is charged again.
        let missing = answer.outcomes.indices.filter { !answer.outcomes[$0].wasMade }
        let rest = AdmissionQuestion(session: nil, charges: missing.map { question.charges[$0] })
        let again = try await fly(rest, over: connection, evaluating: true)
        guard again.outcomes.allSatisfy(\.wasMade) else { throw .unexpected("gcra: NOSCRIPT") }
        for (index, outcome) in zip(missing, again.outcomes) { answer.outcomes[index] = outcome }
        return answer
    }

    private func admitOnCluster(
        _ question: AdmissionQuestion
    ) async throws(StoreFault) -> AdmissionAnswer {
        guard case .cluster(let cluster) = connection else { throw .unavailable }
        return try await cluster.admit(question)
    }

    private func fly(
        _ question: AdmissionQuestion, over connection: RedisConnection, evaluating: Bool
    ) async throws(StoreFault) -> AdmissionAnswer {
        try await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<AdmissionAnswer, StoreFault>, Never>) in
            // Where requests are served this is the loop already, and a closure for each would cost.
            if connection.eventLoop.inEventLoop {
                connection.ask(question, evaluating: evaluating, continuation)
            } else {
                connection.onLoop { connection.ask(question, evaluating: evaluating, continuation) }
            }
        }.get()
    }

    package func touch(_ session: SessionDigest, at now: Timestamp, idleTimeout: Duration) {
        let lifetime = idleTimeout + Self.sweepDelay
        connection.tell(
            RedisCommand(
                .sessionTouch, keys: [keys.session(session)],
                [SessionRecord.text(of: now), String(lifetime.wholeMilliseconds)]))
    }
}
