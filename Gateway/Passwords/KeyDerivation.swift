import CArgon2
import CLibcrypto
import GatewayCore

/// The calls into libargon2 and libcrypto, and nothing else.
enum KeyDerivation {
    /// The digest of `password` under `scheme`. Takes the scheme's time and memory on the calling thread; the
    /// libraries wipe what they worked in.
    static func digest(
        of password: Password, salt: [UInt8], scheme: PasswordScheme, length: Int
    ) throws(HashingFault) -> [UInt8] {
        switch scheme {
        case .argon2id(let cost): try argon2id(password, salt, cost, length)
        case .scrypt(let cost): try scrypt(password, salt, cost, length)
        }
    }

    /// Whether both are equal; the time depends on the lengths only.
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    private static func argon2id(
        _ password: Password, _ salt: [UInt8], _ cost: Argon2Parameters, _ length: Int
    ) throws(HashingFault) -> [UInt8] {
        var salt = salt
        var digest = [UInt8](repeating: 0, count: length)
        let status = password.bytes.withBytes { password in
            salt.withUnsafeMutableBufferPointer { salt in
                digest.withUnsafeMutableBufferPointer { digest in
                    // SAFETY: the pointers are good for this call, the lengths are theirs, and without
                    // ARGON2_FLAG_CLEAR_PASSWORD the library only reads the password.
                    var context = argon2_context()
                    context.out = digest.baseAddress
                    context.outlen = UInt32(digest.count)
                    context.pwd = UnsafeMutablePointer(mutating: password.baseAddress)
                    context.pwdlen = UInt32(password.count)
                    context.salt = salt.baseAddress
                    context.saltlen = UInt32(salt.count)
                    context.t_cost = cost.passes
                    context.m_cost = cost.memoryKiB
                    context.lanes = cost.lanes
                    // One thread a hash, whatever its lanes: the pool alone decides how many run.
                    context.threads = 1
                    context.version = UInt32(ARGON2_VERSION_13.rawValue)
                    context.flags = 0
                    return argon2_ctx(&context, Argon2_id)
                }
            }
        }
        guard status == ARGON2_OK.rawValue else { throw .failed }
        return digest
    }

    private static func scrypt(
        _ password: Password, _ salt: [UInt8], _ cost: ScryptParameters, _ length: Int
    ) throws(HashingFault) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: length)
        // The library's bound covers its working blocks too: 128·r·p and 32·r + 64 bytes besides 128·r·N.
        let bound = cost.memory + 128 * UInt64(cost.r) * UInt64(cost.p + 2) + 65_536
        let status = password.bytes.withBytes { password in
            // SAFETY: the pointers are good for this call and the lengths are theirs; `char` and bytes have
            // one size.
            password.withMemoryRebound(to: CChar.self) { password in
                EVP_PBE_scrypt(
                    password.baseAddress, password.count, salt, salt.count, 1 << UInt64(cost.logN),
                    UInt64(cost.r), UInt64(cost.p), bound, &digest, digest.count)
            }
        }
        guard status == 1 else { throw .failed }
        return digest
    }
}
