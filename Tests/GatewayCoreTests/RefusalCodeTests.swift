import Foundation
import GatewayCore
import Testing

@Suite("Codes of refusals")
struct RefusalCodeTests {
    @Test("every code that the gateway's sources write is among those that are counted")
    func codes() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var written: Set<String> = []
        for folder in ["Gateway/Core", "Gateway/Proxy", "Gateway/Endpoints"] {
            let files = try #require(
                FileManager.default.enumerator(
                    at: root.appending(path: folder), includingPropertiesForKeys: nil))
            for case let file as URL in files where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in text.matches(of: #/code(?::| =) "([a-z-]+)"/#) {
                    written.insert(String(match.1))
                }
            }
        }
        #expect(written.contains("rate-limited") && written.contains("client-closed"))
        #expect(written.subtracting(Refusal.codes) == [])
        // And none is counted that nobody writes, but the one for those that were forgotten.
        #expect(Set(Refusal.codes).subtracting(written) == ["other"])
        #expect(Refusal.codes.count == Set(Refusal.codes).count)
    }

    @Test("a code has one place, and a word that is none has the first")
    func places() {
        for (place, code) in Refusal.codes.enumerated() { #expect(Refusal.place(ofCode: code) == place) }
        #expect(Refusal.place(ofCode: "no-such-code") == 0)
    }
}
