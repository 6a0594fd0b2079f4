import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis Cluster: slots that move and nodes that go", .serialized)
struct ClusterTests {
    private static let deadline = Duration.milliseconds(500)

    private func store(
        _ cluster: RedisCluster, deadline: Duration = ClusterTests.deadline
    ) throws -> LoopActor<RedisStore> {
        .store(try RedisConfiguration(url: cluster.url, deadline: deadline))
    }

    /// `count` sessions of as many users, begun.
    private func sessions(_ count: UInt64, in loop: LoopActor<RedisStore>) async throws -> [Session] {
        let sessions = try (0..<count).map { number in
            try Sample.session(number &* 0x9E37_79B9_7F4A_7C15, of: "0190-\(number)")
        }
        try await loop.run { _, store in
            for session in sessions { try await store.begin(session, policy: SessionPolicy()) }
        }
        return sessions
    }

    @Test("pain 33: one connection a loop and primary, and every key where the Cluster wants it")
    func connections() async throws {
        let cluster = try await RedisCluster.start()
        defer { cluster.stop() }
        let loop = try store(cluster)
        try await loop.untilReachable()
        let sessions = try await sessions(100, in: loop)
        let charge = try Sample.charge(burst: 1_000)
        let users = sessions.map { session in
            Task {
                try await loop.run { _, store in
                    let answer = try await store.admit(
                        AdmissionQuestion(session: session.digest, charges: [charge]))
                    return answer.session == .found(session) && answer.outcomes[0].isAdmitted
                }
            }
        }
        for user in users { #expect(try await user.value) }
        for primary in cluster.primaries {
            try await eventually("the one that told the slots is gone") {
                guard case .text(let clients) = try primary.command("CLIENT", "LIST") else { return false }
                // The second is the one that asks.
                return clients.split(separator: "\n").count == 2
            }
            guard case .integer(let keys) = try primary.command("DBSIZE") else { return }
            #expect(keys > 20)
        }
        for session in sessions.prefix(20) {
            let key = "fg:s:\(session.digest)"
            #expect(try cluster.slot(of: key) == KeySlot(of: key).number)
        }
        try await loop.run { _, store in
            let roles = try await store.diagnose().map(\.role)
            #expect(roles == ["master", "master", "master"])
            #expect(store.missingSlots == 0)
            #expect(store.status.isConnected && store.status.breaker == .closed)
            #expect(store.status.connectionsMade == 3)
        }
    }

    @Test("pain 7: a command whose keys lie in several slots is refused before it is sent")
    func crossSlot() async throws {
        let cluster = try await RedisCluster.start()
        defer { cluster.stop() }
        let single = try await RedisServer.start()
        defer { single.stop() }
        for loop in [try store(cluster), try LoopActor.store(on: single)] {
            try await loop.untilReachable()
            _ = await loop.run { _, store in
                await #expect(throws: StoreFault.unexpected("DEL: its keys lie in several slots")) {
                    _ = try await store.run(RedisCommand("DEL", "foo", "bar"))
                }
            }
        }
    }

    @Test("pain 5: the store starts without the Cluster and finds it when it comes, by any node")
    func startWithout() async throws {
        let cluster = try await RedisCluster.start()
        defer { cluster.stop() }
        for node in cluster.primaries { node.kill9() }
        let loop = try store(cluster)
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge()])
        try await loop.eventually("an open circuit") { await $0.fault(of: question) == .circuitOpen }
        #expect(await !loop.run { _, store in store.isReachable })
        for node in cluster.primaries { try await node.restart() }
        try await cluster.untilWhole()
        try await loop.eventually("the Cluster is not found") { await $0.fault(of: question) == nil }
        // Whoever knows one node learns of the others.
        let one = LoopActor<RedisStore>.store(
            try RedisConfiguration(
                url: "redis+cluster://127.0.0.1:1,127.0.0.1:\(cluster.primaries[2].port)",
                deadline: .seconds(2)))
        #expect(await one.run { _, store in await store.fault(of: question) } == nil)
        #expect(await one.run { _, store in store.status.connectionsMade } > 0)
    }

    @Test("a slot half moved: keys are asked for where they are, and a command over both halves waits")
    func halfMoved() async throws {
        let cluster = try await RedisCluster.start()
        defer { cluster.stop() }
        let loop = try store(cluster)
        try await loop.untilReachable()
        let session = try await sessions(1, in: loop)[0]
        let charge = try Sample.charge(burst: 5)
        let question = AdmissionQuestion(session: session.digest, charges: [charge])
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
        for key in ["fg:s:\(session.digest)", "fg:l:api:192.0.2.1"] {
            let slot = try cluster.slot(of: key)
            try cluster.beginMoving(
                slot, from: cluster.owner(of: slot), to: (cluster.owner(of: slot) + 1) % 3)
        }
        let answer = try await loop.run { _, store in try await store.admit(question) }
        #expect(answer.session == .found(session))
        #expect(answer.outcomes[0].isAdmitted && answer.outcomes[0].untilFull > 60_000_000)
        let others = (0..<3).map { _ in charge }
        let rest = try await loop.run { _, store in
            try await store.admit(AdmissionQuestion(session: nil, charges: others + [charge]))
        }
        #expect(rest.outcomes.map(\.isAdmitted) == [true, true, true, false])

        // What counts wrong passwords lies in one slot; the first key of two leaves it.
        let attempt = LoginAttempt(
            email: session.email, address: try #require(AddressPrefix("192.0.2.1")))
        try await loop.run { _, store in _ = try await store.begin(attempt, policy: LockoutPolicy()) }
        let slot = try cluster.slot(of: "{log}")
        let (from, to) = (cluster.owner(of: slot), (cluster.owner(of: slot) + 1) % 3)
        var count = 0
        try cluster.beginMoving(slot, from: from, to: to) { _ in
            count += 1
            return count == 1
        }
        await loop.run { _, store in
            do throws(StoreFault) {
                _ = try await store.begin(attempt, policy: LockoutPolicy())
                Issue.record("keys of two nodes were touched at once")
            } catch {
                #expect(error == .unavailable || error == .timeout)
            }
        }
        try cluster.finishMoving(slot, from: from, to: to)
        try await loop.run { _, store in
            _ = try await store.begin(attempt, policy: LockoutPolicy())
            #expect(try await store.unlock(.everything) > 0)
        }
    }

    @Test("resharding under load: every session is found, no charge is made twice or lost")
    func reshard() async throws {
        let cluster = try await RedisCluster.start()
        defer { cluster.stop() }
        let loop = try store(cluster, deadline: .seconds(2))
        try await loop.untilReachable()
        let sessions = try await sessions(60, in: loop)
        let burst: Int64 = 20
        let charge = try Sample.charge("strict", burst: burst, per: .seconds(3_600))
        let seen = try await load(
            loop, sessions.map(\.digest), charge, pacing: .milliseconds(20)
        ) {
            let keys = sessions.map { "fg:s:\($0.digest)" } + ["fg:l:strict:192.0.2.1"]
            for slot in Set(try keys.map { try cluster.slot(of: $0) }) {
                let owner = cluster.owner(of: slot)
                try cluster.finishMoving(slot, from: owner, to: (owner + 1) % 3)
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        #expect(seen.absent == 0 && seen.wrong == 0 && seen.faults == 0, "\(seen)")
        #expect(seen.found > sessions.count, "\(seen)")
        #expect(seen.admitted == Int(burst), "\(seen)")
        for session in sessions {
            let question = AdmissionQuestion(session: session.digest, charges: [])
            let answer = try await loop.run { _, store in try await store.admit(question) }
            #expect(answer.session == .found(session))
        }
    }

    @Test("pain 4: a primary is killed under load, and its replica takes over without a restart of ours")
    func failover() async throws {
        let cluster = try await RedisCluster.start(withReplicas: true, nodeTimeout: .seconds(1))
        defer { cluster.stop() }
        let loop = try store(cluster)
        try await loop.untilReachable()
        let sessions = try await sessions(30, in: loop)
        try await cluster.untilReplicated()
        let burst: Int64 = 20
        let charge = try Sample.charge("strict", burst: burst, per: .seconds(3_600))
        let victim = cluster.owner(of: try cluster.slot(of: "fg:l:strict:192.0.2.1"))
        let seen = try await load(loop, sessions.map(\.digest), charge, pacing: .milliseconds(20)) {
            try await eventually("the load runs") {
                try cluster.primaries[victim].command("EXISTS", "fg:l:strict:192.0.2.1") == .integer(1)
            }
            cluster.primaries[victim].kill9()
            try await eventually("the replica is no primary") {
                guard case .list(let role) = try cluster.replicas[victim].command("ROLE") else {
                    return false
                }
                return role.first == .text("master")
            }
            try await loop.eventually("sessions are not found again", within: .seconds(20)) { store in
                for session in sessions {
                    let asked = AdmissionQuestion(session: session.digest, charges: [charge])
                    guard (try? await store.admit(asked))?.session == .found(session) else { return false }
                }
                return true
            }
        }
        #expect(seen.absent == 0 && seen.wrong == 0, "\(seen)")
        #expect(seen.found > 0 && seen.faults > 0, "\(seen)")
        #expect(seen.admitted <= 2 * Int(burst), "\(seen)")
        #expect(seen.longest < Self.deadline * 4, "\(seen)")
    }

    /// What clients saw.
    private struct Seen: Sendable {
        var found = 0
        var absent = 0
        var faults = 0
        var wrong = 0
        var admitted = 0
        var longest = Duration.zero
        var reasons: Set<StoreFault> = []
    }

    /// Has a task for every session ask for it and make `charge` until `body` is over.
    private func load(
        _ loop: LoopActor<RedisStore>, _ sessions: [SessionDigest], _ charge: LimitCharge, pacing: Duration,
        during body: () async throws -> Void
    ) async throws -> Seen {
        let clients = sessions.map { session in
            Task {
                await loop.run { _, store in
                    let question = AdmissionQuestion(session: session, charges: [charge])
                    var seen = Seen()
                    while !Task.isCancelled {
                        let start = ContinuousClock.now
                        do throws(StoreFault) {
                            let answer = try await store.admit(question)
                            if case .found = answer.session { seen.found += 1 } else { seen.absent += 1 }
                            seen.admitted += answer.outcomes.count(where: \.isAdmitted)
                        } catch {
                            if error.isUnexpected { seen.wrong += 1 } else { seen.faults += 1 }
                            seen.reasons.insert(error)
                        }
                        seen.longest = max(seen.longest, ContinuousClock.now - start)
                        try? await Task.sleep(for: pacing)
                    }
                    return seen
                }
            }
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        var all = Seen()
        for client in clients {
            client.cancel()
            let seen = await client.value
            all.found += seen.found
            all.absent += seen.absent
            all.faults += seen.faults
            all.wrong += seen.wrong
            all.admitted += seen.admitted
            all.longest = max(all.longest, seen.longest)
            all.reasons.formUnion(seen.reasons)
        }
        try result.get()
        return all
    }
}
