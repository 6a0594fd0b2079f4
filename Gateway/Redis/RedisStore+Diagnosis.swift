package import GatewayCore

/// What an operator should know of the server: whether it is fit to hold sessions.
package struct RedisDiagnosis: Sendable, Hashable {
    /// As the server states it, `7.0.15`; for Valkey the version of Redis that it is compatible with.
    package var version: String
    /// `master` or `slave`, in the server's words.
    package var role: String
    /// `maxmemory-policy`.
    package var evictionPolicy: String
    /// `maxmemory` in bytes; 0: no bound.
    package var memoryBound: Int64
    /// Whether writes go to an append-only file.
    package var appendsToFile: Bool
    /// The points at which snapshots are written, in the server's words; nil where it does not tell.
    package var snapshots: String?
    /// The server's clock.
    package var clock: Timestamp

    package init(
        version: String, role: String, evictionPolicy: String, memoryBound: Int64, appendsToFile: Bool,
        snapshots: String?, clock: Timestamp
    ) {
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
    /// Asks the server about itself. Changes nothing.
    package func diagnose() async throws(StoreFault) -> RedisDiagnosis {
        let info = try await run(RedisCommand("INFO"), repeatable: true)
        var fields: [Substring: String] = [:]
        for line in (info.text ?? "").split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[parts[0]] = String(parts[1]) }
        }
        // Users of an ACL may be kept from this one.
        var snapshots: String?
        do throws(StoreFault) {
            let save = try await run(RedisCommand("CONFIG", "GET", "save"), repeatable: true)
            snapshots = save.list?.last?.text
        } catch .unexpected {
            snapshots = nil
        }
        let clock = try Self.clock(try await run(RedisCommand("TIME"), repeatable: true))
        return RedisDiagnosis(
            version: fields["redis_version"] ?? "unknown", role: fields["role"] ?? "unknown",
            evictionPolicy: fields["maxmemory_policy"] ?? "unknown",
            memoryBound: fields["maxmemory"].flatMap(Int64.init) ?? 0,
            appendsToFile: fields["aof_enabled"] == "1",
            snapshots: snapshots, clock: Timestamp(microseconds: clock))
    }
}
