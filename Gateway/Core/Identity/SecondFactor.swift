import Crypto
import ServiceCore

/// What an account has besides its password, as the store keeps it.
package struct SecondFactor: Sendable, Hashable {
    /// The secret as `SecondFactorVault` sealed it.
    package var secret: SealedSecret
    /// The last step whose code was accepted: neither it nor one before it is again (RFC 6238 §5.2).
    package var lastStep: Int64
    /// What is left of the recovery codes.
    package var recovery: [RecoveryDigest]

    package init(secret: SealedSecret, lastStep: Int64, recovery: [RecoveryDigest]) {
        self.secret = secret
        self.lastStep = lastStep
        self.recovery = recovery
    }
}

/// What somebody typed into the field of the second factor: six digits, or a recovery code. It cannot print itself.
package struct SecondFactorInput: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Whether it has the form of a code; any other is taken for a recovery code.
    package let isCode: Bool
    /// The code; zero for anything else.
    let number: UInt32
    /// What the store would know of it, were it a recovery code.
    package let recovery: RecoveryDigest

    /// Longer input is none. In bytes.
    package static let longest = 64

    /// Spaces and dashes count for nothing; nil for what cannot be either.
    package init?(_ typed: SecretBytes) {
        guard (1...Self.longest).contains(typed.count) else { return nil }
        let plain = typed.withBytes { bytes in
            bytes.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "-") }
        }
        guard !plain.isEmpty else { return nil }
        isCode =
            plain.count == TOTP.digits
            && plain.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        number = isCode ? plain.reduce(0) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) } : 0
        recovery = RecoveryDigest(of: plain)
    }

    package var description: String { "SecondFactorInput(redacted)" }
    package var debugDescription: String { description }
}

/// A code that stands in for the app once: 120 random bits, 24 characters of base32. It cannot print itself. Those of
/// earlier enrolments may be shorter, and count as well: the store knows their digests only.
package struct RecoveryCode: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Codes that an enrolment gives.
    package static let perEnrolment = 10
    /// Random bytes of one: more than the 112 bits from which a code needs no slow hash to be kept (NIST SP 800-63B,
    /// revision 3, §5.1.2.2).
    package static let length = 15
    private let plain: String

    package static func random() -> RecoveryCode {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return RecoveryCode(plain: Base32.encode(bytes).lowercased())
    }

    private init(plain: String) { self.plain = plain }

    /// As it is shown, once: six groups of four.
    package var text: String {
        stride(from: 0, to: plain.count, by: 4).map { start in
            String(plain.dropFirst(start).prefix(4))
        }.joined(separator: "-")
    }

    package var digest: RecoveryDigest { RecoveryDigest(of: Array(plain.utf8)) }

    package var description: String { "RecoveryCode(redacted)" }
    package var debugDescription: String { description }
}

/// What the store knows of a recovery code: half of its SHA-256. The code is random and long enough that it
/// takes no slow hash to keep it.
package struct RecoveryDigest: Sendable, Hashable {
    /// 22 characters of base64url.
    package let text: String

    /// Letters count in either case.
    init(of plain: [UInt8]) {
        let folded = plain.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let digest = SHA256.hash(data: folded)
        text = String(decoding: Base64URL.encode(Array(digest.prefix(16))), as: UTF8.self)
    }

    /// Nil unless `text` is what another digest wrote.
    package init?(_ text: String) {
        guard text.utf8.count == 22, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.text = text
    }
}

/// A step or a recovery code that is to be used up, or nothing: the question is the same for the store.
package enum SecondFactorUse: Sendable, Hashable {
    case nothing
    case step(Int64)
    case recovery(RecoveryDigest)
}
