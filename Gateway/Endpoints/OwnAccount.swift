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

    /// `GET /api/v1/auth/password`: what a new password must be like, as far as it can be said in numbers: characters.
    static func passwordRule(_ context: EndpointContext) -> Endpoint {
        Endpoint("GET", "/api/v1/auth/password", require: .user) { (_) throws(Refusal) in
            let policy = context.passwordPolicy
            return try .json(PasswordRule(minLength: policy.minLength, maxLength: policy.maxLength))
        }
    }

    private struct PasswordRule: Encodable {
        var minLength: Int
        var maxLength: Int

        enum CodingKeys: String, CodingKey {
            case minLength = "min_length"
            case maxLength = "max_length"
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
            let renewal = SessionRenewal(context: context, request: request)
            var ended = try await renewal.endOthers(than: caller)
            let isChanged = try await context.asking { store throws(StoreFault) in
                try await store.setPassword(
                    hash, of: account.id, replacing: account.passwordHash, at: request.now)
            }
            guard isChanged else { throw .changedMeanwhile }
            context.note(.passwordChanged, byAndOf: caller, reason: "by-owner", for: request)
            ended += try await renewal.endOthers(than: caller)
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
            var answer = EndpointResponse.done
            answer.headers += await renewal.cookie(of: caller, passwordSetAt: request.now)
            answer.headers.append(device)
            return answer
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
