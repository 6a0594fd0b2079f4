import GatewayCore

/// Ending one's sessions.
enum Logout {
    /// `POST /api/v1/auth/logout`: ends the session that asks. 204.
    static func one(_ context: EndpointContext) -> Endpoint {
        Endpoint("POST", "/api/v1/auth/logout", require: .user) { request throws(Refusal) in
            let caller = try request.loggedInCaller()
            _ = try await context.asking { store throws(StoreFault) in
                try await store.end(caller.session.digest)
            }
            context.note(
                .sessionEnded, byAndOf: caller, session: caller.session.digest.sessionID, for: request)
            return .ended(request)
        }
    }

    /// `POST /api/v1/auth/logout-all`: ends every session of the user, the asking one included. 204. Takes one
    /// that began of late (ASVS 5.0, 7.5.2): whoever has stolen an older one cannot lock its owner out of all others.
    static func all(_ context: EndpointContext) -> Endpoint {
        Endpoint("POST", "/api/v1/auth/logout-all", require: .user) { request throws(Refusal) in
            let caller = try request.freshlyLoggedInCaller(within: context.freshness)
            let ended = try await context.asking { store throws(StoreFault) in
                try await store.endAll(of: caller.user, except: nil)
            }
            context.note(
                .sessionEnded, byAndOf: caller, reason: "logout-all", count: ended, for: request)
            return .ended(request)
        }
    }
}

extension EndpointResponse {
    /// 204 to a caller whose session has just ended; a browser is told to forget its cookie.
    static func ended(_ request: EndpointRequest) -> EndpointResponse {
        var answer = EndpointResponse.done
        if request.principal?.credential == .cookie {
            let cookie = SessionCookie(isSecure: request.isSecure, client: request.address)
            answer.headers.append(("Set-Cookie", cookie.clearing))
        }
        return answer
    }
}
