import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Authentication")
struct AuthenticationTests {
    /// Runs `body` with a gateway on a Redis of its own, and a token of alice.
    private func withSession(
        _ configure: (inout Setup) throws -> Void = { _ in }, _ body: (Rig, String) async throws -> Void
    ) async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                try configure(&$0)
            }
        ) { rig in try await body(rig, rig.logIn()) }
    }

    @Test(
        "pain 21: a session opens a route by bearer token and by cookie, and the upstream learns who asks but not the token"
    )
    func session() async throws {
        try await withSession { rig, token in
            let client = try rig.client()
            for fields in [
                ["Authorization: Bearer \(token)"], ["Cookie: fillgate=\(token)"],
                ["Cookie: __Host-fillgate=\(token)"],
            ] {
                let answer = try await client.request("GET", "/api/x", fields)
                #expect(answer.status == 200)
                let request = try #require(rig.upstream.requests.last)
                #expect(!String(decoding: request.head, as: UTF8.self).contains(token))
                let claims = try claims(of: request)
                #expect(claims["email"] as? String == "alice@example.com")
                #expect(claims["aud"] as? String == "main")
                #expect(claims["jti"] as? String == answer["X-Request-ID"])
            }
            #expect(try await rig.log(3).allSatisfy { $0["user"] as? String == "alice@example.com" })
        }
    }

    private func claims(of request: RawMessage) throws -> [String: Any] {
        let parts = try #require(request["X-Fillgate-Assertion"]).split(separator: ".")
        #expect(parts.count == 3)
        var text = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        let data = try #require(Data(base64Encoded: String(text)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test("pain 24: without a session an API gets a 401 problem, never a redirect")
    func unauthenticated() async throws {
        try await withSession { rig, _ in
            let client = try rig.client()
            for fields in [
                [], ["Accept: text/html"], ["Sec-Fetch-Mode: navigate", "Accept: text/html"],
                ["Authorization: Basic eDp5"], ["Authorization: Bearer \(String(repeating: "n", count: 43))"],
            ] {
                let answer = try await client.request("GET", "/api/x", fields)
                #expect(answer.status == 401 && answer["WWW-Authenticate"] == "Bearer")
                #expect(answer["Location"] == nil && answer["Content-Type"] == "application/problem+json")
                #expect(answer.text.contains("\"code\":\"unauthenticated\""))
            }
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("pain 24: a browser that navigates is sent to the login page; a script and a post are not")
    func navigation() async throws {
        try await withSession { rig, _ in
            let client = try rig.client()
            let table: [(method: String, fields: [String], status: Int)] = [
                ("GET", ["Sec-Fetch-Mode: navigate"], 303), ("HEAD", ["Sec-Fetch-Mode: navigate"], 303),
                ("GET", ["Accept: text/html,*/*"], 303), ("GET", ["Accept: application/json"], 401),
                ("GET", ["Sec-Fetch-Mode: cors", "Accept: text/html"], 401), ("GET", [], 401),
                ("POST", ["Sec-Fetch-Mode: navigate"], 401),
            ]
            for (method, fields, status) in table {
                let answer = try await client.request(method, "/app/a%20b?c=d&e=%0d%0aX", fields)
                #expect(answer.status == status, "\(method) \(fields)")
                if status == 303 {
                    #expect(answer["Location"] == "/login?next=/app/a%2520b%3Fc%3Dd%26e%3D%250d%250aX")
                    #expect(answer["Set-Cookie"] == nil)
                }
            }
        }
    }

    @Test(
        "pain 3: a cookie whose session does not exist is taken back; one of another shape, too; a bearer token is not"
    )
    func deadCookie() async throws {
        try await withSession { rig, token in
            let client = try rig.client()
            let unknown = String(repeating: "n", count: 43)
            for cookie in [unknown, "short"] {
                let answer = try await client.request("GET", "/api/x", ["Cookie: fillgate=\(cookie)"])
                #expect(answer.status == 401)
                #expect(
                    answer.all("Set-Cookie").contains {
                        $0.hasPrefix("fillgate=;") && $0.contains("Max-Age=0")
                    })
            }
            let bearer = try await client.request("GET", "/api/x", ["Authorization: Bearer \(unknown)"])
            #expect(bearer.status == 401 && bearer["Set-Cookie"] == nil)
            try await rig.logOut(token)
            #expect(try await client.request("GET", "/api/x", ["Cookie: fillgate=\(token)"]).status == 401)
        }
    }

    @Test("what only administrators may do is forbidden to others")
    func administrators() async throws {
        try await withSession { rig, token in
            let admin = try await rig.logIn("root", isAdmin: true)
            let client = try rig.client()
            #expect(
                try await client.request("GET", "/admin/x", ["Authorization: Bearer \(token)"]).status == 403)
            #expect(
                try await client.request("GET", "/admin/x", ["Authorization: Bearer \(admin)"]).status == 200)
            #expect(rig.upstream.requests.count == 1)
        }
    }

    @Test(
        "a change by cookie must come from this site; by bearer token it may come from anywhere")
    func crossSite() async throws {
        let table: [(method: String, fields: [String], byCookie: Int)] = [
            ("GET", [], 200), ("HEAD", ["Sec-Fetch-Site: cross-site"], 200), ("OPTIONS", [], 200),
            ("POST", [], 403), ("POST", ["Sec-Fetch-Site: same-origin"], 200),
            ("POST", ["Sec-Fetch-Site: none"], 200), ("POST", ["Sec-Fetch-Site: same-site"], 403),
            ("POST", ["Sec-Fetch-Site: cross-site"], 403), ("PUT", ["Origin: http://gate.test"], 200),
            ("PUT", ["Origin: https://gate.test"], 403), ("PATCH", ["Origin: http://evil.test"], 403),
            ("DELETE", ["Origin: null"], 403), ("DELETE", ["Origin: http://gate.test:80"], 403),
            ("POST", ["Sec-Fetch-Site: cross-site", "Origin: http://gate.test"], 403),
            ("POST", ["sec_fetch_site: same-origin"], 403), ("PROPFIND", [], 403), ("get", [], 403),
        ]
        try await withSession { rig, token in
            let client = try rig.client()
            for (method, fields, status) in table {
                let byCookie = try await client.request(
                    method, "/api/x", fields + ["Cookie: fillgate=\(token)"])
                #expect(byCookie.status == status, "\(method) \(fields)")
                if status == 403 { #expect(byCookie.text.contains("cross-site-request")) }
                let byToken = try await client.request(
                    method, "/api/x", fields + ["Authorization: Bearer \(token)"])
                #expect(byToken.status == 200, "\(method) \(fields)")
            }
        }
    }

    @Test("a foreign Authorization does not reach the upstream of a route that needs a user")
    func foreignAuthorization() async throws {
        try await withSession { rig, token in
            let answer = try await rig.request(
                "GET", "/api/x", ["Authorization: Basic eDp5", "Cookie: fillgate=\(token)"])
            #expect(answer.status == 200)
            let request = try #require(rig.upstream.requests.last)
            #expect(request["Authorization"] == nil)
        }
    }

    @Test(
        "an answer to somebody in particular is private, and stricter or other directives of the upstream stay"
    )
    func privateAnswers() async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let upstream = try RecordingUpstream { request in
            let value = request["X-Say"].map { "Cache-Control: \($0)\r\n" } ?? ""
            return "HTTP/1.1 200 OK\r\n\(value)Content-Length: 0\r\n\r\n"
        }
        let table: [(said: String?, sent: String)] = [
            (nil, "private"), ("no-store", "no-store"), ("private, max-age=5", "private, max-age=5"),
            ("public, max-age=60", "max-age=60, private"), ("no-cache", "no-cache, private"),
            ("s-maxage=9, must-revalidate", "must-revalidate, private"), ("public", "private"),
        ]
        try await withGateway(upstream, { $0.redis = redis }) { rig in
            let token = try await rig.logIn()
            let client = try rig.client()
            for (said, sent) in table {
                let fields = (said.map { ["X-Say: \($0)"] } ?? []) + ["Authorization: Bearer \(token)"]
                let answer = try await client.request("GET", "/api/x", fields)
                #expect(answer.all("Cache-Control").joined(separator: ", ") == sent)
                let open = try await client.request("GET", "/open/x", said.map { ["X-Say: \($0)"] } ?? [])
                #expect(open["Cache-Control"] == said)
            }
        }
    }
}
