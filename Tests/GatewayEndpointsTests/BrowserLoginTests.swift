import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("Logging in with a browser")
struct BrowserLoginTests {
    private func submit(next: String? = nil, password: String = World.password) -> Call {
        .form(
            "/login",
            next.map { ["username": "alice@example.com", "password": password, "next": $0] }
                ?? ["username": "alice@example.com", "password": password])
    }

    @Test(
        "only a path of this gateway is a next",
        arguments: [
            ("/", "/"), ("/app/", "/app/"), ("/app/plan?lot=7&x=%2F#top", "/app/plan?lot=7&x=%2F#top"),
            ("/..//evil.example", "/..//evil.example"),
            ("/" + String(repeating: "a", count: 2047), nil as String?),
            ("", nil), ("app", nil), ("//evil.example", nil), ("///evil.example", nil),
            ("/\\evil.example", nil),
            ("\\\\evil.example", nil), ("/app\\evil", nil), ("/\t/evil.example", nil),
            ("/\n/evil.example", nil),
            ("/app\r\nSet-Cookie: x=y", nil), ("/\u{0}", nil), ("/\u{7F}", nil), ("/ /evil", nil),
            (" /app", nil),
            ("https://evil.example/", nil), ("https:evil.example", nil), ("javascript:alert(1)", nil),
            ("/\u{E9}", nil),
            ("/login", nil), ("/login?next=/login", nil), ("/logout", nil), ("/login2", "/login2"),
            ("?next=/app", nil), ("#", nil),
        ])
    func next(typed: String, path: String?) async throws {
        let expected = typed.utf8.count == 2048 ? typed : path
        #expect(BrowserLogin.acceptable(typed)?.text == expected)
        let world = try await World(home: #require(LocalPath("/home")))
        try await world.add()
        let answer = try await world.send(submit(next: typed))
        #expect(answer.status == 303)
        #expect(answer.header("Location") == expected ?? "/home")
    }

    @Test("2,048 bytes are a path and 2,049 are not")
    func longNext() {
        #expect(LocalPath("/" + String(repeating: "a", count: 2047)) != nil)
        #expect(LocalPath("/" + String(repeating: "a", count: 2048)) == nil)
    }

    @Test(
        "success sets the cookie and sends the browser on; the cookie is a session",
        arguments: Backend.allCases)
    func success(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        let answer = try await world.send(submit(next: "/app/"))
        #expect(answer.status == 303)
        #expect(answer.header("Location") == "/app/")
        #expect(answer.header("Cache-Control") == "no-store")
        let cookie = try #require(answer.header("Set-Cookie"))
        #expect(cookie.hasPrefix("__Host-fillgate="))
        #expect(cookie.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax"))
        let token = try #require(cookie.split(separator: ";").first?.split(separator: "=").last)
        #expect(token.utf8.count == SessionToken.length)
        #expect(
            try await world.sessions(account.id).map(\.digest) == [SessionDigest(ofToken: Array(token.utf8))])
        #expect(!world.log.all.contains { $0.hasPrefix("warning") })
    }

    @Test(
        "pain 23: who logs in again has a new session, and the old one ends within 10 s",
        arguments: Backend.allCases)
    func again(backend: Backend) async throws {
        let world = try await World(backend)
        let account = try await world.add()
        let old = try await world.logIn()
        var call = submit()
        call.token = old
        let answer = try await world.send(call)
        let after = Call.clock()
        #expect(answer.status == 303)
        let sessions = try await world.sessions(account.id)
        #expect(sessions.count == 2)
        let digest = SessionDigest(ofToken: Array(old.utf8))
        let retired = try #require(sessions.first { $0.digest == digest })
        #expect(retired.expiresAt <= after + .seconds(10))
        #expect(sessions.first { $0.digest != digest }.map { $0.expiresAt > after + .seconds(60) } == true)
        // A failed login ends nothing.
        let mine = try await world.logIn()
        var wrong = submit(password: "not that")
        wrong.token = mine
        #expect(try await world.send(wrong).status != 303)
        let kept = SessionDigest(ofToken: Array(mine.utf8))
        #expect(
            try await world.sessions(account.id).first { $0.digest == kept }.map {
                $0.expiresAt > after + .seconds(60)
            } == true)
    }

    @Test(
        "on plain HTTP to a loopback address the cookie goes without prefix and Secure, and a warning is logged"
    )
    func development() async throws {
        let world = try await World()
        try await world.add()
        var call = submit()
        call.isSecure = false
        call.address = .loopback
        let cookie = try #require(try await world.send(call).header("Set-Cookie"))
        #expect(cookie.hasPrefix("fillgate="))
        #expect(cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Lax"))
        #expect(world.log.all.contains { $0.hasPrefix("warning") && $0.contains("without Secure") })
        call.address = World.mallory
        #expect(try await world.send(call).header("Set-Cookie")?.hasPrefix("__Host-") == true)
    }

    @Test(
        "a failed login shows the page again, the same for unknown, wrong, disabled and locked",
        arguments: Backend.allCases)
    func failure(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        try await world.add(EmailAddress("disabled@example.com")!, isActive: false)
        try await world.add(EmailAddress("locked@example.com")!)
        for _ in 0..<5 { _ = try await world.send(.login("locked@example.com", "wrong")) }
        var answers: Set<String> = []
        for email in [
            "alice@example.com", "nobody@example.com", "disabled@example.com", "locked@example.com",
        ] {
            let password = email.hasPrefix("alice") ? "wrong" : World.password
            let answer = try await world.send(
                .form("/login", ["username": email, "password": password, "next": "/app/"]))
            #expect(answer.status == 401)
            #expect(answer.code == "invalid-credentials")
            #expect(answer.header("Set-Cookie") == nil)
            #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
            #expect(answer.text.contains(#"role="alert""#))
            #expect(answer.text.contains(#"name="next" value="/app/""#))
            #expect(!answer.text.contains(email) && !answer.text.contains(World.password))
            answers.insert(try answer.seen())
        }
        #expect(answers.count == 1)
    }

    @Test("a form with faults is shown again and says which field", arguments: Backend.allCases)
    func faultyForm(backend: Backend) async throws {
        let world = try await World(backend)
        let empty = try await world.send(.form("/login", ["username": "", "password": ""]))
        #expect(empty.status == 422)
        #expect(empty.text.contains("The e-mail address must not be empty."))
        #expect(empty.text.contains("The password must not be empty."))
        var json = Call.login("alice@example.com", World.password)
        json.target = "/login"
        #expect(try await world.send(json).status == 415)
    }

    @Test(
        "the page has a labelled form, no script, no inline style, and only a local next",
        arguments: Backend.allCases)
    func page(backend: Backend) async throws {
        let world = try await World(backend)
        let page = try await world.send(.get("/login?x=1&next=%2Fapp%2F%3Fa%3D1%26b%3D%22%3E%3Cscript%3E"))
        #expect(page.status == 200)
        #expect(page.header("Content-Type") == "text/html; charset=utf-8")
        #expect(page.header("Cache-Control") == "no-store")
        #expect(page.text.contains(#"<html lang="en">"#))
        #expect(
            page.text.contains(#"<label for="username">"#) && page.text.contains(#"<label for="password">"#))
        #expect(page.text.contains(#"autocomplete="current-password""#))
        let hidden = page.text.matches(of: #/<input[^>]*name="password"[^>]*type="password"/#)
        #expect(hidden.count == 1 && page.text.matches(of: #/name="password"/#).count == 1)
        #expect(page.text.contains(#"value="/app/?a=1&amp;b=&quot;&gt;&lt;script&gt;""#))
        #expect(
            !page.text.contains("<script") && !page.text.contains("style=") && !page.text.contains("<style"))
        #expect(!page.text.contains("role=\"alert\""))
        let elsewhere = try await world.send(.get("/login?next=//evil.example"))
        #expect(!elsewhere.text.contains("evil"))
        let link = try #require(page.text.firstMatch(of: #/rel="stylesheet" href="([^"]+)"/#))
        let style = try await world.send(.get(String(link.1)))
        #expect(style.status == 200)
        #expect(style.header("Content-Type") == "text/css; charset=utf-8")
        #expect(style.header("Cache-Control") == "public, max-age=31536000, immutable")
    }

    @Test(
        "logging out ends the session and takes the cookie away; without a cookie nothing is taken",
        arguments: Backend.allCases)
    func logout(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let token = try await world.logIn()
        var call = Call(target: "/logout", type: "application/x-www-form-urlencoded", token: token)
        call.credential = .cookie
        for _ in 0..<2 {
            let answer = try await world.send(call)
            #expect(answer.status == 303)
            #expect(answer.header("Location") == "/login")
            #expect(answer.header("Set-Cookie") == SessionCookie.secure.clearing)
        }
        #expect(try await world.send(.get("/api/v1/auth/me", token: token)).status == 401)
        let ended = world.audited.all.filter { $0.kind == .sessionEnded }
        #expect(ended.map(\.subject?.email) == [World.alice])
        #expect(ended.map(\.session) == [SessionDigest(ofToken: Array(token.utf8)).sessionID])
        call.token = nil
        let answer = try await world.send(call)
        #expect(answer.status == 303)
        #expect(answer.header("Set-Cookie") == nil)
    }
}
