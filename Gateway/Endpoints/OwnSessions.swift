import GatewayCore

/// What users see of their own sessions.
enum OwnSessions {
    /// `GET /api/v1/auth/sessions`: `{"sessions": […]}`, newest first.
    static func list(_ context: EndpointContext) -> Endpoint {
        Endpoint("GET", "/api/v1/auth/sessions", require: .user) { request throws(Refusal) in
            let caller = try request.loggedInCaller()
            let sessions = try await context.asking { store throws(StoreFault) in
                try await store.list(of: caller.user)
            }
            let live = sessions.filter { context.sessionPolicy.isLive($0, at: request.now) }
            return try .json(
                Listing(sessions: live.map { SessionView($0, asking: caller.session.digest) }))
        }
    }

    /// `DELETE /api/v1/auth/sessions/{id}`: 204; 404 for one that is not the caller's, whether or not it is somebody's.
    /// Any session but the one that asks takes one that began of late (ASVS 5.0, 7.5.2).
    static func end(_ context: EndpointContext) -> Endpoint {
        Endpoint("DELETE", "/api/v1/auth/sessions/{id}", require: .user) { request throws(Refusal) in
            let caller = try request.loggedInCaller()
            let segment = request.path.split(separator: "/").last.map(String.init) ?? ""
            guard let id = SessionID(segment) else { throw .noSuchSession }
            if id != caller.session.digest.sessionID {
                _ = try request.freshlyLoggedInCaller(within: context.freshness)
            }
            let wasThere = try await context.asking { store throws(StoreFault) in
                try await store.end(id, of: caller.user)
            }
            guard wasThere else { throw .noSuchSession }
            context.note(.sessionRevoked, byAndOf: caller, session: id, reason: "by-owner", for: request)
            return id == caller.session.digest.sessionID ? .ended(request) : .done
        }
    }

    private struct Listing: Encodable {
        var sessions: [SessionView]
    }

    private struct SessionView: Encodable {
        var id: String
        var createdAt: String
        var lastUsedAt: String
        var expiresAt: String
        var address: String
        var userAgent: String
        /// Whether it is the session that asks.
        var isCurrent: Bool

        init(_ session: Session, asking: SessionDigest) {
            id = session.digest.sessionID.description
            createdAt = CalendarText.rfc3339(session.createdAt)
            lastUsedAt = CalendarText.rfc3339(session.lastUsedAt)
            expiresAt = CalendarText.rfc3339(session.expiresAt)
            address = session.address
            userAgent = session.userAgent
            isCurrent = session.digest == asking
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
}
