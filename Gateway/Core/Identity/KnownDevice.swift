import Crypto
import ServiceCore

/// The name of one device of one account: 96 random bits, 24 hexadecimal digits.
package struct DeviceID: Sendable, Hashable, CustomStringConvertible {
    static let byteCount = 12
    package let description: String

    init(_ bytes: some Sequence<UInt8>) {
        description = Hexadecimal.text(of: bytes)
    }

    package static func random() -> DeviceID {
        var generator = SystemRandomNumberGenerator()
        return DeviceID((0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    var bytes: [UInt8] {
        var digits = description.utf8.makeIterator()
        var bytes: [UInt8] = []
        while let high = digits.next().flatMap(ASCII.hexValue),
            let low = digits.next().flatMap(ASCII.hexValue)
        {
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}

/// A device from which the owner of an account has logged in: what the account's restrictions spare.
package struct KnownDevice: Sendable, Hashable {
    package var id: DeviceID
    /// When it became known, by the store's clock.
    package var since: Timestamp

    package init(id: DeviceID, since: Timestamp) {
        self.id = id
        self.since = since
    }
}

/// The key that signs what devices are known by: 256 random bits that all gateways on one store share. It
/// cannot print itself.
package struct DeviceKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    private let key: SymmetricKey
    /// Base64url, as the store keeps it.
    package let text: String

    package static func random() -> DeviceKey {
        var generator = SystemRandomNumberGenerator()
        return DeviceKey((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// Nil unless `text` is base64url of 32 bytes.
    package init?(text: String) {
        guard let bytes = Base64URL.decode(Array(text.utf8)), bytes.count == 32 else { return nil }
        self.init(bytes)
    }

    private init(_ bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
        text = String(decoding: Base64URL.encode(bytes), as: UTF8.self)
    }

    /// The proof that `device` is one of the account's: it holds for no other account.
    func proof(of device: [UInt8], for email: EmailAddress) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Self.statement(device, email), using: key))
    }

    /// In constant time.
    func accepts(_ proof: [UInt8], of device: [UInt8], for email: EmailAddress) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            proof, authenticating: Self.statement(device, email), using: key)
    }

    private static func statement(_ device: [UInt8], _ email: EmailAddress) -> [UInt8] {
        Array("fillgate device 1\n".utf8) + device + Array(email.text.utf8)
    }

    package var description: String { "DeviceKey(redacted)" }
    package var debugDescription: String { description }
}
