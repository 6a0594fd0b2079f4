import GatewayCore
import ServiceCore

/// The claims of an assertion as JSON, written by hand because each request has its own. The same document as
/// `IdentityAssertion` encodes; a test holds the two together.
enum AssertionPayload {
    /// Seconds that an assertion lives: long enough for clocks that differ a little, half of what is allowed.
    static let lifetime: Int64 = IdentityAssertion.longestLifetime / 2

    static func write(
        issuer: String, audience: String, session: Session, issuedAt: Int64, requestID: [UInt8],
        into json: inout [UInt8]
    ) {
        json.append(contentsOf: "{\"iss\":\"".utf8)
        appendEscaped(issuer, to: &json)
        json.append(contentsOf: "\",\"aud\":\"".utf8)
        appendEscaped(audience, to: &json)
        json.append(contentsOf: "\",\"sub\":\"".utf8)
        json.append(contentsOf: session.user.text.utf8)
        json.append(contentsOf: "\",\"email\":\"".utf8)
        appendEscaped(session.email.text, to: &json)
        json.append(contentsOf: "\",\"roles\":[\"user\"".utf8)
        if session.isAdmin { json.append(contentsOf: ",\"admin\"".utf8) }
        json.append(contentsOf: "],\"sid\":\"".utf8)
        let id = session.digest.sessionID
        appendHex(id.words.0, to: &json)
        appendHex(id.words.1, to: &json)
        json.append(contentsOf: "\",\"iat\":".utf8)
        json.appendDecimal(issuedAt)
        json.append(contentsOf: ",\"exp\":".utf8)
        json.appendDecimal(issuedAt + lifetime)
        json.append(contentsOf: ",\"jti\":\"".utf8)
        json.append(contentsOf: requestID)
        json.append(contentsOf: "\"}".utf8)
    }

    private static func appendHex(_ word: UInt64, to json: inout [UInt8]) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let nibble = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 0xF
            json.append(nibble < 10 ? nibble + 0x30 : nibble + 0x57)
        }
    }

    /// The escapes that RFC 8259 §7 demands; other UTF-8 stands for itself.
    private static func appendEscaped(_ text: String, to json: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                json.append(UInt8(ascii: "\\"))
                json.append(byte)
            case 0..<0x20:
                json.append(contentsOf: "\\u00".utf8)
                json.append(byte >> 4 + 0x30)
                json.append(byte & 0xF < 10 ? byte & 0xF + 0x30 : byte & 0xF + 0x57)
            default: json.append(byte)
            }
        }
    }
}
