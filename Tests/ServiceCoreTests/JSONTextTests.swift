import Foundation
import ServiceCore
import Testing

@Suite("JSON in log lines")
struct JSONTextTests {
    @Test(
        "a quoted text is one line, has no control character, and reads back as it was",
        arguments: [
            "", "plain", "a\"b\\c", "line\nbreak\r\ttab", "\u{0}\u{1F}\u{7F}\u{85}\u{9F}", "\u{2028}\u{2029}",
            "é😀",
        ])
    func quoted(text: String) throws {
        let quoted = JSONText.quoted(text)
        #expect(
            !quoted.unicodeScalars.contains { JSONText.isControl($0) || (0x2028...0x2029).contains($0.value) }
        )
        let read = try JSONDecoder().decode([String].self, from: Data("[\(quoted)]".utf8))
        #expect(read == [text])
    }
}
