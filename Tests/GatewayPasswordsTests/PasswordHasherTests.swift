import GatewayCore
import Testing

@testable import GatewayPasswords

/// Cheap enough to be made by the hundred.
enum Cheap {
    static let argon2id = PasswordScheme.argon2id(Argon2Parameters(memoryKiB: 64, passes: 1, lanes: 1)!)
    static let dearer = PasswordScheme.argon2id(Argon2Parameters(memoryKiB: 64, passes: 2, lanes: 1)!)
    static let scrypt = PasswordScheme.scrypt(ScryptParameters(logN: 4, r: 1, p: 1)!)
}

@Suite("Password hashes")
struct PasswordHasherTests {
    @Test("Argon2id agrees with a published vector")
    func argon2Vector() throws {
        // The reference implementation's own test: version 19, t = 2, m = 64 MiB, p = 1.
        let hash = PasswordHash(
            encoded: "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
        let hasher = try PasswordHasher(scheme: Cheap.argon2id)
        guard case .matches(let replacement) = try hasher.verify(Password("password"), against: hash) else {
            Issue.record("the vector's password was refused")
            return
        }
        #expect(replacement != nil)
        #expect(try hasher.verify(Password("passwore"), against: hash) == .differs)
    }

    @Test("scrypt agrees with the vectors of RFC 7914")
    func scryptVector() throws {
        let digest = try KeyDerivation.digest(
            of: Password("pleaseletmein"), salt: Array("SodiumChloride".utf8),
            scheme: .scrypt(#require(ScryptParameters(logN: 14, r: 8, p: 1))), length: 64)
        #expect(
            digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                == "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")
    }

    @Test("a hash verifies its own password and no other", arguments: [Cheap.argon2id, Cheap.scrypt])
    func roundTrip(scheme: PasswordScheme) throws {
        let hasher = try PasswordHasher(scheme: scheme)
        let hash = try hasher.hash(Password("caf\u{E9} at the river"))
        #expect(
            try hasher.verify(Password("cafe\u{301} at the river"), against: hash)
                == .matches(replacement: nil))
        #expect(try hasher.verify(Password("cafe at the river"), against: hash) == .differs)
        #expect(try hasher.verify(Password("Caf\u{E9} at the river"), against: hash) == .differs)
        #expect(try hasher.verify(Password(""), against: hash) == .differs)
        #expect(try hasher.hash(Password("caf\u{E9} at the river")) != hash)
        #expect(!hasher.needsRehash(hash))
        #expect(!"\(hash) \(String(reflecting: hash))".contains("$"))
    }

    @Test(
        "no byte of a long password is left out, neither the first nor the last",
        arguments: [Cheap.argon2id, Cheap.scrypt])
    func whole(scheme: PasswordScheme) throws {
        let hasher = try PasswordHasher(scheme: scheme)
        let long = String(repeating: "kV9#xQ2!", count: 128)
        let hash = try hasher.hash(Password(long))
        #expect(long.utf8.count == 1_024)
        #expect(try hasher.verify(Password(long), against: hash) == .matches(replacement: nil))
        for other in [String(long.dropLast()), String(long.dropFirst()), long + "k"] {
            #expect(try hasher.verify(Password(other), against: hash) == .differs)
        }
    }

    @Test(
        "the standard schemes work as written",
        arguments: [
            (PasswordScheme.argon2id(.standard), "$argon2id$v=19$m=47104,t=1,p=1$"),
            (PasswordScheme.scrypt(.standard), "$scrypt$ln=17,r=8,p=1$"),
        ])
    func standards(scheme: PasswordScheme, prefix: String) throws {
        let hasher = try PasswordHasher(scheme: scheme)
        #expect(hasher.dummy.encoded.hasPrefix(prefix))
        #expect(scheme.isStrongEnough)
    }

    @Test("what costs less than the standard is known to be weak", arguments: [Cheap.argon2id, Cheap.scrypt])
    func weak(scheme: PasswordScheme) {
        #expect(!scheme.isStrongEnough)
    }

    @Test("several lanes are computed on one thread and verify")
    func lanes() throws {
        let scheme = PasswordScheme.argon2id(
            try #require(Argon2Parameters(memoryKiB: 64, passes: 1, lanes: 4)))
        let hasher = try PasswordHasher(scheme: scheme)
        let hash = try hasher.hash(Password("four lanes"))
        #expect(try hasher.verify(Password("four lanes"), against: hash) == .matches(replacement: nil))
    }

    @Test(
        "pain 29: the dummy is a real hash with the current parameters that no password opens",
        arguments: [Cheap.argon2id, Cheap.scrypt])
    func dummy(scheme: PasswordScheme) throws {
        let hasher = try PasswordHasher(scheme: scheme)
        #expect(!hasher.needsRehash(hasher.dummy))
        let read = try StoredHash(hasher.dummy)
        #expect(read.scheme == .own(scheme))
        #expect(try hasher.verify(Password("anything"), against: hasher.dummy) == .differs)
        #expect(try PasswordHasher(scheme: scheme).dummy != hasher.dummy)
    }

    @Test("a hash with other parameters verifies and comes back with the current ones")
    func rehash() throws {
        let old = try PasswordHasher(scheme: Cheap.dearer)
        let new = try PasswordHasher(scheme: Cheap.argon2id)
        let stored = try old.hash(Password("the same as ever"))
        #expect(new.needsRehash(stored))
        guard case .matches(let replacement?) = try new.verify(Password("the same as ever"), against: stored)
        else {
            Issue.record("no replacement")
            return
        }
        #expect(!new.needsRehash(replacement))
        #expect(
            try new.verify(Password("the same as ever"), against: replacement) == .matches(replacement: nil))
        #expect(try new.verify(Password("another"), against: stored) == .differs)
    }

    @Test(
        "a scheme that is not known is called so and opens to nobody",
        arguments: [
            "", "plain", "$1$saltsalt$0123456789abcdefghijkl",
            "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=16$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        ])
    func unsupported(encoded: String) throws {
        let hasher = try PasswordHasher(scheme: Cheap.argon2id)
        #expect(
            try hasher.verify(Password("plain"), against: PasswordHash(encoded: encoded))
                == .unusable(.unsupported))
    }

    @Test(
        "a hash that is not of its form is malformed",
        arguments: [
            "$argon2id$", "$argon2id$v=19$m=64,t=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
            "$scrypt$ln=4,r=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
        ])
    func malformed(encoded: String) throws {
        let hasher = try PasswordHasher(scheme: Cheap.argon2id)
        #expect(
            try hasher.verify(Password("x"), against: PasswordHash(encoded: encoded)) == .unusable(.malformed)
        )
    }

    @Test(
        "a stored hash that asks for more than the caps is not computed",
        arguments: [
            "$argon2id$v=19$m=1048577,t=1,p=1$", "$argon2id$v=19$m=64,t=17,p=1$",
            "$argon2id$v=19$m=1024,t=1,p=17$",
            "$argon2id$v=19$m=1048576,t=3,p=1$", "$argon2id$v=19$m=4294967295,t=4294967295,p=1$",
            "$argon2id$v=19$m=7,t=1,p=1$",
            "$argon2id$v=19$m=15,t=1,p=2$", "$argon2id$v=19$m=64,t=0,p=1$", "$scrypt$ln=24,r=1,p=1$",
            "$scrypt$ln=21,r=8,p=1$",
            "$scrypt$ln=20,r=8,p=3$", "$scrypt$ln=4,r=33,p=1$", "$scrypt$ln=4,r=1,p=17$",
            "$scrypt$ln=0,r=1,p=1$",
        ])
    func tooCostly(prefix: String) throws {
        let hasher = try PasswordHasher(scheme: Cheap.argon2id)
        let hash = PasswordHash(encoded: prefix + "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
        #expect(try hasher.verify(Password("x"), against: hash) == .unusable(.tooCostly))
    }

    @Test("costs at their caps are accepted")
    func caps() {
        #expect(Argon2Parameters(memoryKiB: 1_048_576, passes: 2, lanes: 16) != nil)
        #expect(Argon2Parameters(memoryKiB: 8, passes: 16, lanes: 1) != nil)
        #expect(Argon2Parameters(memoryKiB: 16, passes: 1, lanes: 2) != nil)
        #expect(ScryptParameters(logN: 20, r: 8, p: 2) != nil)
        #expect(ScryptParameters(logN: 23, r: 1, p: 1) != nil)
        #expect(ScryptParameters(logN: 4, r: 32, p: 16) != nil)
    }

    @Test("comparing tells equal from unequal at every byte")
    func comparing() {
        let left = Array("0123456789abcdef".utf8)
        #expect(KeyDerivation.areEqual(left, left))
        #expect(!KeyDerivation.areEqual(left, Array(left.dropLast())))
        for index in left.indices {
            var right = left
            right[index] ^= 1
            #expect(!KeyDerivation.areEqual(left, right))
        }
    }
}
