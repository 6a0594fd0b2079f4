import GatewayCore
import Testing

@Suite("What a new password must be")
struct PasswordPolicyTests {
    private let email = EmailAddress("alice.miller@plant.example.com")!

    private func fault(_ text: String, minLength: Int = 8) -> PasswordFault? {
        PasswordPolicy(minLength: minLength, maxLength: 128)!.fault(in: Password(text), for: email)
    }

    @Test("lengths may be configured from 8 to 1024, the least not above the most")
    func bounds() {
        #expect(PasswordPolicy(minLength: 8, maxLength: 8) != nil)
        #expect(PasswordPolicy(minLength: 7, maxLength: 128) == nil)
        #expect(PasswordPolicy(minLength: 15, maxLength: 1024) != nil)
        #expect(PasswordPolicy(minLength: 15, maxLength: 1025) == nil)
        #expect(PasswordPolicy(minLength: 16, maxLength: 15) == nil)
        #expect(PasswordPolicy.standard == PasswordPolicy(minLength: 15, maxLength: 128))
    }

    @Test("15 code points pass and 14 do not; 128 pass and 129 do not")
    func standardLengths() {
        let policy = PasswordPolicy.standard
        func text(_ length: Int) -> String { String("kV9#xQ2!mT7zLp4&wR".prefix(length)) }
        #expect(policy.fault(in: Password(text(15)), for: email) == nil)
        #expect(policy.fault(in: Password(text(14)), for: email) == .tooShort(minimum: 15))
        let long = String(repeating: "kV9#xQ2!mT7zLp4&", count: 8)
        #expect(long.count == 128)
        #expect(policy.fault(in: Password(long), for: email) == nil)
        #expect(policy.fault(in: Password(long + "w"), for: email) == .tooLong(maximum: 128))
    }

    @Test("length counts code points after composition, not bytes and not what was typed")
    func codePoints() {
        #expect(Password("e\u{301}").length == 1)
        #expect(Password("\u{1F511}").length == 1)
        #expect(Password("e\u{301}\u{1F511}a").length == 3)
        // Ten that are typed as twenty.
        let typed = String(repeating: "e\u{301}", count: 5) + String(repeating: "u\u{308}", count: 5)
        #expect(PasswordPolicy.standard.fault(in: Password(typed), for: email) == .tooShort(minimum: 15))
    }

    @Test(
        "one's own address, its parts and their trivial variants are refused",
        arguments: [
            "alice.miller@plant.example.com", "ALICE.MILLER@PLANT.EXAMPLE.COM", "alicemiller",
            "alice.miller2026",
            "alice-miller!!", "plant.example.com", "alicemillerplant", "alicemilleralicemiller",
            "plantexamplecom1",
        ])
    func ownAddress(text: String) {
        #expect(fault(text) == .isOwnAddress)
    }

    @Test(
        "what guessing programs try first is refused",
        arguments: [
            "password", "Password1", "passwordpassword", "P@ssw0rd2026!", "password12345678",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabc", "123456789012345", "1234567890123456", "987654321098765", "qwertyuiopasdfgh",
            "qwertyuiop[]", "asdfghjklqwertyuiop", "1qaz2wsx3edc4rfv", "iloveyouforever", "adminadminadmin1",
            "welcome2welcome2", "changemechangeme", "letmeinplease123", "abcdefghijklmnop",
            "fillgateadmin2026!",
        ])
    func common(text: String) {
        #expect(fault(text) == .common)
    }

    @Test(
        "phrases, random characters and other scripts pass",
        arguments: [
            "correct horse battery staple", "a quiet river under four bridges", "kV9#xQ2!mT7zLp4",
            "пароль-для-завода-7",
            "vials roll past my window at noon", "love-this-summer-work", "the-planner-has-a-long-password",
            "ops-demo-Zt7r-unlucky-otter",
        ])
    func passes(text: String) {
        #expect(fault(text, minLength: 15) == nil)
    }

    @Test("no sentence about a fault holds the password, and passwords do not print themselves")
    func secrecy() throws {
        let text = "alicemiller2026"
        let found = try #require(fault(text))
        let password = Password(text)
        #expect(!"\(found) \(found.sentence) \(password) \(String(reflecting: password))".contains(text))
        var dumped = ""
        dump(password, to: &dumped)
        #expect(!dumped.contains(text))
    }

    @Test("equal passwords are the same however they were composed")
    func sameness() {
        #expect(Password("cafe\u{301}").isSame(as: Password("caf\u{E9}")))
        #expect(!Password("cafe").isSame(as: Password("caff")))
        #expect(!Password("cafe").isSame(as: Password("cafes")))
    }

    @Test("bytes that are not UTF-8 are no password, others are the password of their text")
    func bytes() {
        #expect(Password(SecretBytes(copying: [0xC3, 0x28])) == nil)
        #expect(
            Password(SecretBytes(copying: Array("e\u{301}".utf8)))?.isSame(as: Password("\u{E9}")) == true)
        #expect(Password(SecretBytes(copying: []))?.isEmpty == true)
    }

    @Test("wiping an array leaves nothing in it")
    func wiping() {
        var bytes = Array("secret".utf8)
        SecretBytes.wipe(&bytes)
        #expect(bytes.isEmpty)
    }
}
