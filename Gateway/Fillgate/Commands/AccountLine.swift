import Foundation
import GatewayCore
import GatewayPasswords

/// One line of a file of accounts, as `user import` reads it and `user export` writes it: a JSON object.
struct AccountLine {
    /// The longest line that is read, in bytes.
    static let longest = 16 * 1024

    var account: Account
    /// Whether the line says the account's ID itself.
    var hasID: Bool

    /// Reads a line; throws everything that is wrong with it. What it leaves out is made up: an ID, an active
    /// account without rights, of `now`.
    init(_ line: [UInt8], at now: Timestamp) throws(AccountLineFaults) {
        guard line.count <= Self.longest else {
            throw AccountLineFaults(["is longer than \(Self.longest) bytes"])
        }
        let fields: Fields
        do {
            fields = try JSONDecoder().decode(Fields.self, from: Data(line))
        } catch let faults as AccountLineFaults {
            throw faults
        } catch {
            throw AccountLineFaults(["is not a JSON object"])
        }
        let created = fields.createdAt ?? now
        account = Account(
            id: fields.id ?? .minted(at: now), email: fields.email, passwordHash: fields.hash,
            isActive: fields.isActive ?? true, isAdmin: fields.isAdmin ?? false, createdAt: created,
            passwordChangedAt: fields.changedAt ?? created)
        hasID = fields.id != nil
    }
}

/// What is wrong with a line: sentences without a full stop that follow its place.
struct AccountLineFaults: Error {
    var sentences: [String]

    init(_ sentences: [String]) { self.sentences = sentences }
}

private struct Fields: Decodable {
    var email: EmailAddress
    var hash: PasswordHash
    var isActive: Bool?
    var isAdmin: Bool?
    var createdAt: Timestamp?
    var changedAt: Timestamp?
    var id: UserID?

    static let names = [
        "email", "password_hash", "is_active", "is_superuser", "created_at", "password_changed_at", "id",
    ]

    init(from decoder: any Decoder) throws {
        guard let fields = try? decoder.container(keyedBy: AnyName.self) else {
            throw AccountLineFaults(["is not a JSON object"])
        }
        var faults: [String] = []
        for name in fields.allKeys.map(\.stringValue).sorted() where !Self.names.contains(name) {
            let hint = NearestName.hint(for: name, among: Self.names)
            faults.append("'\(Listing.printable(name))' is not a known name\(hint)")
        }
        func value<Value: Decodable>(_ name: String, _ kind: String, required: Bool = false) -> Value? {
            let key = AnyName(name)
            guard fields.contains(key), (try? fields.decodeNil(forKey: key)) == false else {
                if required { faults.append("'\(name)' is missing") }
                return nil
            }
            if let value = try? fields.decode(Value.self, forKey: key) { return value }
            faults.append("'\(name)' must be \(kind)")
            return nil
        }
        func text<Value>(
            _ name: String, _ kind: String, required: Bool = false, _ read: (String) -> Value?
        ) -> Value? {
            guard let text: String = value(name, kind, required: required) else { return nil }
            if let value = read(text) { return value }
            faults.append("'\(name)' must be \(kind)")
            return nil
        }
        let email = text("email", "an e-mail address", required: true, EmailAddress.init)
        let hash: String? = value("password_hash", "a string", required: true)
        isActive = value("is_active", "true or false")
        isAdmin = value("is_superuser", "true or false")
        let time = "a time such as 2026-01-02T03:04:05Z"
        createdAt = text("created_at", time, CalendarText.moment(rfc3339:))
        changedAt = text("password_changed_at", time, CalendarText.moment(rfc3339:))
        id = text("id", "an ID of a-z 0-9 -", UserID.init)
        if let hash, let fault = ImportedHash.fault(in: PasswordHash(encoded: hash)) {
            faults.append("'password_hash' \(fault.sentence)")
        }
        guard let email, let hash, faults.isEmpty else { throw AccountLineFaults(faults) }
        self.email = email
        self.hash = PasswordHash(encoded: hash)
    }

    private struct AnyName: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// A line of `user export`.
struct ExportedAccount: Encodable {
    var id: String
    var email: String
    var isActive: Bool
    var isSuperuser: Bool
    var createdAt: String
    var passwordChangedAt: String
    /// Nil where hashes were not asked for.
    var passwordHash: String?

    init(_ account: Account, withHash: Bool) {
        id = account.id.text
        email = account.email.text
        isActive = account.isActive
        isSuperuser = account.isAdmin
        createdAt = CalendarText.rfc3339(account.createdAt)
        passwordChangedAt = CalendarText.rfc3339(account.passwordChangedAt)
        passwordHash = withHash ? account.passwordHash.encoded : nil
    }

    enum CodingKeys: String, CodingKey {
        case id, email
        case isActive = "is_active"
        case isSuperuser = "is_superuser"
        case createdAt = "created_at"
        case passwordChangedAt = "password_changed_at"
        case passwordHash = "password_hash"
    }
}
