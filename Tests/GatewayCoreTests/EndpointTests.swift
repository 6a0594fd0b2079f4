import GatewayCore
import ServiceCore
import Testing

@Suite("The gateway's own endpoints")
struct EndpointTests {
    @Test("neither a request nor an answer prints the secret in its body or headers")
    func redaction() {
        let secret = "correct horse battery staple"
        let request = EndpointRequest(
            id: RequestID(unixMilliseconds: 1, random: (2, 3)), method: "POST", path: "/login", query: secret,
            contentType: nil, accept: nil, userAgent: nil, body: Array(secret.utf8), address: .loopback,
            principal: nil, shownSession: nil, isSecure: false, now: Timestamp(seconds: 1))
        let response = EndpointResponse(
            status: 200, headers: [("Set-Cookie", secret)], body: Array(secret.utf8))
        let bytes = "\(Array(secret.utf8))"
        for text in ["\(request)", "\(response)", String(reflecting: request), String(reflecting: response)] {
            #expect(!text.contains(secret) && !text.contains(bytes.dropFirst().prefix(12)))
        }
        #expect("\(request)".contains("POST /login"))
    }
}
