import GatewayCore
import Logging
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
    /// The asking session stays under its token: it gains no right that it had not, and its holder has just
    /// proved the password. The current password is asked under the guard of the login, so a stolen session
    /// cannot be used to guess it. The new one is judged first: that costs nothing and tells nothing.
    static func changePassword(_ context: EndpointContext) -> Endpoint {
        Endpoint("PUT", "/api/v1/auth/password", require: .user, takesCredentials: true) {
            request throws(Refusal) in
            let caller = try request.caller()
            let change = try PasswordChange(
                of: request, for: caller.session.email, policy: context.passwordPolicy)
            let outcome = try await CredentialCheck(context: context)
                .evaluate(caller.session.email, change.current, for: request)
            guard case .proven(let account, _) = outcome, account.id == caller.user else {
                throw .wrongCurrentPassword
            }
            let hash = try await hashed(change.new, context)
            // Once before, so that whoever else is in is out even if the store goes away after the change;
            // once after, because a login with the old password may have come in between.
            try await endOthers(than: caller, context)
            let isChanged = try await context.asking { store throws(StoreFault) in
                try await store.setPassword(
                    hash, of: account.id, replacing: account.passwordHash, at: request.now)
            }
            guard isChanged else { throw .changedMeanwhile }
            context.logger.info(
                "a password was changed by its owner",
                metadata: [
                    "request_id": "\(request.id)", "user": "\(account.id)", "address": "\(request.address)",
                ])
            try await endOthers(than: caller, context)
            return .done
        }
    }

    private static func endOthers(than caller: Principal, _ context: EndpointContext) async throws(Refusal) {
        _ = try await context.asking { store throws(StoreFault) in
            try await store.endAll(of: caller.user, except: caller.session.digest)
        }
    }

    private static func hashed(
        _ password: Password, _ context: EndpointContext
    ) async throws(Refusal) -> PasswordHash {
        do throws(HashingFault) {
            return try await context.passwords.hash(password)
        } catch {
            throw .overloaded
        }
    }
}

/// The two passwords of a change, the new one found acceptable.
private struct PasswordChange {
    var current: Password
    var new: Password

    init(of request: EndpointRequest, for email: EmailAddress, policy: PasswordPolicy) throws(Refusal) {
        let fields = try RequestFields(of: request, named: ["current_password", "new_password"])
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
        guard let current, let new else { throw faults.refusal }
        self.current = current
        self.new = new
    }
}
