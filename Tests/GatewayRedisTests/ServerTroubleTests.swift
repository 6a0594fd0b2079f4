import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis: errors that are about the server")
struct ServerTroubleTests {
    private func question() throws -> AdmissionQuestion {
        AdmissionQuestion(session: nil, charges: [try Sample.charge(burst: 1_000)])
    }

    @Test(
        "each has a fault that is 503 and never the client's, by its first word only",
        arguments: ServerTrouble.allCases)
    func meaning(trouble: ServerTrouble) {
        let fault = StoreFault(error: "\(trouble.rawValue) and more", of: "gcra")
        #expect(fault == .readOnly || fault == .unavailable)
        #expect(StoreFault(error: "\(trouble.rawValue)X and more", of: "gcra").isUnexpected)
    }

    @Test("the text of any other error goes no further than its first word")
    func others() {
        #expect(StoreFault(error: "WRONGTYPE fg:s:secret", of: "GET") == .unexpected("GET: WRONGTYPE"))
    }

    @Test("pain 4: a replica without its primary is left, and taken again when it takes writes")
    func primaryDown() async throws {
        let redis = try await RedisServer.start(options: ["--replica-serve-stale-data", "no"])
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let question = try question()
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
        try redis.command("REPLICAOF", "127.0.0.1", "1")
        let session = try Sample.session()
        let faults = await loop.run { _, store in
            [
                await store.fault(of: AdmissionQuestion(session: session.digest, charges: [])),
                await store.fault(of: question),
            ]
        }
        #expect(faults.allSatisfy { $0 == .readOnly || $0 == .circuitOpen || $0 == .unavailable })
        #expect(faults[0] == .readOnly)
        try redis.command("REPLICAOF", "NO", "ONE")
        try await loop.eventually("the primary is not found") { await $0.fault(of: question) == nil }
    }

    @Test("pain 3: a server that is loading its data is waited for, and says no session away")
    func loading() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let filling = try LoopActor.store(on: redis)
        try await filling.untilReachable()
        let session = try Sample.session()
        try await filling.run { _, store in try await store.begin(session, policy: SessionPolicy()) }
        // Each key takes half a millisecond to load, and commands are looked at in between.
        try redis.command("EVAL", "for i = 1, 6000 do redis.call('SET', 'x' .. i, i) end", "0")
        redis.kill9()
        let asked = AdmissionQuestion(session: session.digest, charges: [])
        try redis.launchLoadingSlowly()
        let loop = try LoopActor.store(on: redis)
        var faults: [StoreFault?] = []
        try await loop.eventually("the data is loaded", within: .seconds(30)) { store in
            do throws(StoreFault) {
                let answer = try await store.admit(asked)
                #expect(answer.session == .found(session))
                return true
            } catch {
                #expect(!error.isUnexpected)
                return false
            }
        }
        faults.append(await loop.run { _, store in await store.fault(of: asked) })
        #expect(faults == [nil])
    }

    @Test("a Cluster without slots is unavailable, and the connection stays")
    func clusterDown() async throws {
        let redis = try await RedisServer.start(options: ["--cluster-enabled", "yes"])
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let question = try question()
        #expect(await loop.run { _, store in await store.fault(of: question) } == .unavailable)
        #expect(await loop.run { _, store in store.isReachable })
    }

    @Test("at maxmemory what takes memory is refused as read-only, and reading and ending go on")
    func outOfMemory() async throws {
        let redis = try await RedisServer.start(options: ["--maxmemory-policy", "noeviction"])
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis)
        try await loop.untilReachable()
        let session = try Sample.session()
        let charge = try Sample.charge()
        try await loop.run { _, store in try await store.begin(session, policy: SessionPolicy()) }
        try redis.command("CONFIG", "SET", "maxmemory", "1")
        try await loop.run { _, store in
            await #expect(throws: StoreFault.readOnly) {
                try await store.begin(session, policy: SessionPolicy())
            }
            // Sessions and limits take memory; counting a wrong password may go a little beyond it.
            await #expect(throws: StoreFault.readOnly) {
                _ = try await store.admit(AdmissionQuestion(session: session.digest, charges: [charge]))
            }
            let answer = try await store.admit(AdmissionQuestion(session: session.digest, charges: []))
            #expect(answer.session == .found(session))
            // Ending a session frees memory, so that is possible.
            #expect(try await store.endAll(of: session.user, except: nil) == 1)
        }
        try redis.command("CONFIG", "SET", "maxmemory", "0")
        try await loop.run { _, store in try await store.begin(session, policy: SessionPolicy()) }
    }
}

@Suite("Redis: an ACL user")
struct RedisACLTests {
    /// What docs/operations.md gives the gateway's user.
    static let rights = ["~fg:*", "&fg:*", "+@all", "-@dangerous", "+info", "+role", "+config|get"]

    @Test("a user with the documented rights can do everything that the gateway does, and no more")
    func rights() async throws {
        let redis = try await RedisServer.start(
            options: ["--requirepass", "operator", "--user", "gate", "on", ">opens"] + Self.rights)
        defer { redis.stop() }
        let loop = try LoopActor.store(on: redis, user: "gate", password: "opens")
        try await loop.untilReachable()
        let session = try Sample.session()
        let attempt = LoginAttempt(
            email: session.email, address: try #require(AddressPrefix("192.0.2.1")))
        let charge = try Sample.charge()
        try await loop.run { _, store in
            _ = try await store.admit(AdmissionQuestion(session: session.digest, charges: [charge]))
            try await store.begin(session, policy: SessionPolicy())
            _ = try await store.begin(attempt, policy: LockoutPolicy())
            try await store.finish(attempt, as: .failed, policy: LockoutPolicy())
            #expect(try await store.unlock(.everything) > 0)
            _ = try await store.lockouts(limit: 10)
            _ = try await store.page(after: nil)
            _ = try await store.states(of: [charge])
            #expect(try await store.diagnose().first?.role == "master")
            try await store.publish([PublishedKey(keyID: "k", x: "x")], for: .seconds(30))
            await #expect(throws: StoreFault.unexpected("FLUSHALL: NOPERM")) {
                _ = try await store.run(RedisCommand("FLUSHALL"))
            }
            await #expect(throws: StoreFault.unexpected("GET: NOPERM")) {
                _ = try await store.run(RedisCommand("GET", "somebody else's"))
            }
        }
    }
}

extension StoreFault {
    var isUnexpected: Bool { if case .unexpected = self { true } else { false } }
}
