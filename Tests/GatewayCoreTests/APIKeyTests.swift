import Crypto
import GatewayCore
import Testing

@Suite("API keys")
struct APIKeyTests {
    @Test("a key is fgk_ and 256 random bits, and prints neither itself nor its grant's owner's secret")
    func token() {
        let tokens = (0..<100).map { _ in KeyToken.random() }
        for token in tokens {
            #expect(token.secret.hasPrefix("fgk_") && token.secret.utf8.count == 47)
            #expect("\(token) \(String(reflecting: token))".contains(token.secret.dropFirst(4)) == false)
            #expect(token.digest == SessionDigest(SHA256.hash(data: Array(token.secret.utf8))))
        }
        #expect(Set(tokens.map(\.secret)).count == 100)
    }

    @Test("a key is taken from 'Bearer fgk_…' alone, and never for a session's token")
    func shape() {
        let secret = KeyToken.random().secret
        func found(_ value: String) -> (key: String?, session: Bool) {
            let bytes = Array(value.utf8)
            let range = ByteRange(0, bytes.count)
            let key = Credentials.key(bytes.span, range)
            return (
                key.map { String(decoding: bytes[$0.lower..<$0.upper], as: UTF8.self) },
                Credentials.bearer(bytes.span, range) != nil
            )
        }
        for value in ["Bearer \(secret)", "bearer \(secret)", "BEARER   \(secret)"] {
            #expect(found(value) == (secret, false))
        }
        for value in [
            "Basic \(secret)", secret, "Bearer x\(secret)", "Bearer \(secret)=",
            "Bearer \(secret.dropLast())",
            "Bearer FGK_\(secret.dropFirst(4))", "Bearer fgk-\(secret.dropFirst(4))",
            "Bearer \(secret.dropLast())=", "Bearer \(secret) ", "",
        ] {
            #expect(found(value).key == nil, "\(value.count)")
        }
        #expect(found("Bearer \(SessionToken.random().secret)") == (nil, true))
    }

    private func faults(
        _ name: String = "CI", _ scopes: [String] = ["read"], _ addresses: [String] = [],
        _ lifetime: Duration? = nil, isAdmin: Bool = false
    ) -> [String] {
        do throws(KeyTerms.Faults) {
            _ = try KeyTerms(
                name: name, scopes: scopes, addresses: addresses, lifetime: lifetime,
                for: KeyPolicy(addresses: 2), isAdmin: isAdmin)
            return []
        } catch {
            return error.faults.map(\.field)
        }
    }

    @Test("the terms of a key are bounded on both sides, and everything that is wrong is told at once")
    func terms() {
        #expect(faults() == [])
        #expect(faults(String(repeating: "n", count: 64)) == [])
        #expect(faults(String(repeating: "n", count: 65)) == ["name"])
        for name in ["", "  ", "a\nb", "a\u{1B}[2J"] { #expect(faults(name) == ["name"]) }
        #expect(faults("CI", ["read", "write", "read"]) == [])
        for scopes in [[], ["root"], ["READ"], ["read", ""]] { #expect(faults("CI", scopes) == ["scopes"]) }
        #expect(faults("CI", ["admin"]) == ["scopes"] && faults("CI", ["admin"], isAdmin: true) == [])
        #expect(faults("CI", ["read"], ["192.0.2.1", "2001:db8::/32"]) == [])
        for addresses in [["192.0.2.1/24"], ["host"], ["1.1.1.1", "2.2.2.2", "3.3.3.3"]] {
            #expect(faults("CI", ["read"], addresses) == ["addresses"])
        }
        let longest = KeyPolicy().maxLifetime
        #expect(faults("CI", ["read"], [], .seconds(1)) == [] && faults("CI", ["read"], [], longest) == [])
        #expect(faults("CI", ["read"], [], .milliseconds(999)) == ["expires_in"])
        #expect(faults("CI", ["read"], [], longest + .seconds(1)) == ["expires_in"])
        #expect(faults("", ["x"], ["y"], .zero) == ["name", "scopes", "addresses", "expires_in"])
    }

    @Test("a key is good where it says, and everywhere where it does not say")
    func addresses() throws {
        var grant = KeyGrant(name: "x", scopes: .read, addresses: [])
        let inside = try #require(IPAddress("192.0.2.77"))
        let mapped = try #require(IPAddress("::ffff:192.0.2.77"))
        let outside = try #require(IPAddress("192.0.3.1"))
        #expect(grant.allows(inside) && grant.allows(outside))
        grant.addresses = [try #require(AddressBlock("192.0.2.0/24"))]
        #expect(grant.allows(inside) && grant.allows(mapped) && !grant.allows(outside))
    }

    @Test("a key has no idle end, and no life beyond its own")
    func life() throws {
        let now = Timestamp(seconds: 1_800_000_000)
        let key = APIKey(
            digest: KeyToken.random().digest, user: try #require(UserID("u")),
            email: try #require(EmailAddress("a@b.c")),
            grant: KeyGrant(name: "x", scopes: .read, addresses: []), createdAt: now,
            expiresAt: now + .seconds(90 * 86_400))
        let policy = SessionPolicy()
        #expect(policy.isLive(key.session, at: key.expiresAt - .microseconds(1)))
        #expect(!policy.isLive(key.session, at: key.expiresAt))
        #expect(APIKey(key.session) == key)
    }
}
