import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// What the framing corpus cannot say in a row: answers of the gateway itself in front of a body that hides a
/// request, and line breaks that come back to the client.
@Suite("Smuggling")
struct SmugglingTests {
    static let hidden = "GET /open/hidden HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(
        "a request hidden in a body stays a body, whoever answers: the upstream, or the gateway with a refusal"
    )
    func inBody() async throws {
        try await withGateway(try .echo(), { $0.bodyLimit = 4_096 }) { rig in
            for (path, method) in [
                ("/open/x", "POST"), ("/open/x", "GET"), ("/none", "POST"), ("/api/x", "POST"),
                ("/open/x", "HEAD"),
            ] {
                let client = try rig.client()
                let body = Self.hidden
                try await client.send(
                    "\(method) \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                _ = try await client.response(to: method)
                client.socket.endOutput()
                #expect(try await client.ends(), "\(method) \(path)")
            }
            #expect(!rig.upstream.requests.contains { $0.target == "/open/hidden" })
        }
    }

    @Test("a target or a value cannot break a line of what goes on or of what comes back")
    func splitting() async throws {
        try await withGateway(try .echo()) { rig in
            let targets = ["/open/a%0d%0aX:%20y", "/open/%0a", "/open/?a=%0d%0a%0d%0aGET%20/open/hidden"]
            let client = try rig.client()
            for target in targets {
                _ = try await client.request("GET", target)
                #expect(rig.upstream.requests.last?.target == target)
            }
            let redirect = try await client.request(
                "GET", "/app/%0d%0aSet-Cookie:x?%0d%0aX:y", ["Accept: text/html"])
            #expect(redirect.status == 303 && redirect["Set-Cookie"] == nil && redirect["X"] == nil)
            #expect(redirect["Location"]?.contains("\r") == false)
            for bad in ["GET /open/a\rb HTTP/1.1", "GET /open/a\nb HTTP/1.1", "GET /open/a\u{0} HTTP/1.1"] {
                #expect(try await rig.exchange("\(bad)\r\nHost: a\r\n\r\n").status == 400)
            }
        }
    }
}
