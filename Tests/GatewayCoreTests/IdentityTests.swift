import GatewayCore
import Testing

@Suite("Accounts' addresses")
struct EmailAddressTests {
    @Test(
        "what differs in case, white space around it or composition is one address",
        arguments: [
            ("alice@example.com", "alice@example.com"), (" Alice@Example.COM\n", "alice@example.com"),
            ("JOSE\u{301}@example.com", "jos\u{E9}@example.com"),
            ("jos\u{C9}@example.com", "jos\u{E9}@example.com"),
        ])
    func folds(typed: String, stored: String) throws {
        let address = try #require(EmailAddress(typed))
        // Swift compares strings by canonical equivalence; a key is compared byte by byte.
        #expect(Array(address.text.utf8) == Array(stored.utf8))
    }

    @Test(
        "pain 17: what cannot be an address is none",
        arguments: [
            "", " ", "\u{0}", "alice", "@", "alice@", "@example.com", "a@b@c", "a b@example.com",
            "a\u{7}@example.com",
            "a@exam\tple.com", "a\u{A0}b@example.com",
        ])
    func refuses(typed: String) {
        #expect(EmailAddress(typed) == nil)
    }

    @Test("254 bytes are an address and 255 are not")
    func length() {
        let host = "@example.com"
        let longest = String(repeating: "a", count: 254 - host.utf8.count) + host
        #expect(EmailAddress(longest) != nil)
        #expect(EmailAddress("a" + longest) == nil)
    }
}

@Suite("Users' IDs")
struct UserIDTests {
    @Test("1 to 64 of a-z, 0-9 and - are an ID")
    func bounds() {
        #expect(UserID("a") != nil)
        #expect(UserID(String(repeating: "9", count: 64)) != nil)
        #expect(UserID("01970f3e-aaaa-7bbb-8ccc-0123456789ab") != nil)
        #expect(UserID("") == nil)
        #expect(UserID(String(repeating: "9", count: 65)) == nil)
        for text in ["A", "a b", "a_b", "\u{E9}", "a\n"] { #expect(UserID(text) == nil) }
    }
}

@Suite("Session tokens and names")
struct SessionTests {
    @Test("a token has 43 characters of base64url, is never twice the same, and does not print itself")
    func tokens() {
        let tokens = (0..<100).map { _ in SessionToken.random() }
        #expect(Set(tokens.map(\.secret)).count == 100)
        for token in tokens {
            #expect(token.secret.utf8.count == SessionToken.length)
            #expect(!"\(token) \(String(reflecting: token)) \([token])".contains(token.secret))
        }
    }

    @Test("a digest is the SHA-256 of the token's characters")
    func digest() {
        // FIPS 180-2, appendix B.1.
        let digest = SessionDigest(ofToken: Array("abc".utf8))
        #expect("\(digest)" == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect("\(digest.sessionID)" == "ba7816bf8f01cfea414140de5dae2223")
    }

    @Test("a session's name is read as it is written, and only so")
    func names() {
        let text = "00817816bf8f01cfea414140de5dae22"
        #expect(SessionID(text)?.description == text)
        for other in [
            "", String(text.dropLast()), text + "0", text.uppercased(), "+" + text.dropFirst(),
            "0x817816bf8f01cfea414140de5dae22", text.dropLast() + "g",
            String(text.prefix(16)) + "+" + String(text.suffix(15)),
        ] { #expect(SessionID(String(other)) == nil) }
    }

    @Test("a session is live until its end, and until it has lain idle for the timeout and a touch")
    func liveness() throws {
        let policy = SessionPolicy(
            idleTimeout: .seconds(100), absoluteTimeout: .seconds(1000), touchInterval: .seconds(10))
        let began = Timestamp(seconds: 1_000_000)
        var session = Session(
            digest: SessionToken.random().digest, user: try #require(UserID("u")),
            email: try #require(EmailAddress("a@b")), isAdmin: false, createdAt: began, lastUsedAt: began,
            expiresAt: began + policy.absoluteTimeout, address: "192.0.2.1", userAgent: "")
        let tick = Duration.microseconds(1)
        #expect(policy.isLive(session, at: began))
        #expect(policy.isLive(session, at: began + .seconds(110) - tick))
        #expect(!policy.isLive(session, at: began + .seconds(110)))
        session.lastUsedAt = began + .seconds(950)
        #expect(policy.isLive(session, at: began + .seconds(1000) - tick))
        #expect(!policy.isLive(session, at: began + .seconds(1000)))
    }

    @Test("the cookie has its prefix and Secure, but on plain HTTP from a loopback address")
    func cookies() throws {
        let far = try #require(IPAddress("192.0.2.1"))
        #expect(SessionCookie(isSecure: true, client: far) == .secure)
        #expect(SessionCookie(isSecure: true, client: .loopback) == .secure)
        #expect(SessionCookie(isSecure: false, client: far) == .secure)
        #expect(SessionCookie(isSecure: false, client: .loopback) == .development)
        let token = SessionToken.random()
        #expect(
            SessionCookie.secure.setting(token)
                == "__Host-fillgate=\(token.secret); Path=/; Secure; HttpOnly; SameSite=Lax")
        #expect(
            SessionCookie.development.setting(token)
                == "fillgate=\(token.secret); Path=/; HttpOnly; SameSite=Lax")
        #expect(
            SessionCookie.secure.clearing
                == "__Host-fillgate=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}

@Suite("Moments as text")
struct CalendarTextTests {
    @Test(
        "a moment prints in the forms of RFC 3339 and of HTTP's Date",
        arguments: [
            (0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "2000-02-28T23:59:59Z", "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_400, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
            (-1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
            (253_402_300_799, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ])
    func prints(seconds: Int64, rfc3339: String, httpDate: String) {
        #expect(CalendarText.rfc3339(Timestamp(seconds: seconds)) == rfc3339)
        #expect(CalendarText.httpDate(seconds) == httpDate)
    }
}
