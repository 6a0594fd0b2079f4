import GatewayCore

/// An account as its owner sees it.
struct AccountView: Encodable {
    var id: String
    var email: String
    var isActive: Bool
    var isSuperuser: Bool
    var createdAt: String

    init(_ account: Account) {
        id = account.id.text
        email = account.email.text
        isActive = account.isActive
        isSuperuser = account.isAdmin
        createdAt = CalendarText.rfc3339(account.createdAt)
    }

    enum CodingKeys: String, CodingKey {
        case id, email
        case isActive = "is_active"
        case isSuperuser = "is_superuser"
        case createdAt = "created_at"
    }
}
