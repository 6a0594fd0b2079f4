import Foundation

/// A Redis Cluster of a test's own: three primaries that share the slots evenly, each with a replica if that is
/// asked for. All are real processes, and fail over within seconds.
package final class RedisCluster: Sendable {
    package let primaries: [RedisServer]
    package let replicas: [RedisServer]
    private let names: [String]

    private static let slots = 16_384

    /// Starts all of them and waits until each calls the Cluster whole.
    ///
    /// A node that is silent for `nodeTimeout` is taken to be gone: longer where no test kills one, because the
    /// machine may be busy.
    package static func start(
        withReplicas: Bool = false, nodeTimeout: Duration = .seconds(10)
    ) async throws -> RedisCluster {
        var nodes: [RedisServer] = []
        for _ in 0..<(withReplicas ? 6 : 3) { nodes.append(try await startNode(nodeTimeout)) }
        let cluster = try RedisCluster(nodes)
        try cluster.assignSlots()
        for node in nodes.dropFirst() {
            try nodes[0].command(
                "CLUSTER", "MEET", "127.0.0.1", "\(node.port)", "\(try busPort(of: node))")
        }
        try await cluster.untilWhole(knowing: nodes.count)
        for (replica, name) in zip(cluster.replicas, cluster.names) {
            try await eventually("a replica is told whose it is") {
                try replica.command("CLUSTER", "REPLICATE", name) == .status("OK")
            }
        }
        try await cluster.untilReplicated()
        return cluster
    }

    private static func startNode(_ timeout: Duration) async throws -> RedisServer {
        // The kernel's free ports may be too high for Redis's own choice, 10,000 above the port.
        try await RedisServer.start(options: [
            "--cluster-enabled", "yes", "--cluster-node-timeout",
            "\(Int(timeout / .milliseconds(1)))", "--cluster-port",
            "\(try FreePort.onLoopback())", "--repl-diskless-sync-delay", "0", "--appendfsync", "everysec",
            "--cluster-replica-validity-factor", "0",
        ])
    }

    private static func busPort(of node: RedisServer) throws -> String {
        guard case .list(let words) = try node.command("CONFIG", "GET", "cluster-port"),
            case .text(let port)? = words.last
        else { throw RedisServer.Failure(description: "no cluster-port") }
        return port
    }

    private init(_ nodes: [RedisServer]) throws {
        primaries = Array(nodes.prefix(3))
        replicas = Array(nodes.dropFirst(3))
        names = try nodes.map { node in
            guard case .text(let name) = try node.command("CLUSTER", "MYID") else {
                throw RedisServer.Failure(description: "no name")
            }
            return name
        }
    }

    /// The slots that a primary has at first.
    package static func slots(of place: Int) -> ClosedRange<Int> {
        slots * place / 3...slots * (place + 1) / 3 - 1
    }

    private func assignSlots() throws {
        for (place, node) in (primaries + replicas).enumerated() {
            try node.command("CLUSTER", "SET-CONFIG-EPOCH", "\(place + 1)")
            guard place < 3 else { continue }
            let range = Self.slots(of: place)
            try node.command("CLUSTER", "ADDSLOTSRANGE", "\(range.lowerBound)", "\(range.upperBound)")
        }
    }

    /// `redis+cluster://…` with every node that there was at first.
    package var url: String {
        "redis+cluster://" + (primaries + replicas).map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
    }

    /// Waits until every node that runs calls the Cluster whole.
    package func untilWhole(knowing count: Int? = nil) async throws {
        try await eventually("the Cluster is whole", within: .seconds(60)) {
            try (self.primaries + self.replicas).allSatisfy { node in
                guard node.processID != nil else { return true }
                guard case .text(let info) = try node.command("CLUSTER", "INFO") else { return false }
                return info.contains("cluster_state:ok")
                    && count.map { info.contains("cluster_known_nodes:\($0)\r\n") } != false
            }
        }
    }

    /// Waits until every replica has what its primary has.
    package func untilReplicated() async throws {
        try await eventually("the replicas follow", within: .seconds(60)) {
            try zip(self.primaries, self.replicas).allSatisfy { primary, replica in
                guard case .list(let role) = try replica.command("ROLE"),
                    case .list(let own) = try primary.command("ROLE"), role.count > 4, own.count > 1
                else { return false }
                return role[3] == .text("connected") && role[4] == own[1]
            }
        }
    }

    /// Which of the first primaries has `slot` at first.
    package func owner(of slot: Int) -> Int { (0..<3).first { Self.slots(of: $0).contains(slot) } ?? 0 }

    /// The slot of a key, as a server computes it.
    package func slot(of key: String) throws -> Int {
        guard case .integer(let slot) = try primaries[0].command("CLUSTER", "KEYSLOT", key) else { return -1 }
        return Int(slot)
    }

    /// Begins to move a slot and moves its keys that `isMoving` picks; it stays half moved.
    package func beginMoving(
        _ slot: Int, from: Int, to: Int, where isMoving: (String) -> Bool = { _ in true }
    ) throws {
        try primaries[to].command("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", names[from])
        try primaries[from].command("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", names[to])
        let found = try primaries[from].command("CLUSTER", "GETKEYSINSLOT", "\(slot)", "100000")
        guard case .list(let keys) = found else { return }
        for case .text(let key) in keys where isMoving(key) {
            try primaries[from].command(
                "MIGRATE", "127.0.0.1", "\(primaries[to].port)", key, "0", "5000")
        }
    }

    /// Moves what is left of a slot and says whose it is now.
    package func finishMoving(_ slot: Int, from: Int, to: Int) throws {
        try beginMoving(slot, from: from, to: to)
        for node in [primaries[to], primaries[from]] + primaries {
            try node.command("CLUSTER", "SETSLOT", "\(slot)", "NODE", names[to])
        }
    }

    package func stop() {
        for node in primaries + replicas { node.stop() }
    }
}
