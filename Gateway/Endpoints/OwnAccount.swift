import GatewayCore
import ServiceCore

/// What users see and change of their own account.
enum OwnAccount {
    /// `GET /api/v1/auth/me`.
    static func show(_ context: EndpointContext) -> Endpoint {
        Endpoint("GET", "/api/v1/auth/me", require: .user) { request throws(Refusal) in
            let user = try request.caller().user
            let account = try await context.asking { store throws(StoreFault) in try await store.account(user)
            }
            // Deleted since the session was looked up.
            guard let account else { throw .unauthenticated }
            return try .json(AccountView(account))
        }
    }

    /// `PUT /api/v1/auth/password` with `current_password` and `new_password`: 204, and every other session of the user
    /// ends (pain 26).
    ///
    /// A browser's session goes on under a new token, and the old one is good for a moment longer, so that
    /// what the page has under way does not fail (pain 23). A bearer session stays under its token, as a 204
    /// has nowhere to put another: it gains no right that it had not. The current password is asked under the
    /// guard of the login, so a stolen session cannot be used to guess it. The new one is judged first: that
    /// costs nothing and tells nothing.
    static func changePassword(_ context: EndpointContext) -> Endpoint {
        Endpoint("PUT", "/api/v1/auth/password", require: .user, takesCredentials: true) {
            request throws(Refusal) in
            let caller = try request.loggedInCaller()
            let change = try PasswordChange(
                of: request, for: caller.session.email, policy: context.passwordPolicy)
            let outcome = try await CredentialCheck(context: context)
                .evaluate(caller.session.email, change.current, code: change.code, for: request)
            guard case .proven(let account, _, _) = outcome, account.id == caller.user else {
                throw .wrongCurrentPassword
            }
            let hash = try await context.hashed(change.new)
            // Once before, so that whoever else is in is out even if the store goes away after the change;
            // once after, because a login with the old password may have come in between.
            var ended = try await endOthers(than: caller, context)
            let isChanged = try await context.asking { store throws(StoreFault) in
                try await store.setPassword(
                    hash, of: account.id, replacing: account.passwordHash, at: request.now)
            }
            guard isChanged else { throw .changedMeanwhile }
            context.note(.passwordChanged, byAndOf: caller, reason: "by-owner", for: request)
            ended += try await endOthers(than: caller, context)
            if ended > 0 {
                context.note(
                    .sessionRevoked, byAndOf: caller, reason: "password-changed", count: ended, for: request)
            }
            // Whoever knew the old password may have made devices of their own known.
            let moment = try await context.asking { store throws(StoreFault) in
                try await store.forgetDevices(of: account.email)
            }
            let device = try await context.devices.introduction(
                to: account.email, since: moment, for: request, in: context)
            var answer = await renewed(caller, for: request, context)
            answer.headers.append(device)
            return answer
        }
    }

    /// 204, to a browser with a new token for its session.
    private static func renewed(
        _ caller: Principal, for request: EndpointRequest, _ context: EndpointContext
    ) async -> EndpointResponse {
        guard caller.credential == .cookie else { return .done }
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
                account.passwordChangedAt == request.now
            else {
                _ = try await context.store.end(session.digest)
                return .done
            }
        } catch {
            // The password is changed; that the session stays under its old token is no reason to say
            // otherwise.
            context.logger.warning(
                "a session was not given a new token",
                metadata: ["request_id": "\(request.id)", "user": "\(caller.user)"])
            return .done
        }
        var answer = EndpointResponse.done
        let cookie = SessionCookie(isSecure: request.isSecure, client: request.address)
        answer.headers.append(("Set-Cookie", cookie.setting(token)))
        return answer
    }

    /// Answers how many there were.
    private static func endOthers(
        than caller: Principal, _ context: EndpointContext
    ) async throws(Refusal) -> Int {
        try await context.asking { store throws(StoreFault) in
            try await store.endAll(of: caller.user, except: caller.session.digest)
        }
    }
}

/// The two passwords of a change, the new one found acceptable.
private struct PasswordChange {
    var current: Password
    var new: Password
    /// The second factor, where the account has one.
    var code: SecondFactorInput?

    init(of request: EndpointRequest, for email: EmailAddress, policy: PasswordPolicy) throws(Refusal) {
        let fields = try RequestFields(of: request, named: ["current_password", "new_password", "code"])
        var faults = FieldFaults()
        let current = faults.collecting { () throws(FieldFault) in
            try LoginCredentials.password(in: fields, "current_password")
        }
        let new = faults.collecting { () throws(FieldFault) in
            let new = try LoginCredentials.password(in: fields, "new_password")
            let isUnchanged = current.map(new.isSame) ?? false
            if let fault = isUnchanged ? PasswordFault.unchanged : policy.fault(in: new, for: email) {
                throw FieldFault("new_password", fault.sentence)
            }
            return new
        }
        let code = faults.collecting { () throws(FieldFault) in try LoginCredentials.code(in: fields) }
        guard let current, let new, let code else { throw faults.refusal }
        self.current = current
        self.new = new
        self.code = code
    }
}
