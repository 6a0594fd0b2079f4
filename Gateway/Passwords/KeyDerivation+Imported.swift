import CLibcrypt
import CLibcrypto
import Foundation
import GatewayCore

extension KeyDerivation {
    /// The digest of `password` as `scheme` makes it of `salt`; nil where the scheme cannot make one of this
    /// password, after as much work as if it could.
    static func digest(
        of password: Password, salt: [UInt8], stored scheme: StoredScheme, length: Int
    ) throws(HashingFault) -> [UInt8]? {
        switch scheme {
        case .own(let scheme): try digest(of: password, salt: salt, scheme: scheme, length: length)
        case .bcrypt(let cost): try bcrypt(password, salt, cost)
        case .pbkdf2(let parameters): try pbkdf2(password, salt, parameters, length)
        }
    }

    /// The bytes of a password that bcrypt looks at; whatever follows them makes no difference to it.
    static let bcryptPasswordLength = 72

    /// The 31 characters of a bcrypt digest, by `crypt_r`. `salt` is 22 characters of bcrypt's alphabet.
    ///
    /// The library reads the password up to its first zero byte, so one that has such is nobody's: nil.
    private static func bcrypt(
        _ password: Password, _ salt: [UInt8], _ cost: BcryptCost
    ) throws(HashingFault) -> [UInt8]? {
        let rounds = cost.log2Rounds
        let setting = "$2b$\(rounds < 10 ? "0" : "")\(rounds)$" + String(decoding: salt, as: UTF8.self)
        let (phrase, hasZero) = password.bytes.withBytes { bytes in
            let used = bytes.prefix(bcryptPasswordLength)
            let phrase = SecretBytes(capacity: used.count + 1) { writer in
                for byte in used { writer.append(byte) }
                writer.append(0)
            }
            return (phrase, bytes.contains(0))
        }
        let workspace = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<crypt_data>.size, alignment: MemoryLayout<crypt_data>.alignment)
        memset(workspace, 0, MemoryLayout<crypt_data>.size)
        defer {
            explicit_bzero(workspace, MemoryLayout<crypt_data>.size)
            workspace.deallocate()
        }
        // SAFETY: the pointers are good for this call; the phrase ends with a zero byte; the workspace is as
        // large as the library's structure, zeroed as its manual asks, and nobody else's.
        let encoded: [UInt8] = phrase.withBytes { phrase in
            phrase.withMemoryRebound(to: CChar.self) { phrase in
                let data = workspace.bindMemory(to: crypt_data.self, capacity: 1)
                guard let output = crypt_r(phrase.baseAddress, setting, data) else { return [] }
                return Array(UnsafeBufferPointer(start: output, count: strlen(output)))
                    .map { UInt8(bitPattern: $0) }
            }
        }
        // Failures are told by a text that begins with '*'.
        guard encoded.count == 60 else { throw .failed }
        return hasZero ? nil : Array(encoded[29...])
    }

    private static func pbkdf2(
        _ password: Password, _ salt: [UInt8], _ parameters: PBKDF2Parameters, _ length: Int
    ) throws(HashingFault) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: length)
        let function =
            switch parameters.digest {
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            case .sha512: EVP_sha512()
            }
        let status = password.bytes.withBytes { password in
            // SAFETY: the pointers are good for this call and the lengths are theirs; `char` and bytes have
            // one size.
            password.withMemoryRebound(to: CChar.self) { password in
                PKCS5_PBKDF2_HMAC(
                    password.baseAddress, CInt(password.count), salt, CInt(salt.count),
                    CInt(parameters.iterations), function, CInt(digest.count), &digest)
            }
        }
        guard status == 1 else { throw .failed }
        return digest
    }
}
