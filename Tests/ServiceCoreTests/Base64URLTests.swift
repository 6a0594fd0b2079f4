import Foundation
import ServiceCore
import Testing

@Suite("Base64URL")
struct Base64URLTests {
    @Test("the vectors of RFC 4648 §10 encode and decode, without their padding")
    func vectors() {
        let vectors = [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ]
        for (plain, encoded) in vectors {
            #expect(String(decoding: Base64URL.encode(plain.utf8), as: UTF8.self) == encoded)
            #expect(Base64URL.decode(encoded.utf8) == Array(plain.utf8))
        }
    }

    @Test("every byte value survives at every length up to 300, and agrees with Foundation")
    func roundTrip() {
        for length in 0...300 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ length) }
            let encoded = String(decoding: Base64URL.encode(bytes), as: UTF8.self)
            let expected = Data(bytes).base64EncodedString()
                .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
                .replacingOccurrences(of: "=", with: "")
            #expect(encoded == expected)
            #expect(Base64URL.decode(encoded.utf8) == bytes)
        }
    }

    @Test(
        "what is not the one spelling of a value does not decode",
        arguments: [
            "A", "AAAAA", "Zg==", "Zm9v\n", "Zm+v", "Zm/v", "Zh", "Zm9vYh", "Zm9é", " Zm9", "Zm9vYmF",
        ])
    func refusals(text: String) {
        #expect(Base64URL.decode(text.utf8) == nil)
    }
}
