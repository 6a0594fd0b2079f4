import GatewayCore
import Testing

@Suite("Addresses")
struct IPAddressTests {
    @Test(
        "an address is read in every form of RFC 4291 and printed in that of RFC 5952",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8::0:1", "2001:db8::1"), ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("fe80::204:61ff:254.157.241.86", "fe80::204:61ff:fe9d:f156"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::FFFF:c000:0201", "192.0.2.1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ])
    func reads(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect("\(address)" == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(
        "anything else is no address",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.+4", "1.2.3.4 ", " 1.2.3.4",
            "1.2.3.4:80", ":",
            ":::", "1::2::3", "12345::", "g::", "::1%eth0", "[::1]", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7:8::", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "::1.2.3", "::1.2.3.4:1", "+1::", "-1::",
            "0x1::", String(repeating: "0", count: 46),
        ])
    func refuses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("pain 12: addresses of one IPv6 /64 share a prefix, IPv4 addresses share none")
    func prefixes() throws {
        func prefix(_ text: String) throws -> AddressPrefix { try #require(IPAddress(text)).prefix }
        #expect(try prefix("2001:db8:1:2::1") == prefix("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(try prefix("2001:db8:1:2::1") != prefix("2001:db8:1:3::1"))
        #expect(try prefix("192.0.2.1") != prefix("192.0.2.2"))
        #expect(try prefix("::ffff:192.0.2.1") == prefix("192.0.2.1"))
        #expect(try "\(prefix("2001:db8:1:2::1"))" == "2001:db8:1:2::/64")
        #expect(try "\(prefix("192.0.2.1"))" == "192.0.2.1")
    }

    @Test("a prefix is read as it is written, or from any address in it")
    func readsPrefixes() throws {
        let prefix = try #require(AddressPrefix("2001:db8:1:2::/64"))
        #expect(AddressPrefix("\(prefix)") == prefix)
        #expect(AddressPrefix("2001:db8:1:2::77") == prefix)
        #expect(AddressPrefix("192.0.2.1")?.description == "192.0.2.1")
        #expect(AddressPrefix("192.0.2.1/64") == nil)
        #expect(AddressPrefix("2001:db8::/63") == nil)
    }

    @Test("loopback is 127.0.0.0/8 and ::1, and what maps to it")
    func loopback() throws {
        for text in ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"] {
            #expect(try #require(IPAddress(text)).isLoopback)
        }
        for text in ["126.255.255.255", "128.0.0.1", "::2", "::", "::127.0.0.1"] {
            #expect(try !#require(IPAddress(text)).isLoopback)
        }
    }

    @Test(
        "a block holds the addresses that share its leading bits, of its own family only",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "203.0.113.7", true),
            ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true), ("::/0", "192.0.2.1", false),
            ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
            ("2001:db8::/65", "2001:db8::7fff:ffff:ffff:ffff", true),
            ("2001:db8::/65", "2001:db8::8000:0:0:0", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ])
    func blocks(block: String, address: String, isInside: Bool) throws {
        #expect(try #require(AddressBlock(block)).contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(
        "a block with a bit set past its length, or a length out of range, is none",
        arguments: [
            "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "2001:db8::1/64",
            "::/129", "/8",
            "10.0.0.0/+8", "10.0.0.0/08",
        ])
    func refusesBlocks(text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
