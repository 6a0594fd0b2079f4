import Crypto
import Foundation
import ServiceCore

/// A second factor's secret as it may lie in the store: sealed under the operator's key, or plain where there is
/// none. It cannot print itself.
package struct SealedSecret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    package let encoded: String

    package init(encoded: String) { self.encoded = encoded }

    package var description: String { "SealedSecret(redacted)" }
    package var debugDescription: String { description }
}

/// Seals secrets for the store, and opens them.
///
/// Several gateways share a Redis and no files, so the key is the operator's to give to all of them
/// (`login.second-factor.key-file`). Without one secrets lie in Redis as they are: whoever reads it can make
/// codes, as whoever writes it can make sessions.
package struct SecondFactorVault: Sendable, Equatable {
    private let key: SymmetricKey?

    /// Bytes that a key file must have at least.
    package static let shortestKey = 32

    /// `file` is what the operator's key file holds; nil where there is none.
    package init(keyMaterial file: SecretBytes?) {
        key = file.map { file in
            file.withBytes { bytes in
                HKDF<SHA256>.deriveKey(
                    inputKeyMaterial: SymmetricKey(data: UnsafeRawBufferPointer(bytes)),
                    info: Data("fillgate second factor 1".utf8), outputByteCount: 32)
            }
        }
    }

    /// `p.` and the secret, or `k.` and what AES-256-GCM makes of it, bound to its user; both in base64url.
    package func seal(_ secret: TOTPSecret, for user: UserID) -> SealedSecret? {
        let plain = secret.bytes.withBytes { Data($0) }
        guard let key else { return SealedSecret(encoded: "p." + Self.text(plain)) }
        guard
            let box = try? AES.GCM.seal(plain, using: key, authenticating: Data(user.text.utf8)),
            let bytes = box.combined
        else { return nil }
        return SealedSecret(encoded: "k." + Self.text(bytes))
    }

    /// Nil where it was sealed under another key or for another user. A plain secret opens with any key, so
    /// that a key can be brought in later.
    package func open(_ sealed: SealedSecret, of user: UserID) -> TOTPSecret? {
        guard let bytes = Base64URL.decode(Array(sealed.encoded.utf8.dropFirst(2))) else { return nil }
        if sealed.encoded.hasPrefix("p.") { return TOTPSecret(SecretBytes(copying: bytes)) }
        guard sealed.encoded.hasPrefix("k."), let key, let box = try? AES.GCM.SealedBox(combined: bytes),
            let plain = try? AES.GCM.open(box, using: key, authenticating: Data(user.text.utf8))
        else { return nil }
        return TOTPSecret(SecretBytes(copying: plain))
    }

    private static func text(_ bytes: Data) -> String {
        String(decoding: Base64URL.encode(Array(bytes)), as: UTF8.self)
    }
}
