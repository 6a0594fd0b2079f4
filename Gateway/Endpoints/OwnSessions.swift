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
                Listing(
                    sessions: live.map {
                        SessionView($0, context.sessionPolicy, asking: caller.session.digest)
                    }))
        }
    }

    /// `DELETE /api/v1/auth/sessions/{id}`: 204; 404 for one that is not the caller's, whether or not it is somebody's.
    /// Any session but the one that asks takes one that began of late (ASVS 5.0, 7.5.2).
    static func end(_ context: EndpointContext) -> Endpoint {
        Endpoint("DELETE", "/api/v1/auth/sessions/{id}", require: .user) { request throws(Refusal) in
            let caller = try request.loggedInCaller()
            guard let id = SessionID(request.lastSegment) else { throw .noSuchSession }
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
}
