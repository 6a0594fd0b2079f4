import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("API keys through the pipeline")
struct APIKeyTests {
    private func withRedis(
        _ configure: (inout Setup) throws -> Void = { _ in }, _ body: (Rig, RedisServer) async throws -> Void
    ) async throws {
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        try await withGateway(
            try .echo(),
            {
                $0.redis = redis
                try configure(&$0)
            }
        ) { rig in try await body(rig, redis) }
    }

    private func roles(_ request: RawMessage?) throws -> [String] {
        let parts = try #require(request?["X-Fillgate-Assertion"]).split(separator: ".")
        var text = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        let data = try #require(Data(base64Encoded: String(text)))
        let claims = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(claims["email"] as? String == "alice@example.com")
        return try #require(claims["roles"] as? [String])
    }

    @Test("pain 25: a key with the scope opens a route; the upstream learns who asks but not the key")
    func open() async throws {
        try await withRedis { rig, redis in
            let key = try await rig.makeKey([.read])
            let client = try rig.client()
            for _ in 0..<2 {
                let answer = try await client.request("GET", "/api/x", ["Authorization: Bearer \(key)"])
                #expect(answer.status == 200)
                let request = try #require(rig.upstream.requests.last)
                #expect(!String(decoding: request.head, as: UTF8.self).contains(key.dropFirst(4)))
                #expect(try roles(request) == ["user"])
            }
            let log = try await rig.log(2)
            #expect(log.allSatisfy { $0["user"] as? String == "alice@example.com" })
            #expect(!"\(log) \(rig.messages)".contains(key.dropFirst(4)))
            // Its hash is all that the store has.
            #expect(try !redis.everything().contains(key.dropFirst(4)))
        }
    }

    @Test("what a key's scopes do not cover is 403 with the scope that it takes, as RFC 6750 has it")
    func scopes() async throws {
        try await withRedis { rig, _ in
            let client = try rig.client()
            let table: [(scopes: KeyScopes, method: String, path: String, needed: String?)] = [
                (.read, "GET", "/api/x", nil), (.read, "HEAD", "/api/x", nil),
                (.read, "POST", "/api/x", "write"), (.read, "DELETE", "/api/x", "write"),
                (.write, "POST", "/api/x", nil), (.write, "GET", "/api/x", "read"),
                ([.read, .write], "PATCH", "/api/x", nil),
                ([.read, .write], "GET", "/admin/x", "read admin"),
                (.admin, "GET", "/admin/x", "read admin"), (.admin, "GET", "/api/x", "read"),
                ([.read, .admin], "GET", "/admin/x", nil),
                ([.read, .admin], "POST", "/admin/x", "write admin"), ([], "GET", "/api/x", "read"),
            ]
            for (scopes, method, path, needed) in table {
                let key = try await rig.makeKey(scopes)
                let answer = try await client.request(method, path, ["Authorization: Bearer \(key)"])
                #expect(answer.status == (needed == nil ? 200 : 403), "\(scopes) \(method) \(path)")
                guard let needed else { continue }
                #expect(
                    answer["WWW-Authenticate"] == "Bearer error=\"insufficient_scope\", scope=\"\(needed)\"")
                if method != "HEAD" { #expect(answer.text.contains("\"code\":\"insufficient-scope\"")) }
            }
        }
    }

    @Test("an administrator's key is an administrator's only with that scope")
    func role() async throws {
        try await withRedis { rig, _ in
            let client = try rig.client()
            for (scopes, roles) in [(KeyScopes.read, ["user"]), ([.read, .admin], ["user", "admin"])] {
                let key = try await rig.makeKey(scopes)
                let answer = try await client.request("GET", "/api/x", ["Authorization: Bearer \(key)"])
                #expect(answer.status == 200)
                #expect(try self.roles(rig.upstream.requests.last) == roles)
            }
        }
    }

    @Test("a key may not open a WebSocket without the scope to write")
    func webSocket() async throws {
        try await withRedis { rig, _ in
            let key = try await rig.makeKey([.read])
            let answer = try await rig.request(
                "GET", "/api/x",
                [
                    "Authorization: Bearer \(key)", "Connection: Upgrade", "Upgrade: websocket",
                    "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                ])
            #expect(answer.status == 403 && answer.text.contains("insufficient-scope"))
        }
    }

    @Test("a key is good from the addresses that it names, and from no other")
    func addresses() async throws {
        try await withRedis { rig, _ in
            let here = try await rig.makeKey([.read], from: ["127.0.0.0/8", "192.0.2.1"])
            let elsewhere = try await rig.makeKey([.read], from: ["192.0.2.0/24", "::1"])
            let client = try rig.client()
            #expect(
                try await client.request("GET", "/api/x", ["Authorization: Bearer \(here)"]).status == 200)
            let refused = try await client.request("GET", "/api/x", ["Authorization: Bearer \(elsewhere)"])
            #expect(refused.status == 403 && refused.text.contains("\"code\":\"address-not-allowed\""))
        }
    }

    @Test("a policy by API key counts each key by itself and no session; one by session counts no key")
    func limits() async throws {
        let policies = [
            LimitPolicy(
                name: "machines", key: .composed([.apiKey]),
                gcra: try #require(GCRA(count: 1, per: .seconds(600), burst: 2))),
            LimitPolicy(
                name: "people", key: .composed([.session]),
                gcra: try #require(GCRA(count: 1, per: .seconds(600), burst: 3))),
        ]
        try await withRedis({ $0.policies = policies }) { rig, _ in
            let tokens = [
                try await rig.makeKey([.read]), try await rig.makeKey([.read]), try await rig.logIn(),
            ]
            let client = try rig.client()
            for (token, burst) in zip(tokens, [2, 2, 3]) {
                var statuses: [Int] = []
                for _ in 0..<4 {
                    statuses.append(
                        try await client.request("GET", "/api/x", ["Authorization: Bearer \(token)"]).status)
                }
                #expect(
                    statuses == Array(repeating: 200, count: burst) + Array(repeating: 429, count: 4 - burst))
            }
        }
    }

    @Test("the first use of a key from an address is told once, however soon it follows another")
    func firstUse() async throws {
        try await withRedis({ try $0.trust("127.0.0.1") }) { rig, _ in
            let key = try await rig.makeKey([.read])
            let client = try rig.client()
            for address in ["192.0.2.1", "192.0.2.1", "198.51.100.7", "192.0.2.1", "198.51.100.7"] {
                let answer = try await client.request(
                    "GET", "/api/x", ["Authorization: Bearer \(key)", "X-Forwarded-For: \(address)"])
                #expect(answer.status == 200)
            }
            let told = rig.messages.filter { $0.contains("first use") }
            #expect(told.count == 2)
            #expect(told[0].contains("192.0.2.1") && told[1].contains("198.51.100.7"))
        }
    }

    @Test("a key needs no word of where a page comes from, as no browser attaches it by itself")
    func crossSite() async throws {
        try await withRedis { rig, _ in
            let key = try await rig.makeKey([.write])
            let answer = try await rig.request(
                "POST", "/api/x", ["Authorization: Bearer \(key)", "Sec-Fetch-Site: cross-site"], body: "x")
            #expect(answer.status == 200)
        }
    }

    @Test("a key that is not there is 401; it goes on nowhere, not even on an anonymous route")
    func unknown() async throws {
        try await withRedis { rig, _ in
            let client = try rig.client()
            let unknown = KeyToken.random().secret
            let refused = try await client.request("GET", "/api/x", ["Authorization: Bearer \(unknown)"])
            #expect(refused.status == 401 && refused["Set-Cookie"] == nil)
            #expect(rig.upstream.requests.isEmpty)
            let known = try await rig.makeKey([])
            for key in [unknown, known] {
                #expect(
                    try await client.request("GET", "/open/x", ["Authorization: Bearer \(key)"]).status == 200
                )
                let head = try #require(rig.upstream.requests.last).head
                #expect(!String(decoding: head, as: UTF8.self).contains(key.dropFirst(4)))
            }
            let basic = try await client.request("GET", "/open/x", ["Authorization: Basic eDp5"])
            #expect(basic.status == 200)
            #expect(rig.upstream.requests.last?["Authorization"] == "Basic eDp5")
        }
    }

    @Test("looking a key up and every limit that is known are one flight, and its use is noted once a minute")
    func oneFlight() async throws {
        let policy = LimitPolicy(
            name: "api", key: .user, gcra: try #require(GCRA(count: 100, per: .seconds(1), burst: 200)))
        try await withRedis({ $0.policies = [policy] }) { rig, redis in
            let key = try await rig.makeKey([.read])
            let client = try rig.client()
            func calls(_ command: String) throws -> Int {
                guard case .text(let info) = try redis.command("INFO", "commandstats") else { return 0 }
                let line = info.split(whereSeparator: \.isNewline).first {
                    $0.hasPrefix("cmdstat_\(command):")
                }
                return line.flatMap { Int($0.split(separator: "=")[1].prefix(while: \.isNumber)) } ?? 0
            }
            // The first request finds out whose key it is; after it that is known beforehand.
            _ = try await client.request("GET", "/api/x", ["Authorization: Bearer \(key)"])
            let before = (try calls("get"), try calls("evalsha"), try calls("set"))
            for _ in 0..<5 {
                let answer = try await client.request("GET", "/api/x", ["Authorization: Bearer \(key)"])
                #expect(answer.status == 200 && answer["RateLimit"]?.hasPrefix("\"api\"") == true)
            }
            // The look-up's GET and the one that the limit's script makes.
            #expect(try calls("get") - before.0 == 10)
            #expect(try calls("evalsha") - before.1 == 5)
            #expect(try calls("set") - before.2 == 5, "the limit's script makes one each")
        }
    }
}

extension RedisServer {
    /// Every key that holds text and what it holds, and the names of all others.
    fileprivate func everything() throws -> String {
        guard case .list(let names) = try command("KEYS", "*") else { return "" }
        var text = ""
        for case .text(let name) in names {
            text += name + "\n"
            if case .text(let value) = try command("GET", name) { text += value + "\n" }
        }
        return text
    }
}
