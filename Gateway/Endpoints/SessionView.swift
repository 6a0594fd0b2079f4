import GatewayCore

/// A session as its owner and administrators see it; times as RFC 3339.
struct SessionView: Encodable {
    var id: String
    var createdAt: String
    var lastUsedAt: String
    var expiresAt: String
    var address: String
    var userAgent: String
    /// Whether it is the session that asks; left out where somebody else's sessions are shown.
    var isCurrent: Bool?

    init(_ session: Session, asking: SessionDigest? = nil) {
        id = session.digest.sessionID.description
        createdAt = CalendarText.rfc3339(session.createdAt)
        lastUsedAt = CalendarText.rfc3339(session.lastUsedAt)
        expiresAt = CalendarText.rfc3339(session.expiresAt)
        address = session.address
        userAgent = session.userAgent
        isCurrent = asking.map { $0 == session.digest }
    }

    enum CodingKeys: String, CodingKey {
        case id, address
        case createdAt = "created_at"
        case lastUsedAt = "last_used_at"
        case expiresAt = "expires_at"
        case userAgent = "user_agent"
        case isCurrent = "current"
    }
}
