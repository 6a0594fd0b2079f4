import GatewayCore
import TestSupport
import Testing

@Suite("Forwarded (RFC 7239)")
struct ForwardedLineTests {
    private func resolve(
        _ lines: [String], peer: String = "10.0.0.1", trusted: [String] = ["10.0.0.0/8", "2001:db8::/32"]
    ) throws -> ClientAddress.Believed {
        try ClientAddress.resolve(
            peer: #require(IPAddress(peer)), forwarded: lines.map { Array($0.utf8) },
            trusted: trusted.map { try #require(AddressBlock($0)) })
    }

    @Test(
        "pain 13: the rightmost address that is not a trusted proxy's is the client, and the scheme is that of its hop",
        arguments: [
            (["for=203.0.113.7"], "203.0.113.7", nil), (["FOR=203.0.113.7;Proto=HTTPS"], "203.0.113.7", true),
            (["for=203.0.113.7;proto=http"], "203.0.113.7", false),
            (["proto=https;by=10.0.0.1;for=203.0.113.7;host=a"], "203.0.113.7", true),
            (["for=\"203.0.113.7:4711\";proto=https"], "203.0.113.7", true),
            (["for=\"203.0.113.7:_hidden\""], "203.0.113.7", nil),
            (["for=\"[2001:db9::1]:4711\";proto=wss"], "2001:db9::1", true),
            (["for=\"[2001:db9::1]\";proto=ws"], "2001:db9::1", false),
            (["for=\"[2001:db9::1]:_x\""], "2001:db9::1", nil),
            (["for=\"203.0.\\1\\13.7\""], "203.0.113.7", nil),
            (["for=198.51.100.1;proto=https, for=203.0.113.7;proto=http"], "203.0.113.7", false),
            (["for=198.51.100.1", "for=203.0.113.7;proto=https"], "203.0.113.7", true),
            (["for=203.0.113.7;proto=https, for=10.1.1.1;proto=http"], "203.0.113.7", true),
            (
                ["for=203.0.113.7;proto=https", "for=10.1.1.1;proto=http, for=\"[2001:db8::5]\""],
                "203.0.113.7", true
            ),
            (["for=203.0.113.7, for=10.1.1.1;proto=https"], "203.0.113.7", nil),
            (["for=10.1.1.1;proto=https, for=10.2.2.2"], "10.1.1.1", true),
            (["for=203.0.113.7 ,\tfor=10.1.1.1 , "], "203.0.113.7", nil),
            (["for=203.0.113.7; proto=https ;"], "203.0.113.7", true),
            (["for=203.0.113.7;secret=\"a, for=6.6.6.6;b\""], "203.0.113.7", nil),
            (["for=203.0.113.7;proto=spdy"], "203.0.113.7", nil), ([], "10.0.0.1", nil),
            ([""], "10.0.0.1", nil),
            ([" , ,"], "10.0.0.1", nil), ([";"], "10.0.0.1", nil),
        ] as [([String], String, Bool?)])
    func rightmost(lines: [String], client: String, isSecure: Bool?) throws {
        let believed = try resolve(lines)
        #expect(believed.address.description == client)
        #expect(believed.isSecure == isSecure)
    }

    @Test(
        "an element that hides its address, or has none, ends the walk; its scheme still counts",
        arguments: [
            ("for=6.6.6.6, for=unknown;proto=https", "10.0.0.1", true),
            ("for=6.6.6.6, for=_hidden", "10.0.0.1", nil), ("for=6.6.6.6, proto=https", "10.0.0.1", true),
            ("for=6.6.6.6, for=_SEVKISEK, for=10.1.1.1;proto=https", "10.1.1.1", nil),
            ("for=6.6.6.6, for=\"unknown:80\"", "10.0.0.1", nil), ("for=6.6.6.6, for=x", "10.0.0.1", nil),
            ("for=6.6.6.6, for=\"2001:db9::1\"", "10.0.0.1", nil), ("for=6.6.6.6, for=\"\"", "10.0.0.1", nil),
            ("for=6.6.6.6, for=\"[10.1.1.1]x\"", "10.0.0.1", nil),
            ("for=6.6.6.6, for=\"10.1.1.1:\"", "10.0.0.1", nil),
        ] as [(String, String, Bool?)])
    func hidden(line: String, client: String, isSecure: Bool?) throws {
        let believed = try resolve([line])
        #expect(believed.address.description == client)
        #expect(believed.isSecure == isSecure)
    }

    @Test(
        "what is not an element ends the walk, and everything left of it is not believed",
        arguments: [
            "for=6.6.6.6, for=203.0.113.7:80", "for=6.6.6.6, for=[2001:db9::1]", "for=6.6.6.6, for",
            "for=6.6.6.6, for=", "for=6.6.6.6, =x", "for=6.6.6.6, 203.0.113.7",
            "for=6.6.6.6, for =203.0.113.7",
            "for=6.6.6.6, for= 203.0.113.7", "for=6.6.6.6, for=1.1.1.1;for=2.2.2.2",
            "for=6.6.6.6, for=1.1.1.1;FOR=1.1.1.1", "for=6.6.6.6, for=\"203.0.113.7",
            "for=6.6.6.6, for=203.0.113.7\"",
            "for=6.6.6.6, for=\"203.0.113.7\"x", "for=6.6.6.6, for=\"203.0.113.7\\\"", "for=6.6.6.6, a b",
        ])
    func malformed(line: String) throws {
        #expect(try resolve([line]) == ClientAddress.Believed(address: #require(IPAddress("10.0.0.1"))))
        #expect(!ForwardedLine.isWellFormed(Array(line.utf8)))
    }

    @Test("a quote that a client leaves open does not swallow what the proxy behind it appends")
    func openQuote() throws {
        for left in ["for=6.6.6.6;a=\"", "\"", "for=\"6.6.6.6\\", "x=\"\\\"", "for=6.6.6.6;a=\"b\";c=\""] {
            for line in [
                "\(left), for=203.0.113.7;proto=https",
                "\(left), for=203.0.113.7;host=\"gate:80\";proto=https",
            ] {
                let believed = try resolve([line])
                #expect(believed.address.description == "203.0.113.7", "\(line)")
                #expect(believed.isSecure == true)
                #expect(!ForwardedLine.isWellFormed(Array(line.utf8)))
            }
        }
    }

    @Test("what a peer says counts only if the peer is a trusted proxy")
    func untrusted() throws {
        let lines = ["for=6.6.6.6;proto=https"]
        for (peer, trusted) in [("192.0.2.9", ["10.0.0.0/8"]), ("10.0.0.1", [])] {
            let believed = try resolve(lines, peer: peer, trusted: trusted)
            #expect(believed == ClientAddress.Believed(address: try #require(IPAddress(peer))))
        }
    }

    @Test("no more than the bounded number of hops is looked at")
    func hops() throws {
        func line(_ proxies: Int) -> [String] {
            ["for=203.0.113.7;proto=https" + String(repeating: ", for=10.1.1.1", count: proxies)]
        }
        #expect(try resolve(line(ClientAddress.mostHops - 1)).address.description == "203.0.113.7")
        let beyond = try resolve(line(ClientAddress.mostHops))
        #expect(beyond.address.description == "10.1.1.1" && beyond.isSecure == nil)
    }

    @Test("an element may have as many parameters as the bound, and no more")
    func parameters() throws {
        func line(_ count: Int) -> [String] {
            ["for=203.0.113.7" + (1..<count).map { ";x\($0)=y" }.joined()]
        }
        #expect(try resolve(line(ForwardedLine.mostParameters)).address.description == "203.0.113.7")
        #expect(try resolve(line(ForwardedLine.mostParameters + 1)).address.description == "10.0.0.1")
    }

    @Test("whatever stands left of a proxy's element, the element is read in the same way")
    func anythingLeft() throws {
        var random = SplitMix(seed: 7239)
        let pieces = [
            "\"", "\\", ",", ";", "=", " ", "for", "proto", "6.6.6.6", "https", "\t", "[", "]", ":", "_x",
            "\u{E9}",
        ]
        for _ in 0..<5_000 {
            let left = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            let believed = try resolve([left + ", for=203.0.113.7;proto=https"])
            #expect(believed.address.description == "203.0.113.7" && believed.isSecure == true, "\(left)")
        }
    }
}
