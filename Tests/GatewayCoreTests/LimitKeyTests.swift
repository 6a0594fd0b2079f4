import GatewayCore
import Testing

@Suite("What a limit counts by")
struct LimitKeyTests {
    private let everything = LimitTraits(
        address: AddressPrefix("2001:db8::1"), user: UserID("0190-alice"),
        session: SessionID(words: (1, 2)), apiKey: "fgk-1", route: LimitSubject.name(ofRoute: "/a/**"),
        headers: ["x-tenant": LimitSubject.name(ofHeader: Array("blue".utf8))])

    @Test("pain 11: the order in which a combination is written makes no difference")
    func order() throws {
        #expect(LimitPolicy.Key([.user, .address]) == .addressAndUser)
        #expect(LimitPolicy.Key([.header("x"), .route]) == LimitPolicy.Key([.route, .header("x"), .route]))
        #expect(LimitPolicy.Key([LimitPolicy.Key.Part]()) == nil)
        #expect(LimitPolicy.Key([.header("b"), .address, .header("a")])?.needsPrincipal == false)
        #expect(LimitPolicy.Key([.apiKey, .address])?.needsPrincipal == true)
    }

    @Test("pain 11: two requests share a limit if all that it counts by is the same, and only then")
    func subjects() throws {
        let parts: [LimitPolicy.Key.Part] = [
            .address, .user, .session, .apiKey, .route, .header("x-tenant"),
        ]
        let key = try #require(LimitPolicy.Key(parts))
        let whole = try #require(key.subject(of: everything))
        #expect(key.subject(of: everything) == whole)
        var others = Array(repeating: everything, count: 6)
        others[0].address = AddressPrefix("2001:db8:0:1::1")
        others[1].user = UserID("0190-bob")
        others[2].session = SessionID(words: (1, 3))
        others[3].apiKey = "fgk-2"
        others[4].route = LimitSubject.name(ofRoute: "/a/*")
        others[5].headers["x-tenant"] = nil
        let subjects = others.compactMap { key.subject(of: $0) } + [whole]
        #expect(Set(subjects).count == 7)
    }

    @Test("a policy does not concern a request that lacks what it counts by, unless it is a header")
    func notConcerned() throws {
        var request = everything
        request.apiKey = nil
        #expect(LimitPolicy.Key([.apiKey])?.subject(of: request) == nil)
        #expect(LimitPolicy.Key([.user, .apiKey])?.subject(of: request) == nil)
        request.headers = [:]
        #expect(LimitPolicy.Key([.header("x-tenant")])?.subject(of: request) == .composed("-"))
    }

    @Test("however long a header's value is, its place in Redis is as long, and does not tell the value")
    func headerValues() {
        let short = LimitSubject.name(ofHeader: [])
        let long = LimitSubject.name(ofHeader: [UInt8](repeating: 0x61, count: 16_000))
        #expect(short.count == 32 && long.count == 32 && short != long)
    }

    @Test("pain 12: addresses of one IPv6 prefix are one, of whatever length it is configured")
    func prefixes() throws {
        func prefix(_ text: String, _ length: Int) throws -> AddressPrefix {
            AddressPrefix(containing: try #require(IPAddress(text)), v6Length: length)
        }
        #expect(try prefix("2001:db8:1:ff::1", 56) == prefix("2001:db8:1:1::1", 56))
        #expect(try prefix("2001:db8:1:100::1", 56) != prefix("2001:db8:1:1::1", 56))
        #expect(try prefix("2001:db8:1:1::1", 64) == AddressPrefix("2001:db8:1:1::2"))
        #expect(try prefix("2001:db8:ffff::", 32) == prefix("2001:db8::", 32))
        #expect(try prefix("192.0.2.1", 32) != prefix("192.0.2.2", 32))
    }
}
