import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis: behind sentinels", .serialized)
struct SentinelTests {
    /// What clients saw who kept asking for one session and one charge.
    private struct Seen: Sendable {
        var found = 0
        var absent = 0
        var faults = 0
        var wrong = 0
        var admitted = 0
        var longest = Duration.zero
    }

    private static let deadline = Duration.milliseconds(500)

    private func store(_ group: SentinelGroup, _ password: String? = nil, sentinels: String? = nil) throws
        -> LoopActor<RedisStore>
    {
        .store(
            try RedisConfiguration(
                url: group.url, password: password, sentinelPassword: sentinels, deadline: Self.deadline))
    }

    /// Asks from `count` tasks until `during` is over.
    private func load(
        _ loop: LoopActor<RedisStore>, _ question: AdmissionQuestion, count: Int = 10,
        during body: () async throws -> Void
    ) async throws -> Seen {
        let clients = (0..<count).map { _ in
            Task {
                await loop.run { _, store in
                    var seen = Seen()
                    while !Task.isCancelled {
                        let start = ContinuousClock.now
                        do throws(StoreFault) {
                            let answer = try await store.admit(question)
                            if answer.session == .absent { seen.absent += 1 } else { seen.found += 1 }
                            seen.admitted += answer.outcomes.count(where: \.isAdmitted)
                        } catch {
                            if error.isUnexpected { seen.wrong += 1 } else { seen.faults += 1 }
                        }
                        seen.longest = max(seen.longest, ContinuousClock.now - start)
                        try? await Task.sleep(for: .milliseconds(2))
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
        }
        try result.get()
        return all
    }

    @Test(
        "pain 4: the primary is lost under load, and the one that takes its place is found without a restart",
        arguments: ["kill -9", "hung", "by command"])
    func failover(how: String) async throws {
        let group = try await SentinelGroup.start()
        defer { group.stop() }
        let loop = try store(group)
        try await loop.untilReachable()
        let session = try Sample.session()
        try await loop.run { _, store in try await store.begin(session, policy: SessionPolicy()) }
        try await group.untilReplicated()
        let burst: Int64 = 20
        let charge = try Sample.charge(burst: burst, per: .seconds(3_600))
        let old = try #require(group.primary)
        let other = try #require(group.servers.first { $0 !== old })
        let seen = try await load(
            loop, AdmissionQuestion(session: session.digest, charges: [charge])
        ) {
            try await loop.eventually("the load runs") { _ in
                try old.command("EXISTS", "fg:l:api:192.0.2.1") == .integer(1)
            }
            switch how {
            case "kill -9": old.kill9()
            case "hung": old.suspend()
            default: try await eventually("a failover is begun") { (try? group.failOver()) != nil }
            }
            try await eventually("the other is the primary") { group.primary === other }
            let asked = AdmissionQuestion(session: session.digest, charges: [])
            try await loop.eventually("the new primary is not found", within: .seconds(20)) { store in
                guard (try? await store.admit(asked))?.session == .found(session) else { return false }
                guard case .text(let clients) = try other.command("CLIENT", "LIST") else { return false }
                return clients.contains("cmd=get") || clients.contains("cmd=evalsha")
            }
        }
        if how == "hung" { old.resume() }
        #expect(seen.absent == 0 && seen.wrong == 0, "\(seen)")
        #expect(seen.found > 0, "\(seen)")
        #expect(seen.admitted <= 2 * Int(burst), "\(seen)")
        // With room for a machine that does other things.
        #expect(seen.longest < Self.deadline * 4, "\(seen)")
    }

    @Test("a sentinel that is gone or hangs is passed over, and passwords are theirs and the primary's")
    func sentinelsGone() async throws {
        let group = try await SentinelGroup.start(password: "data", sentinelPassword: "watch")
        defer { group.stop() }
        group.sentinels[0].kill9()
        group.sentinels[1].suspend()
        let loop = try store(group, "data", sentinels: "watch")
        try await loop.untilReachable()
        let question = AdmissionQuestion(session: nil, charges: [try Sample.charge()])
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
        // With none left that answers, what is connected stays so, and nobody new is.
        group.sentinels[2].kill9()
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
        let late = try store(group, "data", sentinels: "watch")
        try await late.eventually("an open circuit") { $0.link.refusal == .circuitOpen }
        group.sentinels[1].resume()
        try await late.untilReachable()
        // The sentinels' password is not the primary's, nor the other way round.
        let wrong = try store(group, "data", sentinels: "data")
        try await wrong.eventually("an open circuit") { $0.link.refusal == .circuitOpen }
    }

    @Test("whom the sentinels take for the primary must say so itself")
    func roleIsVerified() async throws {
        let primary = try await RedisServer.start()
        defer { primary.stop() }
        let sentinel = try await RedisServer.start(
            .sentinel([
                "sentinel monitor \(SentinelGroup.name) 127.0.0.1 \(primary.port) 1",
                "sentinel down-after-milliseconds \(SentinelGroup.name) 60000",
            ]))
        defer { sentinel.stop() }
        try primary.command("REPLICAOF", "127.0.0.1", "1")
        let url = "redis+sentinel://127.0.0.1:\(sentinel.port)/\(SentinelGroup.name)"
        let loop = LoopActor<RedisStore>.store(try RedisConfiguration(url: url, deadline: .seconds(2)))
        try await loop.eventually("an open circuit") { $0.link.refusal == .circuitOpen }
        #expect(await !loop.run { _, store in store.isReachable })
        try primary.command("REPLICAOF", "NO", "ONE")
        try await loop.untilReachable()
        let unknown = LoopActor<RedisStore>.store(
            try RedisConfiguration(url: url + "x", deadline: .seconds(2)))
        try await unknown.eventually("an open circuit") { $0.link.refusal == .circuitOpen }
    }
}
