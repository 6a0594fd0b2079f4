import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis Cluster: slots, maps and redirections, without sockets")
struct KeySlotTests {
    @Test("the checksum is that of the specification")
    func checksum() {
        #expect(KeySlot.crc16("123456789".utf8) == 0x31C3)
        #expect(KeySlot.crc16("".utf8) == 0)
    }

    @Test(
        "a key's slot is that of its first tag, or of the whole key where there is none",
        arguments: [
            ("foo", 12_182), ("bar", 5_061), ("hello", 866), ("{user1000}.following", 3_443),
            ("{user1000}.followers", 3_443), ("foo{}{bar}", 8_363), ("foo{{bar}}zap", 4_015),
            ("foo{bar}{zap}", 5_061), ("", 0),
        ])
    func vectors(key: String, slot: Int) { #expect(KeySlot(of: key).number == slot) }

    @Test("a slot's number is one of 16,384")
    func numbers() {
        #expect(KeySlot(number: 0) != nil && KeySlot(number: 16_383) != nil)
        #expect(KeySlot(number: -1) == nil && KeySlot(number: 16_384) == nil)
    }

    @Test("pain 7: whatever one script or command touches lies in one slot")
    func schema() throws {
        let keys = KeySchema(prefix: "fg:")
        let address = try #require(AddressPrefix("192.0.2.1"))
        let email = try #require(EmailAddress("alice@example.com"))
        let user = try #require(UserID("0190-alice"))
        let together = [
            [
                keys.counter(of: address, and: email), keys.counter(of: address),
                keys.counters(with: address),
                keys.counters(with: email), keys.locks, keys.everyLoginKey,
            ],
            [keys.account(email), keys.accountAddress(of: user), keys.allAccounts],
        ]
        for group in together { #expect(Set(group.map { KeySlot(of: $0) }).count == 1, "\(group)") }
    }

    @Test("where a command belongs follows from its keys, and its keys from its verb")
    func places() {
        func place(_ words: String...) -> RedisCommand.Place { RedisCommand(words: words).place }
        #expect(place("GET", "foo") == .slot(KeySlot(of: "foo")))
        #expect(place("SET", "foo", "bar") == .slot(KeySlot(of: "foo")))
        #expect(place("TIME") == .anywhere && place("PUBLISH", "channel", "x") == .anywhere)
        #expect(place("DEL", "foo", "bar") == .several)
        #expect(place("DEL", "{a}1", "{a}2") == .slot(KeySlot(of: "a")))
        #expect(place("EVALSHA", "digest", "1", "foo", "bar") == .slot(KeySlot(of: "foo")))
        #expect(place("EVALSHA", "digest", "2", "foo", "bar") == .several)
        #expect(place("EVALSHA", "digest", "0", "foo") == .anywhere)
        #expect(place("SCAN", "0", "MATCH", "fg:{log}*", "COUNT", "9") == .slot(KeySlot(of: "{log}")))
        #expect(place("SCAN", "0") == .several && place("SCAN", "0", "MATCH", "fg:*") == .several)
        #expect(
            place("XREAD", "COUNT", "9", "STREAMS", "foo", "$") == .slot(KeySlot(of: "foo")))
        #expect(place("OBJECT", "ENCODING", "foo") == .slot(KeySlot(of: "foo")))
    }

    @Test("a redirection says where; without a host it is the node that was asked, and nonsense is none")
    func redirections() {
        let asked = RedisConfiguration.Endpoint.tcp(host: "h", port: 1)
        func read(_ text: String) -> Redirection? { Redirection(text, from: asked) }
        let moved = read("MOVED 3999 127.0.0.1:6381")
        #expect(moved?.kind == .moved && moved?.slot.number == 3_999)
        #expect(moved?.endpoint == .tcp(host: "127.0.0.1", port: 6_381))
        #expect(read("ASK 1 ::1:6381")?.endpoint == .tcp(host: "::1", port: 6_381))
        #expect(read("ASK 1 ::1:6381")?.kind == .ask)
        #expect(read("MOVED 1 :6381")?.endpoint == .tcp(host: "h", port: 6_381))
        for nonsense in [
            "MOVED", "MOVED 1", "MOVED x 127.0.0.1:1", "MOVED 16384 127.0.0.1:1", "MOVED 1 127.0.0.1",
            "MOVED 1 127.0.0.1:0", "MOVED 1 127.0.0.1:65536", "ERR 1 127.0.0.1:1", "MOVED 1 h:1 more",
        ] { #expect(read(nonsense) == nil, "\(nonsense)") }
    }

    @Test("a map says whose each slot is, which nobody has, and what has moved since")
    func maps() throws {
        let asked = RedisConfiguration.Endpoint.tcp(host: "seed", port: 1)
        func node(_ host: RedisReply, _ port: Int64) -> RedisReply {
            .list([host, .integer(port), .text("id")])
        }
        let reply = RedisReply.list([
            .list([.integer(0), .integer(99), node(.text("a"), 7_000), node(.text("replica"), 7_001)]),
            .list([.integer(200), .integer(16_383), node(.null, 7_002)]),
        ])
        var map = try #require(SlotMap(reply, from: asked))
        #expect(map.primaries == [.tcp(host: "a", port: 7_000), .tcp(host: "seed", port: 7_002)])
        let slots = try [0, 99, 100, 199, 200, 16_383].map { try #require(KeySlot(number: $0)) }
        #expect(slots.map { map[$0] == nil } == [false, false, true, true, false, false])
        #expect(map.missing == 100)
        map.move(slots[2], to: .tcp(host: "new", port: 1))
        #expect(map[slots[2]] == .tcp(host: "new", port: 1) && map.missing == 99)
        #expect(map.primaries.count == 3)
        for nonsense in [
            RedisReply.null, .list([]), .list([.list([.integer(0), .integer(1)])]),
            .list([.list([.integer(5), .integer(4), node(.text("a"), 1)])]),
            .list([.list([.integer(0), .integer(16_384), node(.text("a"), 1)])]),
            .list([.list([.integer(0), .integer(1), node(.text("a"), 65_536)])]),
        ] { #expect(SlotMap(nonsense, from: asked) == nil) }
    }
}
