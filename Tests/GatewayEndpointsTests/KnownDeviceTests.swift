import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("Known devices")
struct KnownDeviceTests {
    private static let bob = EmailAddress("bob@example.com")!

    private func login(
        _ password: String = World.password, device: String? = nil, from number: Int = 1,
        as email: String = "alice@example.com"
    ) -> Call {
        var call = Call.login(email, password, from: IPAddress("198.51.\(number / 250).\(number % 250)")!)
        call.deviceCookie = device
        return call
    }

    /// Fifty wrong passwords from as many addresses: the account is restricted.
    private func restrict(_ world: World, email: String = "alice@example.com") async throws {
        for number in 1...50 {
            #expect(try await world.send(login("wrong", from: number, as: email)).status == 401)
        }
        #expect(try await world.lockouts().contains { $0.reason == .account })
    }

    @Test(
        "pain 14: while an account is restricted its owner gets in from a known device, and nobody from another",
        arguments: Backend.allCases)
    func owner(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let device = try #require(try await world.send(login()).deviceCookie)
        try await restrict(world)
        let unknown = try await world.send(login(from: 90))
        #expect(unknown.status == 401)
        #expect(unknown.deviceCookie == nil)
        let answer = try await world.send(login(device: device, from: 91))
        #expect(answer.status == 200)
        // The new cookie is as good.
        let renewed = try #require(answer.deviceCookie)
        #expect(try await world.send(login(device: renewed, from: 92)).status == 200)
        // A wrong password is wrong from anywhere, in the same words.
        let wrong = try await world.send(login("wrong", device: device, from: 93))
        #expect(try wrong.seen() == unknown.seen())
        #expect(world.log.all.contains { $0.contains("locked-account") })
    }

    @Test(
        "a browser's form makes the device known too, with the session's cookie first",
        arguments: Backend.allCases)
    func browser(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let form = Call.form("/login", ["username": "alice@example.com", "password": World.password])
        let answer = try await world.send(form)
        let cookies = answer.headers.filter { $0.name == "Set-Cookie" }.map(\.value)
        #expect(cookies.count == 2)
        #expect(cookies.first?.hasPrefix("__Host-fillgate=") == true)
        #expect(cookies.last?.hasPrefix("__Host-fillgate-device=1.") == true)
        #expect(cookies.last?.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000") == true)
        var development = form
        development.isSecure = false
        development.address = .loopback
        let plain = try await world.send(development).headers.map(\.value)
        #expect(plain.contains { $0.hasPrefix("fillgate-device=1.") && !$0.contains("Secure") })
        try await restrict(world)
        var known = form
        known.deviceCookie = answer.deviceCookie
        #expect(try await world.send(known).status == 303)
        #expect(try await world.send(form).status == 401)
    }

    @Test(
        "a device is known to whom it was made known alone, and to several on one browser",
        arguments: Backend.allCases)
    func several(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        try await world.add(Self.bob)
        let bobs = try #require(try await world.send(login(as: "bob@example.com")).deviceCookie)
        let both = try #require(try await world.send(login(device: bobs)).deviceCookie)
        try await restrict(world)
        try await restrict(world, email: "bob@example.com")
        #expect(try await world.send(login(device: bobs, from: 80)).status == 401)
        #expect(try await world.send(login(device: both, from: 80)).status == 200)
        #expect(try await world.send(login(device: both, from: 80, as: "bob@example.com")).status == 200)
    }

    @Test("a stolen device cookie is good for five guesses", arguments: Backend.allCases)
    func stolen(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let device = try #require(try await world.send(login()).deviceCookie)
        for number in 1...5 {
            #expect(
                try await world.send(login("guess \(number)", device: device, from: number)).status == 401)
        }
        let before = world.passwords.realChecks
        #expect(try await world.send(login(device: device, from: 6)).status == 401)
        #expect(world.passwords.realChecks == before)
        #expect(try await world.lockouts().map(\.reason) == [.device])
        // Without it nothing is in the owner's way.
        #expect(try await world.send(login(from: 7)).status == 200)
    }

    @Test(
        "a new password makes every other device unknown, and the asking one known",
        arguments: Backend.allCases)
    func newPassword(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        let stolen = try #require(try await world.send(login()).deviceCookie)
        let new = "seven herons stand in the reeds"
        let change = Call.changePassword(from: World.password, to: new, token: try await world.logIn())
        let mine = try #require(try await world.send(change).deviceCookie)
        try await restrict(world)
        #expect(try await world.send(login(new, device: stolen, from: 80)).status == 401)
        #expect(try await world.send(login(new, device: mine, from: 80)).status == 200)
    }

    @Test(
        "a restricted account, one after too many failures and a locked device answer as an unknown one does, with one hash each",
        arguments: Backend.allCases)
    func oneAnswer(backend: Backend) async throws {
        let world = try await World(backend)
        try await world.add()
        try await world.add(Self.bob)
        let device = try #require(try await world.send(login(as: "bob@example.com")).deviceCookie)
        try await restrict(world)
        for _ in 1...5 { _ = try await world.send(login("wrong", device: device, as: "bob@example.com")) }
        var answers: Set<String> = []
        for call in [
            login("wrong", from: 95), login(from: 95), login("wrong", device: device, from: 95),
            login(device: device, as: "bob@example.com"), login(from: 96, as: "nobody@example.com"),
            login("wrong", device: device, from: 96, as: "nobody@example.com"),
        ] {
            let before = world.passwords.checks
            let answer = try await world.send(call)
            #expect(answer.status == 401)
            #expect(world.passwords.checks == before + 1)
            answers.insert(try answer.seen())
        }
        #expect(answers.count == 1)
    }

    @Test(
        "a device's cookie that is nonsense, or as long as nobody makes them, is nobody's",
        arguments: ["1.", "1." + String(repeating: "A", count: 68), String(repeating: "1.", count: 2_000)])
    func nonsense(cookie: String) async throws {
        let world = try await World()
        try await world.add()
        let answer = try await world.send(login(device: cookie))
        #expect(answer.status == 200)
        let renewed = try #require(answer.deviceCookie)
        #expect(renewed.utf8.count <= DeviceCookie.longest)
    }
}
