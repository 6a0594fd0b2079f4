import GatewayCore

/// A session as its owner and administrators see it; times as RFC 3339.
struct SessionView: Encodable {
    var id: String
    var createdAt: String
    var lastUsedAt: String
    /// The end that no use postpones.
    var expiresAt: String
    /// When it ends if it is not used again; use is noted at most once in a while, so it may last a little longer.
    var idleExpiresAt: String
    var address: String
    var userAgent: String
    /// Whether it is the session that asks; left out where somebody else's sessions are shown.
    var isCurrent: Bool?

    init(_ session: Session, _ policy: SessionPolicy, asking: SessionDigest? = nil) {
        id = session.digest.sessionID.description
        createdAt = CalendarText.rfc3339(session.createdAt)
        lastUsedAt = CalendarText.rfc3339(session.lastUsedAt)
        expiresAt = CalendarText.rfc3339(session.expiresAt)
        idleExpiresAt = CalendarText.rfc3339(min(session.expiresAt, session.lastUsedAt + policy.idleTimeout))
        address = session.address
        userAgent = session.userAgent
        isCurrent = asking.map { $0 == session.digest }
    }

    enum CodingKeys: String, CodingKey {
        case id, address
        case createdAt = "created_at"
        case lastUsedAt = "last_used_at"
        case expiresAt = "expires_at"
        case idleExpiresAt = "idle_expires_at"
        case userAgent = "user_agent"
        case isCurrent = "current"
    }
}
