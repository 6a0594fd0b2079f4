/// The cost of an Argon2id hash (RFC 9106).
package struct Argon2Parameters: Sendable, Hashable {
    package let memoryKiB: UInt32
    package let passes: UInt32
    package let lanes: UInt32

    /// 46 MiB, one pass, one lane: the least that new hashes of a configured gateway may cost.
    package static let standard = Argon2Parameters(uncheckedMemory: 46 * 1024, passes: 1, lanes: 1)

    /// The most that any hash may cost, stored ones included: 1 GiB, 16 passes, 16 lanes, and no more memory
    /// times passes than 2 GiB, so that nobody's stored hash can hold a worker for long.
    package static let memoryBounds: ClosedRange<UInt32> = 8...1_048_576
    package static let passBounds: ClosedRange<UInt32> = 1...16
    package static let laneBounds: ClosedRange<UInt32> = 1...16
    package static let mostMemoryTimesPasses: UInt32 = 2_097_152

    /// Nil for a cost out of bounds, or less memory than 8 KiB a lane, which the algorithm needs.
    package init?(memoryKiB: UInt32, passes: UInt32, lanes: UInt32) {
        guard Self.memoryBounds.contains(memoryKiB), Self.passBounds.contains(passes),
            Self.laneBounds.contains(lanes), memoryKiB >= 8 * lanes,
            memoryKiB * passes <= Self.mostMemoryTimesPasses
        else { return nil }
        self.init(uncheckedMemory: memoryKiB, passes: passes, lanes: lanes)
    }

    private init(uncheckedMemory: UInt32, passes: UInt32, lanes: UInt32) {
        memoryKiB = uncheckedMemory
        self.passes = passes
        self.lanes = lanes
    }
}

/// The cost of a scrypt hash (RFC 7914).
package struct ScryptParameters: Sendable, Hashable {
    /// The binary logarithm of N.
    package let logN: UInt32
    package let r: UInt32
    package let p: UInt32

    /// N = 2^17, r = 8, p = 1: the least that new hashes of a configured gateway may cost.
    package static let standard = ScryptParameters(uncheckedLogN: 17, r: 8, p: 1)

    /// The most that any hash may cost, stored ones included: 1 GiB of memory, and at most 16 such in a row.
    package static let logNBounds: ClosedRange<UInt32> = 1...23
    package static let rBounds: ClosedRange<UInt32> = 1...32
    package static let pBounds: ClosedRange<UInt32> = 1...16
    package static let mostMemory: UInt64 = 1 << 30

    /// Bytes that one hash takes while it is made: 128 · r · N.
    package var memory: UInt64 { 128 * UInt64(r) << UInt64(logN) }

    /// Nil for a cost out of bounds, or memory times p beyond 2 GiB.
    package init?(logN: UInt32, r: UInt32, p: UInt32) {
        guard Self.logNBounds.contains(logN), Self.rBounds.contains(r), Self.pBounds.contains(p) else {
            return nil
        }
        self.init(uncheckedLogN: logN, r: r, p: p)
        guard memory <= Self.mostMemory, memory * UInt64(p) <= 2 * Self.mostMemory else { return nil }
    }

    private init(uncheckedLogN: UInt32, r: UInt32, p: UInt32) {
        logN = uncheckedLogN
        self.r = r
        self.p = p
    }
}

/// A way of hashing passwords and its cost.
package enum PasswordScheme: Sendable, Hashable {
    case argon2id(Argon2Parameters)
    case scrypt(ScryptParameters)

    /// Bytes of a fresh salt, and of the digest of a new hash.
    static let saltLength = 16
    static let digestLength = 32

    /// Whether it costs an attacker at least what the standard of its kind does. Configurations are held to
    /// this; tests are not.
    package var isStrongEnough: Bool {
        switch self {
        case .argon2id(let cost): cost.memoryKiB >= Argon2Parameters.standard.memoryKiB
        case .scrypt(let cost):
            cost.logN >= ScryptParameters.standard.logN && cost.r >= ScryptParameters.standard.r
        }
    }

    /// A hash of this scheme as a PHC string.
    func encoding(salt: [UInt8], digest: [UInt8]) -> String {
        switch self {
        case .argon2id(let cost):
            PHCString(
                id: "argon2id", version: 19,
                parameters: [
                    .init(name: "m", value: cost.memoryKiB), .init(name: "t", value: cost.passes),
                    .init(name: "p", value: cost.lanes),
                ], salt: salt, digest: digest
            ).encoded
        case .scrypt(let cost):
            PHCString(
                id: "scrypt", version: nil,
                parameters: [
                    .init(name: "ln", value: cost.logN), .init(name: "r", value: cost.r),
                    .init(name: "p", value: cost.p),
                ], salt: salt, digest: digest
            ).encoded
        }
    }
}
