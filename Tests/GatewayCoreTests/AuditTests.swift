import Foundation
import GatewayCore
import ServiceCore
import Testing

@Suite("Security events")
struct AuditTests {
    private static let now = Timestamp(microseconds: 1_763_755_200_123_456)

    private static func full(by actor: AuditEvent.Actor) throws -> AuditEvent {
        AuditEvent(
            .sessionRevoked, at: now, by: actor,
            of: .init(user: UserID("0190-alice"), email: try #require(EmailAddress("alice@example.com"))),
            from: "2001:db8::/64", request: RequestID(unixMilliseconds: 1, random: (2, 3)),
            session: SessionID(words: (4, 5)), reason: "all", count: 3)
    }

    @Test("an event comes back from its fields as it was, whoever did it")
    func roundTrip() throws {
        let bob = try #require(EmailAddress("bob@example.com"))
        let user = try #require(UserID("0190-bob"))
        for actor in [AuditEvent.Actor.nobody, .user(user, bob), .command("root"), .gateway] {
            let event = try Self.full(by: actor)
            #expect(AuditEvent(fields: event.fields) == event)
        }
        let bare = AuditEvent(.limitReset, at: Self.now)
        #expect(AuditEvent(fields: bare.fields) == bare)
        #expect(bare.fields.count == 3)
    }

    @Test(
        "fields that this version does not know are passed over, and a kind that it does not know is no event"
    )
    func unknown() throws {
        var fields = try Self.full(by: .gateway).fields
        fields.append(("colour", "blue"))
        #expect(try AuditEvent(fields: fields) == Self.full(by: .gateway).replacing(id: fields[0].value))
        fields[1].value = "moon-landed"
        #expect(AuditEvent(fields: fields) == nil)
        #expect(AuditEvent(fields: []) == nil)
    }

    @Test("the JSON of an event has its time as text and its count as a number")
    func json() throws {
        let event = try Self.full(by: .command("root"))
        let object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(AuditView(event))) as? [String: Any])
        #expect(object["at"] as? String == "2025-11-21T20:00:00Z")
        #expect(object["count"] as? Int == 3)
        #expect(object["kind"] as? String == "session-revoked")
        #expect(object["actor"] as? String == "cli:root")
        #expect(object["user"] as? String == "alice@example.com")
    }

    @Test("no two events have the same ID, and a reason is cut to its bound")
    func identity() {
        let first = AuditEvent(.locked, at: Self.now, reason: String(repeating: "x", count: 1_000))
        let second = AuditEvent(.locked, at: Self.now, reason: String(repeating: "x", count: 256))
        #expect(first.id != second.id)
        #expect(first.reason == second.reason)
    }

    @Test("the first few of a second are recorded, and the next says how many there were since")
    func sampling() {
        var sampler = AuditSampler(perSecond: 2)
        let counts = (0..<5).map { _ in sampler.count(at: Self.now) }
        #expect(counts == [1, 1, nil, nil, nil])
        #expect(sampler.count(at: Self.now + .seconds(1)) == 4)
        #expect(sampler.count(at: Self.now + .seconds(1)) == 1)
        #expect(sampler.count(at: Self.now + .seconds(1)) == nil)
        var none = AuditSampler(perSecond: 0)
        #expect(none.count(at: Self.now) == nil)
    }

    @Test(
        "a cursor is two numbers with a dash",
        arguments: ["", "1", "1-", "-1", "1-2-3", "a-b", "1-+2", "1 -2"])
    func cursors(_ text: String) {
        #expect(AuditCursor(text) == nil)
        #expect(AuditCursor("1763755200123-0")?.description == "1763755200123-0")
    }
}

extension AuditEvent {
    fileprivate func replacing(id: String) -> AuditEvent {
        var copy = self
        copy.id = id
        return copy
    }
}
