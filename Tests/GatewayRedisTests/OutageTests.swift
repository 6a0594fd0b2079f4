import GatewayCore
import NIOCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis: away, hung, back")
struct OutageTests {
    /// A session in the store and the question for it.
    private func begin(_ loop: LoopActor<RedisStore>) async throws -> AdmissionQuestion {
        let session = try Sample.session()
        try await loop.run { _, store in try await store.begin(session, policy: SessionPolicy()) }
        return AdmissionQuestion(
            session: session.digest, charges: [try Sample.charge(burst: 100_000, per: .milliseconds(10))])
    }

    @Test("pain 1: a hung Redis is a timeout at the deadline, then an open circuit, and passes by itself")
    func hung() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis, deadline: .milliseconds(50))
        try await loop.untilReachable()
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge(burst: 100)])
        redis.suspend()
        let faults = await loop.run { _, store in
            var faults: [StoreFault?] = []
            for _ in 0..<ConnectionMachine.timeoutsToOpen + 3 {
                faults.append(await store.fault(of: question))
            }
            return faults
        }
        let late = faults.prefix(while: { $0 == .timeout }).count
        #expect(late == ConnectionMachine.timeoutsToOpen)
        #expect(faults.dropFirst(late).allSatisfy { $0 == .circuitOpen })
        // Long enough for the silent connection to be given up, and for attempts to fail.
        try await loop.eventually("the silent connection is not given up") { !$0.link.machine.isReady }
        #expect(await loop.run { _, store in await store.fault(of: question) } == .circuitOpen)
        redis.resume()
        try await loop.eventually("the store does not recover") { await $0.fault(of: question) == nil }
    }

    @Test("a reply that comes after its deadline is not taken for the next one's")
    func late() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis, deadline: .milliseconds(800))
        try await loop.untilReachable()
        let question = try await begin(loop)
        redis.suspend()
        #expect(await loop.run { _, store in await store.fault(of: question) } == .timeout)
        redis.resume()
        // The tombstone's two replies come first: a session and a number.
        let charge = AdmissionQuestion(session: nil, charges: [try Sample.charge("other", burst: 2)])
        let answer = try await loop.run { _, store in try await store.admit(charge) }
        #expect(answer.session == .notAsked)
        #expect(answer.outcomes == [LimitOutcome(isAdmitted: true, untilFull: 60_000_000, retryAfter: 0)])
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
    }

    @Test("pain 3: Redis killed and restarted under load logs nobody out")
    func killed() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis, deadline: .milliseconds(500))
        try await loop.untilReachable()
        let question = try await begin(loop)
        let clients = (0..<20).map { _ in
            Task {
                await loop.run { _, store in
                    var seen = Seen()
                    while !Task.isCancelled {
                        do throws(StoreFault) {
                            let answer = try await store.admit(question)
                            if answer.session == .absent { seen.absent += 1 } else { seen.found += 1 }
                            if answer.outcomes.count != 1 { seen.wrong += 1 }
                        } catch {
                            if case .unexpected = error { seen.wrong += 1 } else { seen.faults += 1 }
                        }
                        try? await Task.sleep(for: .milliseconds(1))
                    }
                    return seen
                }
            }
        }
        for _ in 0..<3 {
            redis.kill9()
            try await loop.eventually("the loss is not noticed") { !$0.isReachable }
            try await redis.restart()
            try await loop.untilReachable()
            #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
        }
        var all = Seen()
        for client in clients {
            client.cancel()
            let seen = await client.value
            all.found += seen.found
            all.absent += seen.absent
            all.faults += seen.faults
            all.wrong += seen.wrong
        }
        #expect(all.absent == 0 && all.wrong == 0, "\(all)")
        #expect(all.found > 0 && all.faults > 0, "\(all)")
    }

    private struct Seen: Sendable {
        var found = 0
        var absent = 0
        var faults = 0
        var wrong = 0
    }

    @Test("pain 5: the store starts without Redis and finds it when it comes")
    func startWithout() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        redis.kill9()
        let loop = try LoopActor.store(on: redis)
        try await loop.eventually("an open circuit") { $0.link.refusal == .circuitOpen }
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge()])
        #expect(await loop.run { _, store in await store.fault(of: question) } == .circuitOpen)
        #expect(await !loop.run { _, store in store.isReachable })
        try await redis.restart()
        try await loop.untilReachable()
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
    }

    @Test(
        "pain 5: a connection that Redis closed while it was idle fails no request",
        arguments: ["unix", "tcp"])
    func idle(transport: String) async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis, url: transport == "tcp" ? redis.tcpURL : redis.url)
        try await loop.untilReachable()
        let question = try await begin(loop)
        let email = try #require(EmailAddress("alice@example.com"))
        // Asked at once, so that some is sent over the closed connection and some while the next is made.
        for _ in 0..<5 {
            let first = try await cutOff(loop, redis)
            #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
            try await loop.eventually("no new connection") { store in
                try store.isReachable && !Self.clients(of: redis).isSubset(of: first)
            }
            let second = try await cutOff(loop, redis)
            #expect(try await loop.run { _, store in try await store.account(with: email) } == nil)
            try await loop.eventually("no new connection") { store in
                try store.isReachable && !Self.clients(of: redis).isSubset(of: second)
            }
        }
    }

    /// Closes every connection but the one that asks for it; answers their names.
    private func cutOff(_ loop: LoopActor<RedisStore>, _ redis: RedisServer) async throws -> Set<String> {
        let clients = try Self.clients(of: redis)
        for client in clients { try redis.command("CLIENT", "KILL", "ID", client) }
        return clients
    }

    /// The IDs of the connections to `redis`, the asking one's aside.
    private static func clients(of redis: RedisServer) throws -> Set<String> {
        guard case .text(let list) = try redis.command("CLIENT", "LIST") else { return [] }
        let others = list.split(separator: "\n").filter { !$0.contains("cmd=client") }
        return Set(others.compactMap { $0.split(separator: " ").first?.dropFirst(3) }.map(String.init))
    }

    @Test("pain 4: a replica is left for whoever takes writes, without a restart of ours")
    func replica() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge(burst: 1_000)])
        try redis.command("REPLICAOF", "127.0.0.1", "1")
        let faults = await loop.run { _, store in
            [
                await store.fault(of: question), await store.fault(of: question),
                await store.fault(of: question),
            ]
        }
        #expect(faults[0] == .readOnly)
        #expect(faults.dropFirst().allSatisfy { $0 == .readOnly || $0 == .circuitOpen })
        try redis.command("REPLICAOF", "NO", "ONE")
        try await loop.eventually("the new primary is not found") { await $0.fault(of: question) == nil }
    }

    @Test("a Redis without memory refuses writes and is called read-only, not gone")
    func outOfMemory() async throws {
        let redis = try await RedisServer.start(options: ["--maxmemory-policy", "noeviction"])
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        try redis.command("CONFIG", "SET", "maxmemory", "1")
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge(burst: 1_000)])
        #expect(await loop.run { _, store in await store.fault(of: question) } == .readOnly)
        #expect(await loop.run { _, store in store.isReachable })
        try redis.command("CONFIG", "SET", "maxmemory", "0")
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
    }

    @Test("scripts that somebody flushed are sent again, and each charge is made once")
    func flushed() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let charges = [try Sample.charge("a", burst: 3), try Sample.charge("b", burst: 3)]
        let session = try Sample.session()
        for round in 1...3 as ClosedRange<Int64> {
            try redis.command("SCRIPT", "FLUSH")
            let answer = try await loop.run { _, store in
                try await store.admit(AdmissionQuestion(session: session.digest, charges: charges))
            }
            #expect(
                answer.outcomes.allSatisfy {
                    $0.isAdmitted && $0.untilFull > (round - 1) * 60_000_000 - 5_000_000
                })
            #expect(answer.outcomes.allSatisfy { $0.untilFull <= round * 60_000_000 })
        }
        try redis.command("SCRIPT", "FLUSH")
        try await loop.run { _, store in try await store.begin(session, policy: SessionPolicy()) }
        #expect(try await loop.run { _, store in try await store.list(of: session.user) } == [session])
        // Nobody waits for a touch, so the first one after a flush may be lost, but not those that follow.
        try redis.command("SCRIPT", "FLUSH")
        let later = session.lastUsedAt + .seconds(90)
        try await loop.eventually("touches are lost for good") { store in
            store.touch(session.digest, at: later, idleTimeout: .seconds(1_800))
            return try await store.list(of: session.user).first?.lastUsedAt == later
        }
    }

    @Test("commands beyond the bound are refused at once")
    func bounded() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis, deadline: .milliseconds(400), waitingBound: 3)
        try await loop.untilReachable()
        redis.suspend()
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge(burst: 100)])
        let asked = (0..<6).map { _ in Task { await loop.run { _, store in await store.fault(of: question) } }
        }
        var faults: [StoreFault?] = []
        for task in asked { faults.append(await task.value) }
        #expect(faults.count { $0 == .timeout } == 3)
        #expect(faults.count { $0 == .unavailable } == 3)
        redis.resume()
        try await loop.eventually("the queue does not drain") { await $0.fault(of: question) == nil }
    }

    @Test("closing fails what waits, and what is asked afterwards")
    func closing() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        redis.suspend()
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge()])
        let waiting = Task { await loop.run { _, store in await store.fault(of: question) } }
        try await loop.eventually("nobody waits") { $0.link.waitingCount == 1 }
        await loop.run { _, store in await store.close() }
        #expect(await waiting.value == .unavailable)
        #expect(await loop.run { _, store in await store.fault(of: question) } == .unavailable)
        redis.resume()
    }
}

@Suite("Redis: logging in to it")
struct RedisLoginTests {
    @Test("user, password and database of the configuration are used, and a wrong password is no crash")
    func credentials() async throws {
        let redis = try await RedisServer.start(options: [
            "--requirepass", "for tests only", "--user", "gate", "on", ">opens", "~fg:*", "+@all",
        ])
        defer { redis.stop() }
        let url = "\(redis.url)?db=3"
        let loop = try LoopActor.store(on: redis, url: url, user: "gate", password: "opens")
        try await loop.untilReachable()
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge()])
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
        let wire = try RedisWire(socketPath: redis.socketPath)
        _ = try wire.send(["AUTH", "for tests only"])
        _ = try wire.send(["SELECT", "3"])
        #expect(try wire.send(["EXISTS", "fg:l:api:192.0.2.1"]) == .integer(1))

        let byPassword = try LoopActor.store(on: redis, password: "for tests only")
        try await byPassword.untilReachable()
        let wrong = try LoopActor.store(on: redis, user: "gate", password: "does not open")
        try await wrong.eventually("a refused log-in") { $0.link.refusal == .circuitOpen }
        #expect(await wrong.run { _, store in await store.fault(of: question) } == .circuitOpen)
    }
}

@Suite("Redis: what it is asked to keep")
struct FootprintTests {
    @Test("pain 27: everything but accounts expires, and the index of sessions with its sessions")
    func expiry() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        try await loop.run { _, store in
            let policy = SessionPolicy(idleTimeout: .seconds(60), absoluteTimeout: .seconds(600))
            let session = try Sample.session(lasting: policy.absoluteTimeout)
            try await store.begin(session, policy: policy)
            let attempt = LoginAttempt(
                email: session.email, address: try #require(AddressPrefix("192.0.2.1")))
            for _ in 0..<6 { _ = try await store.begin(attempt, policy: LockoutPolicy()) }
            _ = try await store.admit(
                AdmissionQuestion(session: session.digest, charges: [try Sample.charge()]))
            store.touch(
                session.digest, at: session.lastUsedAt + .seconds(61), idleTimeout: policy.idleTimeout)
            try await store.publish([PublishedKey(keyID: "k", x: "x")], for: .seconds(30))
            _ = try await store.create(
                Account(
                    id: session.user, email: session.email, passwordHash: PasswordHash(encoded: "x"),
                    isActive: true,
                    isAdmin: false, createdAt: session.createdAt, passwordChangedAt: session.createdAt))
        }
        guard case .list(let found) = try redis.command("KEYS", "*") else {
            return #expect(Bool(false), "no keys")
        }
        let longest: [(prefix: String, seconds: Int64)] = [
            ("fg:s:", 120), ("fg:u:", 600), ("fg:l:", 61), ("fg:{log}locks", 900),
            ("fg:{log}c:192.0.2.1 ", 87_300), ("fg:{log}c:* ", 3_600), ("fg:{log}c:! ", 3_600),
            ("fg:{log}c:", 600), ("fg:{log}", 87_300), ("fg:keys", 30),
        ]
        #expect(found.count == 14)
        for case .text(let key) in found {
            guard case .integer(let left) = try redis.command("PTTL", key) else { continue }
            if key.hasPrefix("fg:{acc}") {
                #expect(left == -1, "\(key)")
            } else {
                let bound = try #require(
                    longest.first { key.hasPrefix($0.prefix) }, "\(key) is not in the schema")
                #expect(left > 0 && left <= bound.seconds * 1_000 + 5, "\(key): \(left)")
            }
        }
    }

    @Test("pain 33: a hundred users at once share one connection a loop")
    func sockets() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loops = try (0..<2).map { _ in try LoopActor.store(on: redis) }
        for loop in loops { try await loop.untilReachable() }
        let charge = try Sample.charge(burst: 1_000)
        let users = (0..<200).map { number in
            Task {
                try await loops[number % 2].run { _, store in
                    try await store.admit(AdmissionQuestion(session: nil, charges: [charge])).outcomes[0]
                        .isAdmitted
                }
            }
        }
        for user in users { #expect(try await user.value) }
        guard case .text(let clients) = try redis.command("CLIENT", "LIST") else {
            return #expect(Bool(false))
        }
        // The third is the one that asks.
        #expect(clients.split(separator: "\n").count == 3)
    }

    @Test(
        "a session that begins while its user's sessions are ended is ended or can be: none is lost to the index"
    )
    func race() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let loops = try (0..<2).map { _ in try LoopActor.store(on: redis) }
        for loop in loops { try await loop.untilReachable() }
        let sessions = try (0..<200).map { try Sample.session(UInt64($0)) }
        let beginning = Task {
            try await loops[0].run { _, store in
                for session in sessions {
                    try await store.begin(session, policy: SessionPolicy(perUser: 1_000))
                }
            }
        }
        let user = sessions[0].user
        for _ in 0..<50 {
            _ = try await loops[1].run { _, store in try await store.endAll(of: user, except: nil) }
        }
        try await beginning.value
        _ = try await loops[1].run { _, store in try await store.endAll(of: user, except: nil) }
        #expect(try redis.command("KEYS", "fg:s:*") == .list([]))
    }
}
