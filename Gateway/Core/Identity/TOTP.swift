import Crypto

/// Codes that change every 30 seconds (RFC 6238 over RFC 4226): six digits, HMAC-SHA-1, which is what every
/// authenticator app reads.
package enum TOTP {
    /// Seconds that a code is for.
    package static let period: Int64 = 30
    package static let digits = 6
    /// Steps before and after the present one whose codes may count as well: for clocks that go wrong and people who
    /// type slowly (RFC 6238 §5.2).
    package static let windows: ClosedRange<Int64> = 0...1

    /// The step that `now` lies in.
    package static func step(at now: Timestamp) -> Int64 { now.seconds / period }

    /// The code of one step; below a million.
    package static func code(of secret: TOTPSecret, at step: Int64) -> UInt32 {
        let message = withUnsafeBytes(of: UInt64(bitPattern: step).bigEndian) { Array($0) }
        let mac = secret.bytes.withBytes { key in
            Array(
                HMAC<Insecure.SHA1>.authenticationCode(
                    for: message, using: SymmetricKey(data: UnsafeRawBufferPointer(key))))
        }
        // Dynamic truncation (RFC 4226 §5.3).
        let offset = Int(mac[mac.count - 1] & 0x0F)
        let word = mac[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        return word % 1_000_000
    }

    /// The step whose code was typed, among those that count at `now`; nil where it is none of them. Each is worked
    /// out and compared whatever the others say, so the time says nothing. Whether a step has been used before
    /// is the store's to say. `window` is how many steps count on either side.
    package static func step(
        ofCode typed: SecondFactorInput, _ secret: TOTPSecret, at now: Timestamp, window: Int64
    ) -> Int64? {
        let present = step(at: now)
        var found: Int64 = -1
        for step in (present - window)...(present + window) {
            let difference = typed.number ^ code(of: secret, at: step)
            // All ones where they are the same.
            let isSame = Int64(bitPattern: UInt64(difference == 0 ? 1 : 0)) &* -1
            found = (found & ~isSame) | (step & isSame)
        }
        return typed.isCode && found >= 0 ? found : nil
    }
}

/// What an authenticator app and the gateway share: 160 random bits. It cannot print itself.
package struct TOTPSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The length that RFC 4226 §4 recommends.
    package static let length = 20
    package let bytes: SecretBytes

    package static func random() -> TOTPSecret {
        var generator = SystemRandomNumberGenerator()
        return TOTPSecret(
            SecretBytes(copying: (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }))
    }

    package init(_ bytes: SecretBytes) { self.bytes = bytes }

    /// As people type it into an app: base32 (RFC 4648 §6) without padding.
    package var text: String { bytes.withBytes { Base32.encode($0) } }

    /// What an app reads from a QR code: the account and whose it is, and the secret.
    /// https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    package func uri(for email: EmailAddress, issuer: String) -> String {
        let (issuer, account) = (Self.escaped(issuer), Self.escaped(email.text))
        return
            "otpauth://totp/\(issuer):\(account)?secret=\(text)&issuer=\(issuer)&algorithm=SHA1&digits=6&period=30"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
            if isPlain {
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return escaped
    }

    package var description: String { "TOTPSecret(redacted)" }
    package var debugDescription: String { description }
}

/// Base32 (RFC 4648 §6).
package enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// Without padding.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var (bits, count): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> count & 31)])
            }
            bits &= (1 << count) - 1
        }
        if count > 0 { text.append(alphabet[Int(bits << (5 - count) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
