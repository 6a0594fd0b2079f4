import GatewayCore
import GatewayRedis
import Testing

@Suite("Security events, in Redis and in memory")
struct AuditConformanceTests {
    private static func event(
        _ kind: AuditEvent.Kind = .loginFailed, of name: String = "alice", reason: String? = nil
    ) throws -> AuditEvent {
        AuditEvent(
            kind, at: Sample.now(), of: .init(try Sample.account(name)), from: "192.0.2.1", reason: reason)
    }

    @Test("events come back as they were, newest first, page by page", arguments: StoreKind.allCases)
    func pages(_ kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let events = try (0..<7).map { try Self.event(reason: "number-\($0)") }
            try await store.append(Array(events[..<3]), keeping: 1_000)
            try await store.append(Array(events[3...]), keeping: 1_000)
            let first = try await store.entries(before: nil, limit: 4)
            #expect(first.map(\.event) == events[3...].reversed())
            let second = try await store.entries(before: first.last?.cursor, limit: 4)
            #expect(second.map(\.event) == events[..<3].reversed())
            #expect(try await store.entries(before: second.last?.cursor, limit: 4).isEmpty)
            #expect(try await store.entries(before: nil, limit: 0).isEmpty)
        }
    }

    @Test("what came after a place is told in the order in which it came", arguments: StoreKind.allCases)
    func following(_ kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            #expect(try await store.entries(after: .beginning, limit: 10, patience: .zero).isEmpty)
            let events = try (0..<5).map { try Self.event(reason: "number-\($0)") }
            try await store.append(events, keeping: 1_000)
            let first = try await store.entries(after: .beginning, limit: 3, patience: .zero)
            #expect(first.map(\.event) == Array(events[..<3]))
            let cursor = try #require(first.last?.cursor)
            let rest = try await store.entries(after: cursor, limit: 3, patience: .zero)
            #expect(rest.map(\.event) == Array(events[3...]))
        }
    }

    @Test("no fewer events are kept than the bound says, and not many more", arguments: StoreKind.allCases)
    func bound(_ kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let events = try (0..<100).map { try Self.event(reason: "\($0)") }
            for _ in 0..<6 { try await store.append(events, keeping: 300) }
            let kept = try await store.entries(before: nil, limit: 10_000)
            #expect((300...400).contains(kept.count), "\(kept.count)")
            #expect(kept.first?.event?.id == events.last?.id)
            // Below the bound nothing goes.
            try await store.append([try Self.event()], keeping: 10_000)
            #expect(try await store.entries(before: nil, limit: 10_000).count == kept.count + 1)
        }
    }

    @Test(
        "a search finds what an account did and what was done to it, however much lies between",
        arguments: StoreKind.allCases)
    func search(_ kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let alice = try Sample.account("alice")
            let other = try (0..<600).map { try Self.event(of: "bob", reason: "\($0)") }
            let first = try Self.event(reason: "first")
            let byAlice = AuditEvent(
                .accountDisabled, at: Sample.now(), by: .user(alice.id, alice.email),
                of: .init(try Sample.account("carol")))
            try await store.append([first] + other + [byAlice], keeping: 10_000)
            let page = try await AuditSearch.page(
                of: store, before: nil, limit: 10, concerning: alice.email)
            #expect(page.events == [byAlice, first])
            #expect(page.next == nil)
            let short = try await AuditSearch.page(of: store, before: nil, limit: 1, concerning: alice.email)
            #expect(short.events == [byAlice])
            let next = try #require(short.next)
            let rest = try await AuditSearch.page(of: store, before: next, limit: 1, concerning: alice.email)
            #expect(rest.events == [first])
            let all = try await AuditSearch.page(of: store, before: nil, limit: 1_000, concerning: nil)
            #expect(all.events.count == 602)
        }
    }

    @Test("who waits for an event is told of it when it comes, and of nothing when none does")
    func waiting() async throws {
        try await StoreKind.redis.withStore { _, store in
            #expect(
                try await store.entries(after: .beginning, limit: 10, patience: .milliseconds(50)).isEmpty)
            let event = try Self.event()
            try await store.append([event], keeping: 1_000)
            let found = try await store.entries(after: .beginning, limit: 10, patience: .seconds(2))
            #expect(found.map(\.event) == [event])
        }
    }
}
