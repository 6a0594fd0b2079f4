import GatewayCore
import NIOCore

/// Flights of commands on a Cluster: split by node, redirected where slots move, put together in order.
extension ClusterConnections {
    /// Redirections and new attempts that one command may meet.
    static let mostRedirections = 5
    /// Before a command is sent again whose keys are on their way.
    static let pauseBeforeTryingAgain = TimeAmount.milliseconds(5)

    private struct Hop {
        /// In the flight.
        var place: Int
        var endpoint: Endpoint
        var isAsking = false
        var isEvaluated = false
    }

    /// Sends `commands` and answers their replies in order, within `patience` or else the deadline; what follows an error may not
    /// have been sent, and answers as null.
    ///
    /// One node carries out its part in order. Where a flight goes to several, commands of one kind are sent
    /// together, and what comes behind them waits for their replies: what a verb enters in an index before it writes
    /// is there before.
    func run(
        _ commands: [RedisCommand], repeatable: Bool, within patience: TimeAmount? = nil
    ) async throws(StoreFault) -> [RedisReply] {
        let due = NIODeadline.now() + (patience ?? deadline)
        try await mapIsKnown(by: due)
        return try await run(commands, repeatable: repeatable, by: due)
    }

    /// The same by `due`, with a map.
    func run(
        _ commands: [RedisCommand], repeatable: Bool, by due: NIODeadline
    ) async throws(StoreFault) -> [RedisReply] {
        var replies = [RedisReply](repeating: .null, count: commands.count)
        for stage in Self.stages(of: commands, at: try endpoints(of: commands)) {
            try await run(stage, of: commands, repeatable: repeatable, by: due, into: &replies)
            if stage.contains(where: { replies[$0.place].isError }) { break }
        }
        return replies
    }

    /// Sends `commands` to one node and answers their replies; for asking every node about itself.
    func run(_ commands: [RedisCommand], at endpoint: Endpoint) async throws(StoreFault) -> [RedisReply] {
        let node = node(at: endpoint)
        if let refusal = node.refusal { throw refusal }
        let due = NIODeadline.now() + deadline
        return try await withUnsafeContinuation { continuation in
            node.ask(commands, repeatable: true, by: due, .caller(continuation))
        }.get()
    }

    /// Where each command goes; those without a key go with the first that has one.
    private func endpoints(of commands: [RedisCommand]) throws(StoreFault) -> [Endpoint] {
        var found: [Endpoint?] = []
        for command in commands {
            switch command.place {
            case .anywhere: found.append(nil)
            case .several: throw .unexpected("\(command.name): its keys lie in several slots")
            case .slot(let slot):
                guard let endpoint = owner(of: slot) else {
                    refresh()
                    throw .unavailable
                }
                found.append(endpoint)
            }
        }
        let anyone =
            found.compactMap(\.self).first
            ?? primaries.first { $0.connection.refusal == nil }?.endpoint ?? primaries.first?.endpoint
        guard let anyone else { throw .unavailable }
        return found.map { $0 ?? anyone }
    }

    private static func stages(of commands: [RedisCommand], at endpoints: [Endpoint]) -> [[Hop]] {
        let hops = endpoints.indices.map { Hop(place: $0, endpoint: endpoints[$0]) }
        let isOneNode = endpoints.allSatisfy { $0 == endpoints[0] }
        if isOneNode || commands.allSatisfy(\.isReading) { return [hops] }
        var stages: [[Hop]] = []
        for hop in hops {
            if let last = stages.last?.last, commands[last.place].name == commands[hop.place].name {
                stages[stages.count - 1].append(hop)
            } else {
                stages.append([hop])
            }
        }
        return stages
    }

    /// Sends one stage until no reply is a redirection any more.
    private func run(
        _ stage: [Hop], of commands: [RedisCommand], repeatable: Bool, by due: NIODeadline,
        into replies: inout [RedisReply]
    ) async throws(StoreFault) {
        var open = stage
        for _ in 0...Self.mostRedirections {
            try await send(open, of: commands, repeatable: repeatable, by: due, into: &replies)
            var isOnItsWay = false
            open = open.compactMap { hop in
                guard case .error(let text) = replies[hop.place] else { return nil }
                var hop = hop
                if let redirection = Redirection(text, from: hop.endpoint) {
                    hop.endpoint = redirection.endpoint
                    hop.isAsking = redirection.kind == .ask
                } else if text.hasPrefix("NOSCRIPT"), !hop.isEvaluated {
                    hop.isEvaluated = true
                } else if ServerTrouble(text) == .tryAgain {
                    isOnItsWay = true
                } else {
                    return nil
                }
                return hop
            }
            if open.isEmpty { return }
            if isOnItsWay { await pause() }
            guard NIODeadline.now() < due else { throw .timeout }
        }
        throw .unavailable
    }

    /// Sends commands to their nodes and takes in their replies; throws where a node did not answer.
    private func send(
        _ hops: [Hop], of commands: [RedisCommand], repeatable: Bool, by due: NIODeadline,
        into replies: inout [RedisReply]
    ) async throws(StoreFault) {
        var parts: [(endpoint: Endpoint, hops: [Hop])] = []
        for hop in hops {
            if let index = parts.firstIndex(where: { $0.endpoint == hop.endpoint }) {
                parts[index].hops.append(hop)
            } else {
                parts.append((hop.endpoint, [hop]))
            }
        }
        let results = await Gathering<[RedisReply]>.results(of: parts.count) { gathering in
            for (index, part) in parts.enumerated() {
                let node = node(at: part.endpoint)
                if let refusal = node.refusal {
                    gathering.receive(.failure(refusal), for: index)
                    continue
                }
                let words = part.hops.flatMap { hop in
                    let command = commands[hop.place]
                    return (hop.isAsking ? [RedisCommand("ASKING")] : [])
                        + [hop.isEvaluated ? command.evaluated : command]
                }
                node.ask(words, repeatable: repeatable, by: due, .part(gathering, index))
            }
        }
        for (part, result) in zip(parts, results) {
            if case .failure = result { refresh() }
            var answers = try result.get()[...]
            for hop in part.hops {
                if hop.isAsking { answers = answers.dropFirst() }
                if let answer = answers.popFirst() { replies[hop.place] = answer }
            }
        }
    }

    private func pause() async {
        await withUnsafeContinuation { continuation in
            _ = eventLoop.scheduleTask(in: Self.pauseBeforeTryingAgain) { continuation.resume() }
        }
    }
}
