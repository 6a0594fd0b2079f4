import GatewayCore
import Testing

@testable import GatewayPasswords

private let zeros = String(repeating: "0", count: 128)
private let halfZeros = String(repeating: "0", count: 64)
/// A hash, and why it cannot be checked.
private struct Unusable: Sendable, CustomTestStringConvertible {
    var encoded: String
    var fault: UnusableHash
    var testDescription: String { encoded }

    init(_ encoded: String, _ fault: UnusableHash) {
        self.encoded = encoded
        self.fault = fault
    }
}

@Suite("Hashes of other systems")
struct ImportedHashTests {
    private static let phrase = "caf\u{E9} correct horse battery"

    private func verdict(_ password: String, _ encoded: String) throws -> PasswordVerdict {
        try PasswordHasher(scheme: Cheap.argon2id)
            .verify(Password(password), against: PasswordHash(encoded: encoded))
    }

    private func isMatch(_ password: String, _ encoded: String) throws -> Bool {
        if case .matches = try verdict(password, encoded) { true } else { false }
    }

    @Test(
        "bcrypt agrees with the vectors of Openwall's crypt_blowfish",
        arguments: [
            ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
            ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
            ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
            (
                "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
                "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
            ),
        ])
    func bcryptVectors(password: String, encoded: String) throws {
        #expect(try isMatch(password, encoded))
        #expect(try !isMatch("U*U?", encoded))
        // The same computation under its other names.
        for prefix in ["$2b$", "$2y$"] {
            #expect(try isMatch(password, prefix + encoded.dropFirst(4)))
        }
    }

    @Test(
        "what Werkzeug 3.1, argon2-cffi 25.1 and Python's bcrypt 5.0 wrote verifies, and nothing else does",
        arguments: [
            "$2b$04$yCI8x0KrPcnQTKtb9rKhN.kCAN34zreZYa88EFQUGEX2wlwyDwaR.",
            "$2a$05$M7cW0cyN2NvQ8WSkzsL1D.UPAWLI8dpEe/i9DvaJZnoMuTkXzfOCm",
            "scrypt:1024:8:1$m4gk18I9oiVUkYx5$caff5784849c711ae1eb61450742733b62f317d3d16f0a010dd1716af7c6d7519594"
                + "a19a173cfc2d04d4912965bf478a1cbe14f57b0c1380afcadfde2080f22a",
            "pbkdf2:sha256:1000$iDAKdrfEhQJydJg0$80487f398007a9d42347ed3e550ef4b0ed200663130cce1bcc9e556b7dab0a99",
            "pbkdf2:sha512:1000$R9kW8wBX5P0DY7AJ$06e22e3c9df02fcaf77ed15385b95eb8f151f9745124fb224866115ebebfea618a"
                + "eeaed0611f20e3f635cb4cc5270a301aec6b9bfba7fe1379c7df8227a6e376",
            "pbkdf2:sha1:1000$WfjuOnEP$1b640da8c70ffa0864bbc28b94dc9e39d8afd8ce",
            "$argon2id$v=19$m=1024,t=2,p=2$Yb6QPZXZV0CfFbA8LAn1yQ$J3dCklsBLS8KPvjwL6SxTCH2y+9zYFSLGzI3y16bHdw",
        ])
    func others(encoded: String) throws {
        #expect(try isMatch(Self.phrase, encoded))
        // However the é was typed.
        #expect(try isMatch("cafe\u{301} correct horse battery", encoded))
        #expect(try verdict("cafe correct horse battery", encoded) == .differs)
        #expect(try verdict("", encoded) == .differs)
        #expect(ImportedHash.fault(in: PasswordHash(encoded: encoded)) == nil)
    }

    @Test("a match brings a hash of the current scheme that the same password opens")
    func upgrade() throws {
        let hasher = try PasswordHasher(scheme: Cheap.argon2id)
        let old = PasswordHash(encoded: "$2b$04$yCI8x0KrPcnQTKtb9rKhN.kCAN34zreZYa88EFQUGEX2wlwyDwaR.")
        #expect(hasher.needsRehash(old))
        guard case .matches(let new?) = try hasher.verify(Password(Self.phrase), against: old) else {
            Issue.record("no replacement")
            return
        }
        #expect(!hasher.needsRehash(new))
        #expect(try hasher.verify(Password(Self.phrase), against: new) == .matches(replacement: nil))
    }

    @Test("Werkzeug's scrypt with the current parameters costs one hash and still becomes one of ours")
    func sameScheme() throws {
        let hasher = try PasswordHasher(
            scheme: .scrypt(try #require(ScryptParameters(logN: 10, r: 8, p: 1))))
        let old = PasswordHash(
            encoded:
                "scrypt:1024:8:1$m4gk18I9oiVUkYx5$caff5784849c711ae1eb61450742733b62f317d3d16f0a010dd1716af7c6d7"
                + "519594a19a173cfc2d04d4912965bf478a1cbe14f57b0c1380afcadfde2080f22a")
        #expect(try hasher.steps(for: StoredHash(old).scheme).isEmpty)
        #expect(try hasher.verify(Password("another"), against: old) == .differs)
        guard case .matches(let new?) = try hasher.verify(Password(Self.phrase), against: old) else {
            Issue.record("no replacement")
            return
        }
        #expect(new.encoded.hasPrefix("$scrypt$ln=10,r=8,p=1$"))
        #expect(try hasher.verify(Password(Self.phrase), against: new) == .matches(replacement: nil))
    }

    @Test("a password with a zero byte is not the one that ends there")
    func zeroByte() throws {
        let encoded = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        #expect(try verdict("U*U\0", encoded) == .differs)
        #expect(try verdict("U*U\0and more", encoded) == .differs)
    }

    @Test(
        "a hash at its cap may be imported, one above it may not, and nobody computes it",
        arguments: [
            ("$2b$14$", "$2b$15$", "abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"),
            ("$2b$04$", "$2b$31$", "abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"),
            (
                "pbkdf2:sha1:4000000$", "pbkdf2:sha1:4000001$",
                "saltsalt$1b640da8c70ffa0864bbc28b94dc9e39d8afd8ce"
            ),
            (
                "pbkdf2:sha1:1$", "pbkdf2:sha1:4294967295$",
                "saltsalt$1b640da8c70ffa0864bbc28b94dc9e39d8afd8ce"
            ),
            ("scrypt:1048576:8:2$", "scrypt:2097152:8:1$", "saltsalt$" + zeros),
            ("scrypt:16:8:16$", "scrypt:16:8:17$", "saltsalt$" + zeros),
        ])
    func caps(inside: String, outside: String, rest: String) throws {
        #expect(ImportedHash.fault(in: PasswordHash(encoded: inside + rest)) == nil)
        #expect(ImportedHash.fault(in: PasswordHash(encoded: outside + rest)) == .tooCostly)
        #expect(try verdict("x", outside + rest) == .unusable(.tooCostly))
        let form = try #require(PasswordHash(encoded: outside + rest).form)
        #expect(StoredScheme(form: form) == nil)
    }

    private static let unusable: [Unusable] = [
        Unusable("$2b$12$tooshort", .malformed),
        Unusable("$2b$3$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBuiX", .malformed),
        Unusable("$2b$03$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", .malformed),
        Unusable("$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeB:i", .malformed),
        Unusable("$2x$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", .unsupported),
        Unusable("scrypt:1000:8:1$saltsalt$" + zeros, .malformed),
        Unusable("scrypt:1024:8:1$saltsalt$" + halfZeros, .malformed),
        Unusable("scrypt:1024:8$saltsalt$" + zeros, .malformed),
        Unusable("scrypt:01024:8:1$saltsalt$" + zeros, .malformed),
        Unusable("pbkdf2:sha256$saltsalt$00", .malformed),
        Unusable("pbkdf2:sha1:1000$salt$1b640da8c70ffa0864bbc28b94dc9e39d8afd8ce", .malformed),
        Unusable("pbkdf2:sha1:1000$saltsalt$1B640DA8C70FFA0864BBC28B94DC9E39D8AFD8CE", .malformed),
        Unusable("pbkdf2:sha1:0$saltsalt$1b640da8c70ffa0864bbc28b94dc9e39d8afd8ce", .malformed),
        Unusable("pbkdf2:md5:1000$saltsalt$d8578edf8458ce06fbc5bb76a58c5ca4", .unsupported),
        Unusable("$6$saltsalt$digest", .unsupported),
        Unusable("sha256$salt$00", .unsupported),
    ]

    @Test(
        "what does not follow its form is malformed, and what nobody reads is called so", arguments: unusable)
    private func forms(hash: Unusable) throws {
        #expect(ImportedHash.fault(in: PasswordHash(encoded: hash.encoded)) == hash.fault)
        #expect(try verdict("x", hash.encoded) == .unusable(hash.fault))
    }
}

@Suite("What a login computes")
struct HeldSchemeTests {
    private static let forms = ["$2b$04", "pbkdf2:sha256:1000", "scrypt:16:1:1"]

    @Test("pain 29: whatever an account's hash is, the same schemes are computed in the same order")
    func samePath() throws {
        let held = HeldSchemes()
        held.replace(by: Self.forms + ["$argon2id$v=19$m=64,t=1,p=1"])
        let hasher = try PasswordHasher(scheme: Cheap.argon2id, held: held)
        let usual = hasher.steps(for: .own(Cheap.argon2id))
        #expect(usual.count == 3)
        // Nobody's, a disabled or locked account's, one with a hash that cannot be read.
        #expect(hasher.steps(for: try StoredHash(hasher.dummy).scheme) == usual)
        #expect(hasher.steps(for: nil) == usual)
        for form in Self.forms {
            let scheme = try #require(StoredScheme(form: form) as StoredScheme?)
            #expect(hasher.steps(for: scheme) == usual)
        }
        // Not found in the store yet: it can log in, and the next look adds it for everybody.
        #expect(hasher.steps(for: .own(Cheap.dearer)) == usual + [.own(Cheap.dearer)])
    }

    @Test("with other schemes held, right passwords are right and wrong ones wrong")
    func verdicts() throws {
        let held = HeldSchemes()
        held.replace(by: Self.forms)
        let hasher = try PasswordHasher(scheme: Cheap.argon2id, held: held)
        let mine = try hasher.hash(Password("the same as ever"))
        #expect(try hasher.verify(Password("the same as ever"), against: mine) == .matches(replacement: nil))
        #expect(try hasher.verify(Password("another"), against: mine) == .differs)
        #expect(try hasher.verify(Password("another"), against: hasher.dummy) == .differs)
        let old = try PasswordHasher(scheme: Cheap.scrypt).hash(Password("the same as ever"))
        guard case .matches(.some) = try hasher.verify(Password("the same as ever"), against: old) else {
            Issue.record("no match")
            return
        }
        #expect(try hasher.verify(Password("another"), against: old) == .differs)
    }

    @Test("forms of one scheme are one, and what is too costly or unknown is none")
    func forms() {
        let held = HeldSchemes()
        held.replace(by: [
            "$2a$10", "$2b$10", "$2y$10", "$2b$31", "other", "", "scrypt:16:1:1", "$scrypt$ln=4,r=1,p=1",
        ])
        #expect(held.all.count == 2)
        #expect(Set(held.all) == [.bcrypt(BcryptCost(10)!), .own(Cheap.scrypt)])
    }

    @Test("eight schemes are held and a ninth is not")
    func bound() {
        let held = HeldSchemes()
        held.replace(by: (4...11).map { "$2b$\($0 < 10 ? "0" : "")\($0)" })
        #expect(held.all.count == 8)
        held.replace(by: (4...12).map { "$2b$\($0 < 10 ? "0" : "")\($0)" })
        #expect(held.all.count == HeldSchemes.most)
        held.replace(by: [])
        #expect(held.all.isEmpty)
    }

    @Test("the form of a hash is what stands before its salt")
    func form() {
        let forms = [
            ("$argon2id$v=19$m=47104,t=1,p=1$c2FsdA$bmV3", "$argon2id$v=19$m=47104,t=1,p=1"),
            ("$scrypt$ln=17,r=8,p=1$c2FsdA$bmV3", "$scrypt$ln=17,r=8,p=1"),
            ("$2b$12$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", "$2b$12"),
            ("scrypt:32768:8:1$salt$00", "scrypt:32768:8:1"),
            ("pbkdf2:sha256:600000$salt$00", "pbkdf2:sha256:600000"),
        ]
        for (encoded, form) in forms { #expect(PasswordHash(encoded: encoded).form == form) }
        for encoded in ["", "none", "$$", String(repeating: "a", count: 65) + "$b$c"] {
            #expect(PasswordHash(encoded: encoded).form == nil, "\(encoded)")
        }
        #expect(PasswordHash(encoded: String(repeating: "a", count: 64) + "$b$c").form?.count == 64)
    }
}
