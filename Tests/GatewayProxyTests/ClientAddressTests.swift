import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Client address through the gateway")
struct ClientAddressTests {
    /// One header line that tries to say who the client is, in a random spelling.
    private static func claim(_ random: inout SplitMix) -> String {
        let names = [
            "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port",
            "X-Request-ID", "X-Real-IP", "X-Client-IP", "True-Client-IP", "X-Forwarded", "X-Forwarded-Ssl",
            "X-Fillgate-Assertion", "PROXY", "X-PROXY-PROTOCOL", "Via", "Client-IP",
        ]
        let values = [
            "6.6.6.6", "6.6.6.6, 127.0.0.1", "[6666::6]:80", "for=6.6.6.6;proto=https;by=127.0.0.1",
            "for=\"[6666::6]\";proto=https, for=127.0.0.1", "https", "https, https", "forged-request-id",
            "PROXY TCP4 6.6.6.6 127.0.0.1 1 2", "unknown", "\"6.6.6.6", "", "on",
        ]
        var name = ""
        for character in names.randomElement(using: &random) ?? "" {
            var written = Bool.random(using: &random) ? character.uppercased() : character.lowercased()
            if character == "-", Int.random(in: 0..<4, using: &random) == 0 { written = "_" }
            name += written
        }
        let space = Bool.random(using: &random) ? " " : "\t"
        return "\(name):\(space)\(values.randomElement(using: &random) ?? "")\r\n"
    }

    @Test(
        "pain 13, pain 32: no header of an untrusted peer changes the address, the scheme or the request ID, however it is spelled"
    )
    func untrusted() async throws {
        for header in ClientAddress.Header.allCases {
            try await withGateway(
                try .echo(),
                {
                    try $0.trust("10.0.0.0/8")
                    $0.clientAddressHeader = header
                }
            ) { rig in
                var random = SplitMix(seed: 13)
                let client = try rig.client()
                for batch in 0..<40 {
                    let requests = (0..<50).map { _ in
                        let claims = (0..<Int.random(in: 1..<6, using: &random)).map { _ in
                            Self.claim(&random)
                        }
                        return "GET /open/x HTTP/1.1\r\nHost: gate.test\r\n\(claims.joined())\r\n"
                    }
                    try await client.send(requests.joined())
                    for _ in requests {
                        let answer = try await client.response()
                        #expect(answer.status == 200 && answer["X-Request-ID"] != "forged-request-id")
                    }
                    for request in rig.upstream.requests.dropFirst(batch * 50) {
                        #expect(request.all("X-Forwarded-For") == ["127.0.0.1"])
                        #expect(request.all("X-Forwarded-Proto") == ["http"])
                        #expect(request.all("X-Forwarded-Host") == ["gate.test"])
                        #expect(request.all("Forwarded") == ["for=127.0.0.1;host=\"gate.test\";proto=http"])
                        let names = Set(request.fields.map { $0.name.lowercased().replacing("_", with: "-") })
                        #expect(names.isDisjoint(with: ["x-real-ip", "x-client-ip", "x-forwarded-port"]))
                        #expect(request.fields.count { $0.name.lowercased() == "x-request-id" } == 1)
                        #expect(!request.fields.contains { $0.name.lowercased() == "x_forwarded_for" })
                    }
                }
                let log = try await rig.log(2_000)
                #expect(log.allSatisfy { $0["client"] as? String == "127.0.0.1" })
                #expect(!log.contains { $0["request_id"] as? String == "forged-request-id" })
            }
        }
    }

    @Test("what looks like the PROXY protocol in front of a request is not one, and the address stays")
    func proxyBytes() async throws {
        try await withGateway(try .echo()) { rig in
            let request = "GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n"
            for prefix in ["PROXY TCP4 6.6.6.6 127.0.0.1 1 2\r\n", "\r\n\r\n\0\r\nQUIT\n!\u{11}"] {
                let client = try rig.client()
                try await client.send(prefix + request)
                #expect(try await client.response().status == 400)
                #expect(try await client.ends())
            }
            #expect(try await rig.log(2).allSatisfy { $0["client"] as? String == "127.0.0.1" })
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("the field that the proxies in front do not write is not believed, and goes on as what is")
    func theOtherField() async throws {
        let both = ["X-Forwarded-For: 203.0.113.7", "Forwarded: for=198.51.100.9;proto=https"]
        let table: [(ClientAddress.Header, client: String, chain: String, forwarded: String, proto: String)] =
            [
                (
                    .xForwardedFor, "203.0.113.7", "203.0.113.7, 127.0.0.1",
                    "for=203.0.113.7;proto=http, for=127.0.0.1;host=\"gate.test\";proto=http", "http"
                ),
                (
                    .forwarded, "198.51.100.9", "198.51.100.9, 127.0.0.1",
                    "for=198.51.100.9;proto=https, for=127.0.0.1;host=\"gate.test\";proto=https", "https"
                ),
            ]
        for (header, address, chain, forwarded, proto) in table {
            try await withGateway(
                try .echo(),
                {
                    try $0.trust("127.0.0.1")
                    $0.clientAddressHeader = header
                }
            ) { rig in
                _ = try await rig.request("GET", "/open/x", both)
                let request = try #require(rig.upstream.requests.first)
                #expect(request.all("X-Forwarded-For") == [chain])
                #expect(request.all("Forwarded") == [forwarded])
                #expect(request.all("X-Forwarded-Proto") == [proto])
                #expect(try await rig.log(1)[0]["client"] as? String == address)
            }
        }
    }

    @Test("behind trusted proxies Forwarded is appended to over all its lines, unless it could be misread")
    func forwarded() async throws {
        try await withGateway(
            try .echo(),
            {
                try $0.trust("127.0.0.0/8", "10.0.0.0/8")
                $0.clientAddressHeader = .forwarded
            }
        ) { rig in
            let own = "for=127.0.0.1;host=\"gate.test\""
            let table: [(lines: [String], client: String, sent: String)] = [
                ([], "127.0.0.1", "\(own);proto=http"),
                (
                    ["for=6.6.6.6", "for=\"[2001:db8::1]:4711\";proto=https, for=10.1.1.1"], "2001:db8::1",
                    "for=6.6.6.6, for=\"[2001:db8::1]:4711\";proto=https, for=10.1.1.1, \(own);proto=https"
                ),
                (
                    ["for=6.6.6.6;a=\", for=203.0.113.7;proto=https"], "203.0.113.7",
                    "for=203.0.113.7;proto=https, \(own);proto=https"
                ),
                (["for=unknown;proto=https"], "127.0.0.1", "for=unknown;proto=https, \(own);proto=https"),
                (["for=\"[2001:db8::1]:4711\";a=\"b"], "127.0.0.1", "\(own);proto=http"),
            ]
            for (lines, address, sent) in table {
                let answer = try await rig.request("GET", "/open/x", lines.map { "Forwarded: \($0)" })
                #expect(answer.status == 200)
                let request = try #require(rig.upstream.requests.last)
                #expect(request.all("Forwarded") == [sent])
                let chain = address == "127.0.0.1" ? address : "\(address), 127.0.0.1"
                #expect(request.all("X-Forwarded-For") == [chain])
            }
        }
    }

    @Test("of several schemes the one that the proxy in front appended counts")
    func schemes() async throws {
        try await withGateway(try .echo(), { try $0.trust("127.0.0.1") }) { rig in
            let table: [(lines: [String], proto: String)] = [
                (["https"], "https"), (["https, http"], "http"), (["http, https"], "https"),
                (["https", "http"], "http"), (["http", "HTTPS"], "https"), (["https,"], "https"),
                ([""], "http"),
                (["httpsx"], "http"), ([], "http"),
            ]
            for (lines, proto) in table {
                _ = try await rig.request("GET", "/open/x", lines.map { "X-Forwarded-Proto: \($0)" })
                #expect(rig.upstream.requests.last?.all("X-Forwarded-Proto") == [proto], "\(lines)")
            }
        }
    }
}
