import GatewayCore
import ServiceCore
import Testing

@Suite("Known devices' cookies")
struct DeviceCookieTests {
    private static let alice = EmailAddress("alice@example.com")!
    private let key = DeviceKey.random()

    private func device(_ seconds: Int64 = 1_800_000_000) -> KnownDevice {
        KnownDevice(id: .random(), since: Timestamp(microseconds: seconds * 1_000_000 + 123_457))
    }

    @Test("what was signed is read again, for that account and under that key alone")
    func roundTrip() throws {
        let device = device()
        let text = DeviceCookie(nil).adding(device, of: Self.alice, under: key).text
        #expect(DeviceCookie(text).device(of: Self.alice, under: key) == device)
        let bob = try #require(EmailAddress("bob@example.com"))
        #expect(DeviceCookie(text).device(of: bob, under: key) == nil)
        #expect(DeviceCookie(text).device(of: Self.alice, under: .random()) == nil)
        let kept = try #require(DeviceKey(text: key.text))
        #expect(DeviceCookie(text).device(of: Self.alice, under: kept) == device)
    }

    @Test("a cookie with any one character changed proves nothing")
    func tampered() {
        let text = Array(DeviceCookie(nil).adding(device(), of: Self.alice, under: key).text.utf8)
        for index in text.indices {
            var forged = text
            forged[index] = forged[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let cookie = DeviceCookie(String(decoding: forged, as: UTF8.self))
            #expect(cookie.device(of: Self.alice, under: key) == nil, "character \(index)")
        }
    }

    @Test(
        "pain 22: one browser with many accounts has one cookie, which knows the eight latest",
        arguments: [8, 9, 40])
    func bounded(count: Int) throws {
        let names = (0..<count).map { EmailAddress("user\($0)@example.com")! }
        var cookie = DeviceCookie(nil)
        for name in names { cookie = DeviceCookie(cookie.adding(device(), of: name, under: key).text) }
        let known = names.filter { cookie.device(of: $0, under: key) != nil }
        #expect(known == Array(names.suffix(DeviceCookie.most)))
        #expect(cookie.text.utf8.count == DeviceCookie.longest)
        #expect(cookie.setting(as: .secure, for: LockoutPolicy.longestDeviceLifetime).utf8.count < 1_024)
    }

    @Test("an account that logs in again takes its own place, and what is not an entry goes")
    func replaced() throws {
        let first = DeviceCookie(nil).adding(device(), of: Self.alice, under: key)
        let later = device(1_800_000_001)
        let cookie = DeviceCookie(first.text + ".junk." + String(repeating: "=", count: 68))
            .adding(later, of: Self.alice, under: key)
        #expect(cookie.text.split(separator: ".").count == 2)
        #expect(cookie.device(of: Self.alice, under: key) == later)
    }

    @Test(
        "what has not the form of one is nothing",
        arguments: [nil, "", "1", "2.", "1.", ".", "1..", "é", String(repeating: "1.", count: 5_000)])
    func formless(text: String?) {
        #expect(DeviceCookie(text).text == "1")
        #expect(DeviceCookie(text).device(of: Self.alice, under: key) == nil)
    }

    @Test(
        "it is for this host and TLS only, out of reach of scripts, and ends; for development there is another"
    )
    func attributes() {
        let cookie = DeviceCookie(nil)
        #expect(
            cookie.setting(as: .secure, for: .seconds(60))
                == "__Host-fillgate-device=1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60")
        #expect(
            cookie.setting(as: .development, for: .seconds(60))
                == "fillgate-device=1; Path=/; HttpOnly; SameSite=Lax; Max-Age=60")
    }

    @Test("a key cannot print itself, and only 32 bytes are one")
    func secret() {
        #expect(!"\(key)".contains(key.text) && !String(reflecting: key).contains(key.text))
        #expect(DeviceKey(text: "") == nil && DeviceKey(text: String(key.text.dropLast())) == nil)
    }
}
