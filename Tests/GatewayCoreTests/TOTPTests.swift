import GatewayCore
import Testing

@Suite("One-time codes")
struct TOTPTests {
    private static let secret = TOTPSecret(SecretBytes(copying: Array("12345678901234567890".utf8)))

    private static func typed(_ text: String) -> SecondFactorInput? {
        SecondFactorInput(SecretBytes(copying: Array(text.utf8)))
    }

    @Test("the values of RFC 4226, appendix D")
    func hotp() {
        let codes: [UInt32] = [
            755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489,
        ]
        for (counter, code) in codes.enumerated() {
            #expect(TOTP.code(of: Self.secret, at: Int64(counter)) == code)
        }
    }

    @Test(
        "the values of RFC 6238, appendix B, their last six digits",
        arguments: [
            (59, 287_082), (1_111_111_109, 81_804), (1_111_111_111, 50_471), (1_234_567_890, 5_924),
            (2_000_000_000, 279_037), (20_000_000_000, 353_130),
        ] as [(Int64, UInt32)])
    func totp(seconds: Int64, code: UInt32) {
        let step = TOTP.step(at: Timestamp(seconds: seconds))
        #expect(TOTP.code(of: Self.secret, at: step) == code)
    }

    @Test(
        "a code counts in its own step and in as many before and after as the window is wide, and in no other",
        arguments: [0, 1] as [Int64])
    func window(_ window: Int64) throws {
        let input = try #require(Self.typed("050471"))
        let own = TOTP.step(at: Timestamp(seconds: 1_111_111_111))
        for offset in -3...3 {
            let now = Timestamp(seconds: (own + Int64(offset)) * TOTP.period + 7)
            let found = TOTP.step(ofCode: input, Self.secret, at: now, window: window)
            #expect(found == (abs(offset) <= window ? own : nil), "\(offset)")
        }
        let wrong = try #require(Self.typed("050472"))
        let now = Timestamp(seconds: own * 30)
        #expect(TOTP.step(ofCode: wrong, Self.secret, at: now, window: window) == nil)
        #expect(SecondFactorPolicy().window == 1)
    }

    @Test("a code may be typed with spaces; what is neither six digits nor a recovery code is none")
    func input() {
        #expect(Self.typed("050 471")?.isCode == true)
        #expect(Self.typed("05047")?.isCode == false)
        #expect(Self.typed("0504711")?.isCode == false)
        #expect(Self.typed("05O471")?.isCode == false)
        #expect(Self.typed("") == nil && Self.typed(" - ") == nil)
        #expect(Self.typed(String(repeating: "1", count: 64)) != nil)
        #expect(Self.typed(String(repeating: "1", count: 65)) == nil)
    }

    @Test("the URI names the account, the issuer and the secret, and nothing in it needs a second reading")
    func uri() throws {
        let email = try #require(EmailAddress("a+b@example.com"))
        #expect(
            Self.secret.uri(for: email, issuer: "Plant 7") == """
                otpauth://totp/Plant%207:a%2Bb%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                &issuer=Plant%207&algorithm=SHA1&digits=6&period=30
                """)
    }

    @Test("base32 is that of RFC 4648, without padding")
    func base32() {
        let pairs = [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ]
        for (plain, text) in pairs { #expect(Base32.encode(Array(plain.utf8)) == text) }
    }

    @Test("a recovery code is known again however it is typed, and by nothing but itself")
    func recovery() throws {
        let code = RecoveryCode.random()
        #expect(RecoveryCode.length * 8 == 120)
        #expect(code.text.count == 29)
        #expect(code.text.split(separator: "-").map(\.count) == [4, 4, 4, 4, 4, 4])
        for text in [code.text, code.text.uppercased(), code.text.replacing("-", with: ""), " \(code.text) "]
        {
            #expect(Self.typed(text)?.recovery == code.digest)
            #expect(Self.typed(text)?.isCode == false)
        }
        #expect(RecoveryCode.random().digest != code.digest)
        #expect(RecoveryDigest(code.digest.text) == code.digest)
        #expect(RecoveryDigest("short") == nil)
        // Handed out when they were shorter.
        let older = try #require(Self.typed("ABCD-efgh-2345-wxyz"))
        #expect(!older.isCode && older.recovery == Self.typed("abcdefgh2345wxyz")?.recovery)
    }

    @Test("secrets, codes and what was typed do not print themselves")
    func silent() throws {
        let code = RecoveryCode.random()
        let alice = try #require(UserID("0190-alice"))
        let sealed = try #require(SecondFactorVault(keyMaterial: nil).seal(Self.secret, for: alice))
        for text in ["\(Self.secret)", "\(code)", "\(sealed)", "\(String(describing: Self.typed("050471")))"]
        {
            #expect(text.contains("redacted"))
        }
    }
}

@Suite("Second factors in the store")
struct SecondFactorVaultTests {
    private let secret = TOTPSecret.random()

    private func vault(_ key: String?) -> SecondFactorVault {
        SecondFactorVault(keyMaterial: key.map { SecretBytes(copying: Array($0.utf8)) })
    }

    @Test("what was sealed under the operator's key opens with it, for its user, and otherwise not")
    func sealing() throws {
        let alice = try #require(UserID("0190-alice"))
        let bob = try #require(UserID("0190-bob"))
        let ours = vault("a key of the operator's own, long enough")
        let sealed = try #require(ours.seal(secret, for: alice))
        #expect(!sealed.encoded.contains(secret.text))
        #expect(ours.open(sealed, of: alice)?.text == secret.text)
        #expect(ours.open(sealed, of: bob) == nil)
        #expect(vault("another key of the operator's own, too").open(sealed, of: alice) == nil)
        #expect(vault(nil).open(sealed, of: alice) == nil)
        #expect(try #require(ours.seal(secret, for: alice)) != sealed)
    }

    @Test("without a key a secret lies there plain, and opens after a key was brought in")
    func plain() throws {
        let alice = try #require(UserID("0190-alice"))
        let sealed = try #require(vault(nil).seal(secret, for: alice))
        #expect(vault("a key that was brought in afterwards").open(sealed, of: alice)?.text == secret.text)
        for nonsense in ["", "p", "p.*", "k.", "k.AAAA", "x.AAAA"] {
            #expect(vault("a key").open(SealedSecret(encoded: nonsense), of: alice)?.bytes.count ?? 0 == 0)
        }
    }
}
