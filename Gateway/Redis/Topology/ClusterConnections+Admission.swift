import GatewayCore
import NIOCore

/// The hot path on a Cluster: the session's look-up and the charges go to their nodes at once, where those of a
/// tick travel together as they do to a single server.
extension ClusterConnections {
    /// What one node is asked, and whose answers these are.
    private struct Part {
        let endpoint: Endpoint
        var question = AdmissionQuestion(session: nil, charges: [])
        /// Of its charges, among those of the whole question.
        var places: [Int] = []
    }

    func admit(_ question: AdmissionQuestion) async throws(StoreFault) -> AdmissionAnswer {
        let due = NIODeadline.now() + deadline
        try await mapIsKnown(by: due)
        let parts = try parts(of: question)
        let results = await Gathering<AdmissionAnswer>.results(of: parts.count) { gathering in
            for (index, part) in parts.enumerated() {
                let node = node(at: part.endpoint)
                if let refusal = node.refusal {
                    gathering.receive(.failure(refusal), for: index)
                } else {
                    node.ask(
                        AdmissionFlight(
                            question: part.question, evaluating: false, asker: .part(gathering, index)))
                }
            }
        }
        var answer = AdmissionAnswer(
            session: .notAsked, outcomes: Array(repeating: .notMade, count: question.charges.count))
        for (part, result) in zip(parts, results) {
            if case .failure = result { refresh() }
            let found = try result.get()
            if part.question.session != nil { answer.session = found.session }
            for (place, outcome) in zip(part.places, found.outcomes) { answer.outcomes[place] = outcome }
        }
        return try await completed(answer, of: question, by: due)
    }

    private func parts(of question: AdmissionQuestion) throws(StoreFault) -> [Part] {
        var parts: [Part] = []
        func part(for key: String) throws(StoreFault) -> Int {
            guard let endpoint = owner(of: KeySlot(of: key)) else {
                refresh()
                throw .unavailable
            }
            if let index = parts.firstIndex(where: { $0.endpoint == endpoint }) { return index }
            parts.append(Part(endpoint: endpoint))
            return parts.count - 1
        }
        if let session = question.session {
            let index = try part(for: place(of: session, in: question))
            parts[index].question.session = session
            parts[index].question.isKey = question.isKey
        }
        for (place, charge) in question.charges.enumerated() {
            let index = try part(for: keys.limit(charge))
            parts[index].question.charges.append(charge)
            parts[index].places.append(place)
        }
        return parts
    }

    /// The Redis key of a session, or of an API key.
    private func place(of digest: SessionDigest, in question: AdmissionQuestion) -> String {
        question.isKey ? keys.apiKey(named: digest.description) : keys.session(digest)
    }

    /// Asks again, one by one, for what was answered with a redirection or by a node that did not know the script: none
    /// of it was carried out.
    private func completed(
        _ answer: AdmissionAnswer, of question: AdmissionQuestion, by due: NIODeadline
    ) async throws(StoreFault) -> AdmissionAnswer {
        var answer = answer
        let digest = answer.session == .notAsked ? question.session : nil
        let places = answer.outcomes.indices.filter { !answer.outcomes[$0].wasMade }
        guard digest != nil || !places.isEmpty else { return answer }
        let lookUp = digest.map { [RedisCommand("GET", place(of: $0, in: question))] } ?? []
        let charges = places.map { place in
            let gcra = question.charges[place].policy.gcra
            return RedisCommand(
                .gcra, keys: [keys.limit(question.charges[place])],
                [String(gcra.interval * gcra.cost), String(gcra.window), "1"])
        }
        var replies = try await run(lookUp + charges, repeatable: false, by: due)[...]
        for reply in replies {
            if case .error(let text) = reply { throw StoreFault(error: text, of: "admission") }
        }
        if let digest {
            switch replies.removeFirst() {
            case .null: answer.session = .absent
            case .text(let record):
                guard let session = sessions.session(from: Array(record.utf8)[...], digest: digest) else {
                    throw .unexpected("session: not what it replies")
                }
                answer.session = .found(session)
            default: throw .unexpected("session: not what it replies")
            }
        }
        for (place, reply) in zip(places, replies) {
            guard let ahead = reply.integer, ahead >= 0 else {
                throw .unexpected("gcra: not what it replies")
            }
            answer.outcomes[place] = question.charges[place].policy.gcra.outcome(ofTurn: 0, ahead: ahead)
        }
        return answer
    }
}
