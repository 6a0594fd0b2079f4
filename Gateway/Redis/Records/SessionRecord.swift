import GatewayCore

/// A session as one Redis string, so that looking it up is a `GET`, the cheapest command with the flattest
/// reply.
///
/// ```text
/// 1763755200123456 1763798400123456 1763755200123456 a 0190…-…c2 alice@example.com 192.0.2.1 Mozilla/5.0 …
/// last use        /end             /begin           /flag/user   /address          /from     /user agent
/// ```
/// (with a line feed for each space but those of the user agent, and nothing between the first two). The two
/// moments that `session_touch.lua` reads and writes come first and have 16 digits, in microseconds.
/// Everything after the first 16 bytes changes but once while the session lives, when it is retired, which
/// is what lets a loop keep what it decoded (`SessionCache`). Flags: `a` for an administrator, `-` for none.
/// API keys are kept in the same form, so that they are decoded in the same way; `KeyRecord` says what
/// their fields are.
enum SessionRecord {
    static let momentDigits = 16
    private static let separator = UInt8(ascii: "\n")

    static func encode(_ session: Session) -> String {
        encode(
            session, flags: session.isAdmin ? "a" : "-", address: session.address, label: session.userAgent)
    }

    static func encode(_ session: Session, flags: String, address: String, label: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        append(session.lastUsedAt, to: &bytes)
        append(session.expiresAt, to: &bytes)
        bytes.append(separator)
        append(session.createdAt, to: &bytes)
        for field in [flags, session.user.text, session.email.text, oneLine(address), oneLine(label)] {
            bytes.append(separator)
            bytes.append(contentsOf: field.utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A moment in 16 digits, as the records and their scripts write it.
    static func text(of moment: Timestamp) -> String {
        var bytes: [UInt8] = []
        append(moment, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The part of a record that changes; nil if it does not begin with 16 digits.
    static func lastUse(of record: ArraySlice<UInt8>) -> Timestamp? {
        moment(record.prefix(momentDigits))
    }

    /// Nil if `record` is not what `encode` writes.
    static func decode(_ record: ArraySlice<UInt8>, digest: SessionDigest) -> Session? {
        guard let lastUsedAt = lastUse(of: record) else { return nil }
        let fields = record.dropFirst(momentDigits)
            .split(separator: separator, maxSplits: 6, omittingEmptySubsequences: false)
        guard fields.count == 7, let expiresAt = moment(fields[0]), let createdAt = moment(fields[1]),
            let user = UserID(text(fields[3])), let email = EmailAddress(text(fields[4]))
        else { return nil }
        if fields[2].first == KeyRecord.flag {
            let grant = KeyRecord.grant(flags: text(fields[2]), addresses: text(fields[5]), text(fields[6]))
            return grant.map {
                APIKey(
                    digest: digest, user: user, email: email, grant: $0, createdAt: createdAt,
                    lastUsedAt: lastUsedAt, expiresAt: expiresAt
                ).session
            }
        }
        return Session(
            digest: digest, user: user, email: email, isAdmin: fields[2].elementsEqual("a".utf8),
            createdAt: createdAt, lastUsedAt: lastUsedAt, expiresAt: expiresAt, address: text(fields[5]),
            userAgent: text(fields[6]))
    }

    private static func append(_ moment: Timestamp, to bytes: inout [UInt8]) {
        Digits.append(UInt64(clamping: moment.microseconds), paddedTo: momentDigits, to: &bytes)
    }

    private static func moment(_ digits: ArraySlice<UInt8>) -> Timestamp? {
        guard digits.count == momentDigits else { return nil }
        return Digits.value(of: digits).map(Timestamp.init(microseconds:))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func oneLine(_ text: String) -> String {
        text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
            ? String(
                String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
            : text
    }
}
