package import GatewayCore

extension RedisStore: LeaseStore {
    /// Leases that one command renews or releases.
    private static let mostTogether = 500

    package func take(
        _ leases: [(lease: Lease, most: Int64)], for span: Duration
    ) async throws(StoreFault) -> [LeaseAnswer] {
        let commands = leases.map { lease, most in
            RedisCommand(
                .leaseTake, keys: [keys.inFlight(lease)],
                [String(most), String(span.wholeMilliseconds), lease.id.text])
        }
        var answers: [LeaseAnswer] = []
        for reply in try await run(commands, repeatable: true) {
            guard let held = reply.integer else { throw .unexpected("lease_take: not what it replies") }
            answers.append(LeaseAnswer(isGranted: held > 0, inFlight: abs(held)))
        }
        return answers
    }

    package func renew(_ leases: [Lease], for span: Duration) {
        tellEach(leases) { key, ids in
            RedisCommand(.leaseRenew, keys: [key], [String(span.wholeMilliseconds)] + ids)
        }
    }

    package func release(_ leases: [Lease]) {
        tellEach(leases) { key, ids in RedisCommand(words: ["ZREM", key] + ids) }
    }

    package func held(_ leases: [Lease]) async throws(StoreFault) -> [Int] {
        guard !leases.isEmpty else { return [] }
        let clock = try Self.clock(try await run(RedisCommand("TIME"), repeatable: true)) / 1_000
        let commands = leases.map { RedisCommand("ZCOUNT", keys.inFlight($0), "(\(clock)", "+inf") }
        return try await run(commands, repeatable: true).map { Int($0.integer ?? 0) }
    }

    package func forget(_ leases: [Lease]) async throws(StoreFault) -> Int {
        guard !leases.isEmpty else { return 0 }
        let held = try await held(leases)
        _ = try await run(leases.map { RedisCommand("DEL", keys.inFlight($0)) }, repeatable: true)
        return held.reduce(0, +)
    }

    /// One command for each subject, or several where it holds many.
    private func tellEach(_ leases: [Lease], _ command: (String, [String]) -> RedisCommand) {
        if leases.count == 1 {
            return connection.tell(command(keys.inFlight(leases[0]), [leases[0].id.text]))
        }
        for (key, group) in Dictionary(grouping: leases, by: { keys.inFlight($0) }) {
            for start in stride(from: 0, to: group.count, by: Self.mostTogether) {
                let part = group[start..<min(start + Self.mostTogether, group.count)]
                connection.tell(command(key, part.map(\.id.text)))
            }
        }
    }
}
