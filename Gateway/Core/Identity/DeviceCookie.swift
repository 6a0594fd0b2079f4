import ServiceCore

/// What a device's cookie says: for each account that has logged in on it, the newest first, the device's ID
/// for that account, since when it is known, and the proof.
///
/// `1` and up to `most` entries, each after a full stop: base64url of 12 bytes of ID, 7 of microseconds since
/// 1970, and an HMAC-SHA-256 over both and the account's address. The address itself does not stand in it, and
/// whoever holds one cannot tell whose entries it has.
package struct DeviceCookie: Sendable, Hashable {
    /// Accounts that one device may be known to.
    package static let most = 8
    /// Bytes of the longest.
    package static let longest = 1 + most * (entryLength + 1)

    private static let entryLength = 68
    private static let (timeLength, proofLength) = (7, 32)
    private static var statementLength: Int { DeviceID.byteCount + timeLength }

    /// Each of the length that entries have.
    private var entries: [[UInt8]]

    /// What `text` says, as far as it has the form; nothing where it has another, or none is there.
    package init(_ text: String?) {
        let parts = (text ?? "").split(separator: ".", maxSplits: Self.most, omittingEmptySubsequences: false)
        guard parts.first == "1" else {
            entries = []
            return
        }
        entries = parts.dropFirst().compactMap { part in
            guard part.utf8.count == Self.entryLength else { return nil }
            return Base64URL.decode(Array(part.utf8))
        }
    }

    /// The device as this account knows it; nil where no entry is proved to be this account's.
    package func device(of email: EmailAddress, under key: DeviceKey) -> KnownDevice? {
        for entry in entries where Self.isProved(entry, for: email, key) {
            var microseconds: Int64 = 0
            for byte in entry[DeviceID.byteCount..<Self.statementLength] {
                microseconds = microseconds << 8 | Int64(byte)
            }
            return KnownDevice(
                id: DeviceID(entry.prefix(DeviceID.byteCount)),
                since: Timestamp(microseconds: microseconds))
        }
        return nil
    }

    /// The same with `device` as this account's in place of what it had; the oldest goes if there are too
    /// many.
    package func adding(_ device: KnownDevice, of email: EmailAddress, under key: DeviceKey) -> DeviceCookie {
        var entry = device.id.bytes
        for shift in stride(from: 8 * (Self.timeLength - 1), through: 0, by: -8) {
            entry.append(UInt8(truncatingIfNeeded: device.since.microseconds >> Int64(shift)))
        }
        entry += key.proof(of: entry, for: email)
        let others = entries.filter { !Self.isProved($0, for: email, key) }
        var cookie = self
        cookie.entries = [entry] + others.prefix(Self.most - 1)
        return cookie
    }

    private static func isProved(_ entry: [UInt8], for email: EmailAddress, _ key: DeviceKey) -> Bool {
        key.accepts(
            Array(entry.suffix(proofLength)), of: Array(entry.prefix(statementLength)), for: email)
    }

    /// The cookie's value.
    package var text: String {
        entries.reduce(into: "1") { $0 += "." + String(decoding: Base64URL.encode($1), as: UTF8.self) }
    }

    /// The value of the `Set-Cookie` that hands it to a client, to keep for `lifetime`.
    package func setting(as kind: SessionCookie, for lifetime: Duration) -> String {
        let (name, secure) =
            switch kind {
            case .secure: (CookieName.secureDevice, "; Secure")
            case .development: (CookieName.plainDevice, "")
            }
        return
            "\(name)=\(text); Path=/\(secure); HttpOnly; SameSite=Lax; Max-Age=\(lifetime.secondsRoundedUp)"
    }
}
