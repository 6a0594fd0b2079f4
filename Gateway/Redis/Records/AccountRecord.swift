import GatewayCore

/// An account as a Redis hash under its e-mail address:
/// `id`, `hash`, `active` and `admin` (`1` or `0`), `created` and `changed` (microseconds since 1970); and where there is
/// a second factor, `totp`, `totp_step`, `totp_recovery`, `totp_offer` and `totp_offer_ends` (`second_factor.lua`).
enum AccountRecord {
    static let fields = ["id", "hash", "active", "admin", "created", "changed"] + factorFields
    private static let factorFields = [
        "totp", "totp_step", "totp_recovery", "totp_offer", "totp_offer_ends",
    ]

    /// Fields and values, the ID aside, as `account_create.lua` takes them.
    static func encode(_ account: Account) -> [String] {
        [
            "hash", account.passwordHash.encoded, "active", flag(account.isActive), "admin",
            flag(account.isAdmin), "created", String(account.createdAt.microseconds), "changed",
            String(account.passwordChangedAt.microseconds),
        ]
    }

    static func flag(_ value: Bool) -> String { value ? "1" : "0" }

    /// The account that a reply to `HMGET` with `fields` says; nil where there is none.
    static func decode(_ reply: RedisReply, email: EmailAddress) throws(StoreFault) -> Account? {
        guard let values = reply.list, values.count == fields.count else {
            throw .unexpected("HMGET: not what it replies")
        }
        guard values[0] != .null else { return nil }
        guard let id = values[0].text.flatMap(UserID.init), let hash = values[1].text,
            let created = values[4].text.flatMap(Int64.init), let changed = values[5].text.flatMap(Int64.init)
        else { throw .unexpected("HMGET: not an account") }
        var account = Account(
            id: id, email: email, passwordHash: PasswordHash(encoded: hash), isActive: values[2].text == "1",
            isAdmin: values[3].text == "1", createdAt: Timestamp(microseconds: created),
            passwordChangedAt: Timestamp(microseconds: changed))
        account.secondFactor = factor(values[6...].map(\.text))
        account.offeredSecret = values[9].text.map(SealedSecret.init(encoded:))
        account.offerEndsAt = values[10].text.flatMap(Int64.init).map(Timestamp.init(microseconds:))
        return account
    }

    private static func factor(_ values: [String?]) -> SecondFactor? {
        guard let secret = values[0] else { return nil }
        let digests = (values[2] ?? "").split(separator: " ").compactMap { RecoveryDigest(String($0)) }
        return SecondFactor(
            secret: SealedSecret(encoded: secret), lastStep: values[1].flatMap { Int64($0) } ?? 0,
            recovery: digests)
    }
}
