import Testing

@testable import GatewayPasswords

@Suite("PHC strings")
struct PHCStringTests {
    private let text =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

    @Test("what is read is written back byte for byte")
    func roundTrip() throws {
        let phc = try #require(PHCString(text))
        #expect(phc.id == "argon2id")
        #expect(phc.version == 19)
        #expect(phc.values(of: "m", "t", "p") == [65536, 2, 1])
        #expect(phc.values(of: "t", "m", "p") == nil)
        #expect(phc.salt == Array("somesalt".utf8))
        #expect(phc.digest.count == 32)
        #expect(phc.encoded == text)
    }

    @Test("base64 uses the plain alphabet")
    func alphabet() throws {
        let phc = PHCString(
            id: "x", version: nil, parameters: [.init(name: "n", value: 1)], salt: [0xFB, 0xFF],
            digest: [0xFF])
        #expect(phc.encoded == "$x$n=1$+/8$/w")
        #expect(PHCString(phc.encoded) == phc)
        #expect(PHCString("$x$n=1$-_8$_w") == nil)
    }

    @Test(
        "a string with anything missing, left over or spelled otherwise is none",
        arguments: [
            "", "$", "argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$AAAA", "$argon2id", "$argon2id$v=19",
            "$argon2id$v=19$m=1",
            "$argon2id$v=19$m=1$c29tZXNhbHQ", "$argon2id$v=19$m=1$c29tZXNhbHQ$", "$argon2id$v=19$m=1$$AAAA",
            "$argon2id$v=19$m=1$c29tZXNhbHQ$AAAA$", "$Argon2id$v=19$m=1$c29tZXNhbHQ$AAAA",
            "$argon2id$v=019$m=1$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=01$c29tZXNhbHQ$AAAA",
            "$argon2id$v=19$m=$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=-1$c29tZXNhbHQ$AAAA",
            "$argon2id$v=19$m=4294967296$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=1,$c29tZXNhbHQ$AAAA",
            "$argon2id$v=19$m=1=1$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=1$c29tZXNhbHQ=$AAAA",
            "$argon2id$v=19$m=1$c29tZXNhbHQ$AAAA==", "$argon2id$v=19$m=1$c29tZXNhbH\u{E9}$AAAA",
            "$argon2id$v=19$m=1$c29tZXNhbHR$AAAA",
        ])
    func refuses(text: String) {
        #expect(PHCString(text) == nil)
    }

    @Test("512 bytes are read and 513 are not")
    func length() {
        let start = "$x$n=1$AAAA$"
        // A count of characters that an encoding can have leaves no remainder of one.
        let longest = start + String(repeating: "A", count: 512 - start.utf8.count)
        #expect(longest.utf8.count == 512)
        #expect(PHCString(longest) != nil)
        #expect(PHCString(longest + "A") == nil)
        #expect(PHCString(longest + "AAAA") == nil)
    }
}
