import GatewayCore
import NIOCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Clients that rest")
struct RestTests {
    private func resting(_ rig: Rig) async throws -> Int {
        let loop = rig.gateway.loops[0]
        return try await loop.executor.eventLoop.submit { loop.state.waiters.resting }.get()
    }

    private func rests(_ rig: Rig, _ count: Int = 1) async throws {
        try await eventually("\(count) clients rest") { try await resting(rig) == count }
    }

    @Test("a client that has sent nothing for a while is served on, as often as it rests")
    func servedOn() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/first").status == 200)
            try await rests(rig)
            #expect(try await client.request("POST", "/open/second", body: "abc").text == "abc")
            try await rests(rig)
            #expect(try await client.request("GET", "/open/third").status == 200)
            #expect(rig.upstream.requests.count == 3)
            #expect(rig.gateway.openConnections == 1)
        }
    }

    @Test("a client that has never sent anything rests as well, and a head in pieces ends its rest")
    func neverSent() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            try await rests(rig)
            try await client.send("GET /open/x HTT")
            try await rests(rig, 0)
            try await client.send("P/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().status == 200)
        }
    }

    @Test("rest does not lengthen the idle timeout")
    func idleTimeout() async throws {
        try await withGateway(try .echo(), { $0.limits.idleTimeout = .seconds(2) }) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/x").status == 200)
            try await rests(rig)
            #expect(try await client.ends())
            try await eventually("it is no longer counted") { rig.gateway.openConnections == 0 }
        }
    }

    @Test("a client that goes away while it rests leaves nothing behind")
    func goesAway() async throws {
        try await withGateway(try .echo()) { rig in
            let clients = try (0..<3).map { _ in try rig.client() }
            try await rests(rig, 3)
            for client in clients { client.close() }
            try await eventually("they are no longer counted") { rig.gateway.openConnections == 0 }
            #expect(try await resting(rig) == 0)
        }
    }

    @Test("a drain reaches clients that rest: a request on its way is answered, the others end")
    func drain() async throws {
        try await withGateway(try .echo(), { $0.limits.drainIdleTimeout = .seconds(5) }) { rig in
            let asks = try rig.client()
            let silent = try rig.client()
            try await rests(rig, 2)
            async let drained = rig.gateway.drain(within: .seconds(600))
            try await rests(rig, 0)
            let answer = try await asks.request("GET", "/open/x")
            #expect(answer.status == 200 && answer["Connection"] == "close")
            #expect(try await silent.ends())
            asks.close()
            silent.close()
            #expect(await drained)
        }
    }

    @Test("what a reload changed holds for a client that rested meanwhile")
    func reload() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            #expect(try await client.request("POST", "/open/x", body: "abcdef").status == 200)
            try await rests(rig)
            try await rig.reload { $0.bodyLimit = 3 }
            #expect(try await client.request("POST", "/open/x", body: "abcdef").status == 413)
        }
    }
}

@Suite("Deadlines of a loop")
struct DeadlineListTests {
    private final class Member: HasDeadline {
        var deadline: UInt64
        var place = -1
        init(_ deadline: UInt64) { self.deadline = deadline }
        func expire() { deadline = .max }
    }

    @Test(
        "what is overdue is given in portions, the larger the more there is, until all of it was",
        arguments: [(1, 1), (64, 1), (65, 2), (448, 7), (449, 8), (512, 8), (513, 8), (5_000, 8)])
    func portions(count: Int, first: Int) {
        var list = DeadlineList<Member>()
        var overdue = Overdue()
        for _ in 0..<count { list.add(Member(10)) }
        list.collect(at: 9, into: &overdue)
        #expect(overdue.isEmpty)
        list.collect(at: 10, into: &overdue)
        var given: [Int] = []
        while !overdue.isEmpty { given.append(overdue.next().count) }
        #expect(given.reduce(0, +) == count)
        #expect(given.first == first)
        #expect(zip(given, given.dropFirst()).allSatisfy { $0 >= $1 && $1 > 0 })
    }

    @Test("what ended or got more time before its portion came is not overdue any more")
    func changedMeanwhile() {
        var list = DeadlineList<Member>()
        let members = (0..<3).map { _ in Member(10) }
        for member in members { list.add(member) }
        var overdue = Overdue()
        list.collect(at: 10, into: &overdue)
        members[0].deadline = 11
        list.remove(members[1])
        var found: [Bool] = []
        while !overdue.isEmpty { found += overdue.next().map { $0.isOverdue(at: 10) } }
        #expect(found == [false, false, true])
    }

    @Test("whatever is removed, each that stays is found at its place, and none twice")
    func removal() {
        var list = DeadlineList<Member>()
        let members = (0..<100).map { Member(UInt64($0)) }
        for member in members { list.add(member) }
        let removed = members.filter { $0.deadline % 3 == 0 }
        #expect(removed.map { list.remove($0) }.allSatisfy { $0 })
        #expect(!removed.map { list.remove($0) }.contains(true))
        #expect(list.count == 66)
        for (place, member) in list.members.enumerated() { #expect(member.place == place) }
        #expect(Set(list.members.map(\.deadline)) == Set((0..<100).filter { $0 % 3 != 0 }))
    }
}
