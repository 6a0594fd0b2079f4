package import GatewayCore

/// What an operator should know of the server: whether it is fit to hold sessions.
package struct RedisDiagnosis: Sendable, Hashable {
    /// Which node of a Cluster this is; nil where there is one server.
    package var server: String?
    /// As the server states it, `7.0.15`; for Valkey the version of Redis that it is compatible with.
    package var version: String
    /// `master` or `slave`, in the server's words.
    package var role: String
    /// Whether it takes part in a Cluster.
    package var isClusterNode: Bool
    /// Replicas that are connected to it.
    package var replicas: Int
    /// `maxmemory-policy`.
    package var evictionPolicy: String
    /// `maxmemory` in bytes; 0: no bound.
    package var memoryBound: Int64
    /// `used_memory` in bytes.
    package var memoryUsed: Int64
    /// Whether writes go to an append-only file.
    package var appendsToFile: Bool
    /// The points at which snapshots are written, in the server's words; nil where it does not tell.
    package var snapshots: String?
    /// The server's clock.
    package var clock: Timestamp

    package init(
        server: String? = nil, version: String, role: String, isClusterNode: Bool = false, replicas: Int = 0,
        evictionPolicy: String, memoryBound: Int64, memoryUsed: Int64 = 0, appendsToFile: Bool,
        snapshots: String?, clock: Timestamp
    ) {
        self.server = server
        self.isClusterNode = isClusterNode
        self.replicas = replicas
        self.memoryUsed = memoryUsed
        self.version = version
        self.role = role
        self.evictionPolicy = evictionPolicy
        self.memoryBound = memoryBound
        self.appendsToFile = appendsToFile
        self.snapshots = snapshots
        self.clock = clock
    }
}

extension RedisStore {
    /// Asks the server about itself; on a Cluster each primary, in the order of the slot map. Changes nothing.
    package func diagnose() async throws(StoreFault) -> [RedisDiagnosis] {
        guard case .cluster(let cluster) = connection else { return [try await diagnosis(at: nil)] }
        // The map comes with the first answer.
        _ = try await run(RedisCommand("TIME"), repeatable: true)
        var found: [RedisDiagnosis] = []
        for (endpoint, _) in cluster.primaries { found.append(try await diagnosis(at: endpoint)) }
        return found
    }

    /// How long the least of questions takes there and back.
    package func roundTrip() async throws(StoreFault) -> Duration {
        let begin = ContinuousClock.now
        _ = try await run(RedisCommand("TIME"), repeatable: true)
        return ContinuousClock.now - begin
    }

    /// Slots of a Cluster that no node takes; nil where there is no Cluster, or nothing is known of it yet.
    package var missingSlots: Int? {
        guard case .cluster(let cluster) = connection else { return nil }
        return cluster.map?.missing
    }

    private func diagnosis(at node: RedisConfiguration.Endpoint?) async throws(StoreFault) -> RedisDiagnosis {
        let info = try await ask(RedisCommand("INFO"), at: node)
        var fields: [Substring: String] = [:]
        for line in (info.text ?? "").split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[parts[0]] = String(parts[1]) }
        }
        // Users of an ACL may be kept from this one.
        var snapshots: String?
        do throws(StoreFault) {
            snapshots = try await ask(RedisCommand("CONFIG", "GET", "save"), at: node).list?.last?.text
        } catch .unexpected {
            snapshots = nil
        }
        let clock = try Self.clock(try await ask(RedisCommand("TIME"), at: node))
        return RedisDiagnosis(
            server: node?.description, version: fields["redis_version"] ?? "unknown",
            role: fields["role"] ?? "unknown", isClusterNode: fields["cluster_enabled"] == "1",
            replicas: fields["connected_slaves"].flatMap { Int($0) } ?? 0,
            evictionPolicy: fields["maxmemory_policy"] ?? "unknown",
            memoryBound: fields["maxmemory"].flatMap(Int64.init) ?? 0,
            memoryUsed: fields["used_memory"].flatMap(Int64.init) ?? 0,
            appendsToFile: fields["aof_enabled"] == "1",
            snapshots: snapshots, clock: Timestamp(microseconds: clock))
    }

    private func ask(
        _ command: RedisCommand, at node: RedisConfiguration.Endpoint?
    ) async throws(StoreFault) -> RedisReply {
        guard let node, case .cluster(let cluster) = connection else {
            return try await run(command, repeatable: true)
        }
        let reply = try await cluster.run([command], at: node)[0]
        if case .error(let text) = reply { throw StoreFault(error: text, of: command.name) }
        return reply
    }
}
