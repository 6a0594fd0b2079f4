import GatewayCore
import Testing

@Suite("Known fields")
struct KnownFieldTests {
    private func find(_ name: String) -> (field: KnownField, underscored: Bool) {
        let bytes = Array(name.utf8)
        return KnownField.find(bytes.span, ByteRange(0, bytes.count))
    }

    @Test(
        "names are found in any case",
        arguments: [
            ("content-length", KnownField.contentLength), ("Transfer-Encoding", .transferEncoding),
            ("CONNECTION", .connection), ("Host", .host), ("TE", .te), ("X-Forwarded-For", .xForwardedFor),
            ("x-request-id", .requestID), ("X-Fillgate-Assertion", .identity), ("x-real-ip", .identity),
            ("X-Forwarded-Anything-At-All-However-Long", .xForwardedOther),
            ("X-Auth-Request-Email", .identity),
            ("Cookie", .cookie), ("RateLimit-Policy", .rateLimit), ("traceparent", .traceparent),
        ])
    func names(name: String, field: KnownField) {
        for spelling in [name, name.lowercased(), name.uppercased()] {
            #expect(find(spelling) == (field, false))
        }
    }

    @Test(
        "names that are only alike are not found",
        arguments: [
            "", "x", "content-lengt", "content-length1", "xcontent-length", "hosts", "cookie2", "x-forwarded",
            "x-fillgate", "x-request-id-2", "content length", "contentlength",
        ])
    func others(name: String) {
        #expect(find(name) == (.other, false))
    }

    @Test(
        "pain 30: an underscore is read as a dash, and what would be dangerous is known as such",
        arguments: [
            "Content_Length", "Transfer_Encoding", "X_Forwarded_For", "X-Forwarded_For", "x_forwarded_host",
            "X_Fillgate_Assertion", "x-fillgate_assertion", "X_Real_IP", "REMOTE_USER", "X_Request_ID",
            "Proxy_Connection", "X_Auth_Request_User", "Keep_Alive", "x_authenticated_user",
            "x_forwarded_proto",
        ])
    func underscores(name: String) {
        let (field, _) = find(name)
        #expect(field.isDangerousWithUnderscore)
        #expect(field != .other)
    }

    @Test("an ordinary name with an underscore is an ordinary field")
    func harmlessUnderscore() throws {
        #expect(find("my_field") == (.other, true))
        let request = try ReadRequest("GET / HTTP/1.1\r\nHost: a\r\nmy_field: x\r\nUser_Agent: y\r\n\r\n")
        #expect(request.passing == ["my_field", "User_Agent"])
    }

    @Test("pain 30: identity and forwarding fields do not pass with any mixture of dashes and underscores")
    func strippedHoweverSpelled() throws {
        let names = [
            "X-Fillgate-Assertion", "X-Forwarded-For", "X-Forwarded-Host", "X-Request-ID", "X-Real-IP",
            "Remote-User", "X-Forwarded-A-Very-Long-Name-Indeed", "X-Fillgate-Something-New-And-Long",
        ]
        for name in names {
            let dashes = name.utf8.indices.filter { name.utf8[$0] == UInt8(ascii: "-") }
            for choice in 0..<(1 << dashes.count) {
                var spelled = Array(name.utf8)
                for (bit, index) in dashes.enumerated() where choice >> bit & 1 == 1 {
                    spelled[name.utf8.distance(from: name.utf8.startIndex, to: index)] = UInt8(ascii: "_")
                }
                let text = String(decoding: spelled, as: UTF8.self)
                let request = try ReadRequest("GET / HTTP/1.1\r\nHost: a\r\n\(text): forged\r\n\r\n")
                #expect(request.passing.isEmpty, "\(text)")
            }
        }
    }
}
