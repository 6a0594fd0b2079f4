import ServiceCore
import Testing

@Suite("RequestID")
struct RequestIDTests {
    @Test("a minted ID is a UUIDv7 that carries its milliseconds")
    func minted() {
        let id = RequestID(unixMilliseconds: 0x0001_9000_0000_ABCD >> 4, random: (.max, .max))
        #expect(
            id.description
                == "00190000-0000-7fff-bfff-ffffffffffff".replacing(first: "00190000-0000", with: stamp))
        #expect(id.description.count == 36)
    }

    private var stamp: String {
        let digits = String(0x0001_9000_0000_ABCD >> 4, radix: 16)
        let padded = String(repeating: "0", count: 12 - digits.count) + digits
        return padded.prefix(8) + "-" + padded.suffix(4)
    }

    @Test("version and variant are set whatever the random bits are")
    func versionAndVariant() {
        for random in [
            (UInt64.min, UInt64.min), (.max, .max), (0x1234_5678_9ABC_DEF0, 0xFEDC_BA98_7654_3210),
        ] {
            let text = Array(RequestID(unixMilliseconds: 1_763_755_200_000, random: random).description)
            #expect(text[14] == "7")
            #expect("89ab".contains(text[19]))
            #expect([8, 13, 18, 23].allSatisfy { text[$0] == "-" })
        }
    }

    @Test("IDs of later milliseconds sort after those of earlier ones")
    func order() {
        let early = RequestID(unixMilliseconds: 1_763_755_200_000, random: (.max, .max)).description
        let late = RequestID(unixMilliseconds: 1_763_755_200_001, random: (0, 0)).description
        #expect(early < late)
    }

    @Test("bytes and description are the same text")
    func bytes() throws {
        let given = try #require(RequestID(validating: "abc.DEF_123-xyz".utf8))
        for id in [given, RequestID(unixMilliseconds: 1_763_755_200_000, random: (7, 9))] {
            var bytes: [UInt8] = []
            id.write(to: &bytes)
            #expect(String(decoding: bytes, as: UTF8.self) == id.description)
        }
    }

    @Test("8 to 128 characters are accepted, 7 and 129 are not")
    func lengths() {
        for (length, accepted) in [(0, false), (7, false), (8, true), (128, true), (129, false)] {
            #expect((RequestID(validating: String(repeating: "a", count: length).utf8) != nil) == accepted)
        }
    }

    @Test(
        "pain 32: a character that could forge a log line or a header is refused",
        arguments: ["\n", "\r", " ", "\"", "\\", "{", "\u{0}", "\u{7F}", "é", "/", ":", ";"])
    func characters(character: String) {
        #expect(RequestID(validating: "request\(character)id-1".utf8) == nil)
    }
}

extension String {
    fileprivate func replacing(first part: String, with other: String) -> String {
        hasPrefix(part) ? other + dropFirst(part.count) : self
    }
}
