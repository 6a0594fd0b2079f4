/// A password as somebody typed it, in UTF-8 and NFC, so that the same characters make the same password on
/// every keyboard. It cannot print itself, and its bytes are wiped when the last holder lets go.
package struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// UTF-8 in NFC.
    package let bytes: SecretBytes
    /// Unicode code points after NFC: what the limits of `PasswordPolicy` count.
    package let length: Int

    /// Nil when `typed` is not UTF-8.
    ///
    /// Plain ASCII is taken as it is. Anything else is normalized, and the normalizer's own copies are
    /// strings of the standard library, which nobody can wipe; they live for the duration of this call.
    package init?(_ typed: SecretBytes) {
        let isASCII = typed.withBytes { $0.allSatisfy { $0 < 0x80 } }
        if isASCII {
            bytes = typed
        } else {
            guard let text = typed.withBytes({ String(validating: $0, as: UTF8.self) }) else { return nil }
            bytes = SecretBytes(copying: UnicodeText.composed(text).utf8)
        }
        length = Self.codePoints(in: bytes)
    }

    /// For callers that hold text already: a terminal, a file, a test.
    package init(_ text: String) {
        bytes = SecretBytes(copying: UnicodeText.composed(text).utf8)
        length = Self.codePoints(in: bytes)
    }

    package var isEmpty: Bool { bytes.count == 0 }

    /// Whether both are the same. The time depends on the lengths only.
    package func isSame(as other: Password) -> Bool {
        bytes.withBytes { mine in
            other.bytes.withBytes { theirs in
                guard mine.count == theirs.count else { return false }
                var difference: UInt8 = 0
                for index in mine.indices { difference |= mine[index] ^ theirs[index] }
                return difference == 0
            }
        }
    }

    private static func codePoints(in bytes: SecretBytes) -> Int {
        bytes.withBytes { $0.count { $0 & 0xC0 != 0x80 } }
    }

    package var description: String { "Password(redacted)" }
    package var debugDescription: String { description }
}
