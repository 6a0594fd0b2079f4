import GatewayCore
import Testing

@Suite("Client address")
struct ClientAddressTests {
    private func resolve(
        _ peer: String, _ lines: [String], trusted: [String] = ["10.0.0.0/8", "2001:db8::/32"]
    ) throws -> String {
        try ClientAddress.resolve(
            peer: #require(IPAddress(peer)), lines: lines,
            trusted: trusted.map { try #require(AddressBlock($0)) }
        ).description
    }

    @Test("pain 13: what a peer says counts only if the peer is a trusted proxy")
    func untrustedPeer() throws {
        #expect(try resolve("192.0.2.9", ["203.0.113.7"]) == "192.0.2.9")
        #expect(try resolve("10.0.0.1", ["203.0.113.7"]) == "203.0.113.7")
        #expect(try resolve("10.0.0.1", ["203.0.113.7"], trusted: []) == "10.0.0.1")
    }

    @Test(
        "pain 13: the rightmost address that is not a trusted proxy is the client",
        arguments: [
            (["203.0.113.7"], "203.0.113.7"), (["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            (["198.51.100.1, 203.0.113.7, 10.1.1.1"], "203.0.113.7"),
            (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
            (["203.0.113.7", "10.1.1.1, 10.2.2.2"], "203.0.113.7"),
            (["10.1.1.1, 10.2.2.2"], "10.1.1.1"), ([], "10.0.0.1"), ([""], "10.0.0.1"),
            (["2001:db9::1"], "2001:db9::1"), (["[2001:db9::1]:443"], "2001:db9::1"),
            (["[2001:db9::1]"], "2001:db9::1"), (["203.0.113.7:5000"], "203.0.113.7"),
            (["203.0.113.7, 2001:db8::5"], "203.0.113.7"), (["::ffff:203.0.113.7"], "203.0.113.7"),
            ([" \t203.0.113.7\t "], "203.0.113.7"),
        ])
    func rightmost(lines: [String], client: String) throws {
        #expect(try resolve("10.0.0.1", lines) == client)
    }

    @Test(
        "pain 13: nobody vouches for what stands left of something that is not an address",
        arguments: [
            (["203.0.113.7, unknown"], "10.0.0.1"), (["203.0.113.7, unknown, 10.1.1.1"], "10.1.1.1"),
            (["203.0.113.7, 10.1.1.1, _hidden, 10.2.2.2"], "10.2.2.2"), (["203.0.113.007"], "10.0.0.1"),
            (["for=203.0.113.7"], "10.0.0.1"), (["203.0.113.7/32"], "10.0.0.1"),
            (["fe80::1%eth0"], "10.0.0.1"),
            (["[2001:db9::1"], "10.0.0.1"), (["0x7f.1"], "10.0.0.1"), (["[2001:db9::1]x"], "10.0.0.1"),
            (["[2001:db9::1]:"], "10.0.0.1"), (["203.0.113.7:x"], "10.0.0.1"),
            (["203.0.113.7:_x"], "10.0.0.1"), (["203.0.113.7:123456"], "10.0.0.1"),
        ])
    func garbage(lines: [String], client: String) throws {
        #expect(try resolve("10.0.0.1", lines) == client)
    }

    @Test("no more than the bounded number of hops is looked at")
    func bound() throws {
        func list(_ proxies: Int) -> [String] {
            ["203.0.113.7" + String(repeating: ", 10.1.1.1", count: proxies)]
        }
        #expect(try resolve("10.0.0.1", list(ClientAddress.mostHops - 1)) == "203.0.113.7")
        #expect(try resolve("10.0.0.1", list(ClientAddress.mostHops)) == "10.1.1.1")
    }
}
