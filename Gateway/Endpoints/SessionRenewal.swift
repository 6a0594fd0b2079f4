import GatewayCore

/// New tokens for old: whoever authenticates anew, or changes what authentication rests on, goes on under another
/// token, and the one before ends (ASVS 5.0, 7.2.4).
struct SessionRenewal {
    let context: EndpointContext
    let request: EndpointRequest

    /// Ends the session that the request shows, whose owner has just logged in: they have a new one now. The old
    /// token is good for a moment longer, for what a page has under way (pain 23). Left alone it would live on
    /// unseen. That it could not be ended is no reason to refuse the login.
    func retireShown() async {
        guard let old = request.shownSession else { return }
        do throws(StoreFault) {
            _ = try await context.store.retire(old, in: context.sessionPolicy.rotationGrace)
        } catch {
            context.logger.warning(
                "a session that was replaced was not ended", metadata: ["request_id": "\(request.id)"])
        }
    }

    /// Ends every session of the caller but the one that asks; answers how many there were.
    func endOthers(than caller: Principal) async throws(Refusal) -> Int {
        try await context.asking { store throws(StoreFault) in
            try await store.endAll(of: caller.user, except: caller.session.digest)
        }
    }

    /// The header with which a browser's session goes on under a new token, as long as it would have; empty for a
    /// bearer session, which stays under its token: it gains no right that it had not. `changed` is when the
    /// account's password was set, as far as the caller knows.
    ///
    /// What the caller asked for is done, so that a session stays under its old token is no reason to say otherwise.
    func cookie(
        of caller: Principal, passwordSetAt changed: Timestamp
    ) async -> [(name: String, value: String)] {
        guard caller.credential == .cookie else { return [] }
        let token = SessionToken.random()
        let session = caller.session.renewed(under: token, at: request.now)
        let policy = context.sessionPolicy
        do throws(StoreFault) {
            try await context.store.begin(session, policy: policy)
            let wasThere = try await context.store.retire(caller.session.digest, in: policy.rotationGrace)
            // Whoever disables an account or changes what it may ends its sessions afterwards: either they
            // met the new one, or what they did is seen here.
            let account = try await context.store.account(caller.user)
            guard wasThere, let account, account.isActive, account.isAdmin == session.isAdmin,
                account.passwordChangedAt == changed
            else {
                _ = try await context.store.end(session.digest)
                return []
            }
        } catch {
            context.logger.warning(
                "a session was not given a new token",
                metadata: ["request_id": "\(request.id)", "user": "\(caller.user)"])
            return []
        }
        let cookie = SessionCookie(isSecure: request.isSecure, client: request.address)
        return [("Set-Cookie", cookie.setting(token))]
    }
}
