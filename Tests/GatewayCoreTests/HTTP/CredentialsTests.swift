import GatewayCore
import Testing

@Suite("Credentials")
struct CredentialsTests {
    private static let token = String(repeating: "Ab0-_", count: 8) + "xyz"
    private static let other = String(repeating: "z", count: 43)

    private func bearer(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        return Credentials.bearer(bytes.span, ByteRange(0, bytes.count)).map { bytes.span.string($0) }
    }

    private func cookie(_ text: String, name: String = "fillgate") -> (isThere: Bool, token: String?) {
        let bytes = Array(text.utf8)
        let found = Credentials.cookie(bytes.span, ByteRange(0, bytes.count), name: Array(name.utf8))
        return (found.isThere, found.token.map { bytes.span.string($0) })
    }

    @Test("a bearer token is taken with its scheme in any case and any number of spaces")
    func bearers() {
        for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer  ", "Bearer    "] {
            #expect(bearer(scheme + Self.token) == Self.token, "\(scheme)")
        }
    }

    @Test("what is not the shape of our tokens is somebody else's credential")
    func notOurs() {
        let values = [
            "", "Bearer", "Bearer ", Self.token, "Basic " + Self.token, "Bearer" + Self.token,
            "Bearer " + Self.token.dropLast(), "Bearer \(Self.token)x", "Bearer \(Self.token.dropLast())=",
            "Bearer \(Self.token.dropLast())+", "Bearer \(Self.token.dropLast())é", "Bearer\t\(Self.token)",
            "Bearer a.b.c", "Bearer \(Self.token),", "Digest " + Self.token,
        ]
        for value in values { #expect(bearer(value) == nil, "\(value)") }
    }

    @Test("the cookie of the name is found among others; the first of several counts")
    func cookies() {
        let token = Self.token
        #expect(cookie("fillgate=\(token)") == (true, token))
        #expect(cookie("a=b; fillgate=\(token); c=d") == (true, token))
        #expect(cookie("a=b;fillgate=\(token);c=d") == (true, token))
        #expect(cookie("fillgate=\(token); fillgate=\(Self.other)") == (true, token))
        #expect(cookie("fillgate=short; fillgate=\(token)") == (true, nil))
        #expect(cookie("fillgate=") == (true, nil))
        #expect(cookie("fillgate=\"\(token)\"") == (true, nil))
    }

    @Test("a name that is only alike is not the cookie")
    func otherCookies() {
        for text in [
            "", ";", ";;", "fillgate", "xfillgate=\(Self.token)", "Fillgate=\(Self.token)",
            "__Host-fillgate=\(Self.token)", "fillgate2=\(Self.token)", "a=fillgate=\(Self.token)",
            "fillgate =\(Self.token)",
        ] {
            #expect(cookie(text) == (false, nil), "\(text)")
        }
        #expect(cookie("__Host-fillgate=\(Self.token)", name: "__Host-fillgate") == (true, Self.token))
    }

    @Test("a Set-Cookie counts as that of a name if a browser would send the cookie back under it")
    func setsCookie() {
        let table: [(value: String, counts: Bool)] = [
            ("fillgate=x", true), ("fillgate =x; Path=/", true), ("fillgate\t=", true), (" fillgate=", true),
            ("=fillgate=x", true), ("= fillgate =x", true), ("fillgate", false), ("fillgate; a=b", false),
            ("fillgate2=x", false), ("afillgate=x", false), ("a=fillgate=x", false), ("a; fillgate=x", false),
            ("==fillgate=x", false), ("Fillgate=x", false), ("", false), ("=", false), (";", false),
        ]
        for (value, counts) in table {
            let bytes = Array(value.utf8)
            let range = ByteRange(0, bytes.count)
            let found = Credentials.setsCookie(bytes.span, range, named: Array("fillgate".utf8))
            #expect(found == counts, "\(value)")
        }
    }
}
