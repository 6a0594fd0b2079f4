import GatewayCore

/// The formats of other systems.
extension StoredHash {
    /// `$2b$12$` and 53 characters: a salt of 22 and a digest of 31, in bcrypt's own base64.
    ///
    /// `$2a$` and `$2y$` are the same computation since 2011; `$2x$`, the one with the fault of before, is not read.
    static func bcrypt(_ text: String) throws(UnusableHashError) -> StoredHash {
        let bytes = Array(text.utf8)
        guard bytes.count == 60, bytes[6] == UInt8(ascii: "$"), bytes[7...].allSatisfy(isBcryptCharacter),
            let log2Rounds = number(bytes[4..<6], digits: 2...2)
        else { throw .malformed }
        guard log2Rounds >= BcryptCost.bounds.lowerBound else { throw .malformed }
        guard let cost = BcryptCost(log2Rounds) else { throw .tooCostly }
        return StoredHash(scheme: .bcrypt(cost), salt: Array(bytes[7..<29]), digest: Array(bytes[29...]))
    }

    /// `METHOD$SALT$DIGEST`, where the salt is taken as it is written and the digest is hexadecimal.
    static func werkzeug(_ text: String) throws(UnusableHashError) -> StoredHash {
        let fields = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard fields.count == 3, saltLengths.contains(fields[1].count),
            fields[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let digest = hexadecimal(fields[2])
        else { throw .malformed }
        let method = fields[0].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let scheme: StoredScheme
        switch (method.count, method[0].elementsEqual("scrypt".utf8)) {
        case (4, true):
            scheme = .own(.scrypt(try scryptParameters(method)))
            // What Python's hashlib gives unless it is asked for less, which Werkzeug does not do.
            guard digest.count == 64 else { throw .malformed }
        case (3, false):
            let parameters = try pbkdf2Parameters(method)
            guard digest.count == parameters.digest.length else { throw .malformed }
            scheme = .pbkdf2(parameters)
        default: throw .malformed
        }
        return StoredHash(scheme: scheme, salt: Array(fields[1]), digest: digest)
    }

    /// `scrypt:N:r:p`, where N must be a power of two.
    private static func scryptParameters(
        _ method: [Substring.UTF8View]
    ) throws(UnusableHashError) -> ScryptParameters {
        guard let n = number(method[1]), let r = number(method[2]), let p = number(method[3]),
            n.nonzeroBitCount == 1
        else { throw .malformed }
        guard let cost = ScryptParameters(logN: UInt32(n.trailingZeroBitCount), r: r, p: p) else {
            throw .tooCostly
        }
        return cost
    }

    /// `pbkdf2:sha256:600000`.
    private static func pbkdf2Parameters(
        _ method: [Substring.UTF8View]
    ) throws(UnusableHashError) -> PBKDF2Parameters {
        guard let iterations = number(method[2]), iterations > 0 else { throw .malformed }
        let name = String(decoding: method[1], as: UTF8.self)
        guard let digest = PBKDF2Parameters.Digest(rawValue: name) else { throw .unsupported }
        guard let parameters = PBKDF2Parameters(digest, iterations: iterations) else { throw .tooCostly }
        return parameters
    }

    private static func number(_ text: some Collection<UInt8>, digits: ClosedRange<Int> = 1...10) -> UInt32? {
        guard digits.contains(text.count), text.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.lowerBound > 1 || text.count == 1 || text.first != UInt8(ascii: "0")
        else { return nil }
        return UInt32(String(decoding: text, as: UTF8.self))
    }

    private static func hexadecimal(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 2 == 0, text.count <= 2 * digestLengths.upperBound else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            let value: UInt8
            switch character {
            case 0x30...0x39: value = character - 0x30
            case 0x61...0x66: value = character - 0x61 + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    private static func isBcryptCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2E...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
