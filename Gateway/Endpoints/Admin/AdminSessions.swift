import GatewayCore

/// `/api/v1/admin/sessions?user=`: a user's sessions. An API key lists them and ends none (403).
enum AdminSessions {
    /// `GET`: `{"sessions": […]}`, newest first.
    static func list(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "GET", "/sessions") { request throws(Refusal) in
            let account = try await owner(request, context)
            let sessions = try await context.asking { store throws(StoreFault) in
                try await store.list(of: account.id)
            }
            let live = sessions.filter { context.sessionPolicy.isLive($0, at: request.now) }
            return try .json(Listing(sessions: live.map { SessionView($0, context.sessionPolicy) }))
        }
    }

    /// `DELETE`: ends all of them; `{"ended": 3}`.
    static func revokeAll(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "DELETE", "/sessions") { request throws(Refusal) in
            let caller = try request.loggedInCaller()
            let account = try await owner(request, context)
            let ended = try await context.asking { store throws(StoreFault) in
                try await store.endAll(of: account.id, except: nil)
            }
            context.note(
                .sessionRevoked, by: .init(caller), of: .init(account), reason: "all", count: ended,
                for: request)
            return try .json(Ended(ended: ended))
        }
    }

    /// `DELETE /{id}`: ends one of them: 204; 404 for one that is not that user's.
    static func revoke(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "DELETE", "/sessions/{id}") { request throws(Refusal) in
            let caller = try request.loggedInCaller()
            let account = try await owner(request, context)
            guard let id = SessionID(request.lastSegment) else { throw .noSuchSession }
            let wasThere = try await context.asking { store throws(StoreFault) in
                try await store.end(id, of: account.id)
            }
            guard wasThere else { throw .noSuchSession }
            context.note(
                .sessionRevoked, by: .init(caller), of: .init(account), session: id, for: request)
            return .done
        }
    }

    private static func owner(
        _ request: EndpointRequest, _ context: EndpointContext
    ) async throws(Refusal) -> Account {
        guard let name = Query.value(of: "user", in: request.query) else {
            throw .invalidInput([.init(field: "user", message: "is missing: an e-mail address or an ID")])
        }
        return try await context.account(named: name)
    }

    private struct Ended: Encodable { var ended: Int }
    private struct Listing: Encodable { var sessions: [SessionView] }
}
