import GatewayCore

/// Bringing in and taking away one's own second factor: what the API and the page have in common.
struct SecondFactorEnrolment {
    let context: EndpointContext
    let request: EndpointRequest

    /// The caller's account.
    func account() async throws(Refusal) -> Account {
        let user = try request.loggedInCaller().user
        let account = try await context.asking { store throws(StoreFault) in try await store.account(user) }
        // Deleted since the session was looked up.
        guard let account else { throw .unauthenticated }
        return account
    }

    /// A fresh secret for whoever proves the password.
    func begin() async throws(Refusal) -> SecondFactorOffer {
        let account = try await proven()
        guard account.secondFactor == nil else { throw .secondFactorEnrolled }
        guard let offer = SecondFactorOffer(for: account, context.secondFactor) else { throw .internalError }
        let isKept = try await context.asking { store throws(StoreFault) in
            try await store.offerSecondFactor(offer.sealed, to: account, for: SecondFactorOffer.lifetime)
        }
        guard isKept else { throw .changedMeanwhile }
        return offer
    }

    /// The secret that was offered and is not confirmed; `noSecondFactor` where there is none, or no more.
    private func offered() async throws(Refusal) -> (account: Account, offer: SecondFactorOffer) {
        let account = try await account()
        guard let sealed = account.offeredSecret, let end = account.offerEndsAt, request.now < end,
            let offer = SecondFactorOffer(sealed, for: account, context.secondFactor)
        else { throw .noSecondFactor }
        return (account, offer)
    }

    /// Makes the offered secret count if the request holds its code; answers the recovery codes, and a header with
    /// the new token of a browser's session. Every other session of the user ends.
    func confirm() async throws(Refusal) -> (
        codes: [RecoveryCode], headers: [(name: String, value: String)]
    ) {
        let caller = try request.loggedInCaller()
        let code = try SecondFactorFields(of: request).required()
        let (account, offer) = try await offered()
        let window = context.secondFactor.window
        guard let step = TOTP.step(ofCode: code, offer.secret, at: request.now, window: window) else {
            throw .invalidInput([.init(field: "code", message: "is not the code that the app shows now")])
        }
        let (factor, codes) = SecondFactor.confirmed(offer.sealed, at: step)
        let isKept = try await context.asking { store throws(StoreFault) in
            try await store.confirmSecondFactor(factor, of: account)
        }
        guard isKept else { throw .changedMeanwhile }
        context.note(.secondFactorEnrolled, byAndOf: caller, for: request)
        return (codes, try await settle(.secondFactorEnrolled, account, caller))
    }

    /// Takes it away from whoever proves the password and it. Sessions end, and the header is, as at `confirm`.
    func remove() async throws(Refusal) -> [(name: String, value: String)] {
        let caller = try request.loggedInCaller()
        let account = try await proven()
        guard !context.secondFactor.isRequired(of: account) else { throw .secondFactorRequired }
        let wasThere = try await context.asking { store throws(StoreFault) in
            try await store.removeSecondFactor(of: account)
        }
        guard wasThere else { throw .noSecondFactor }
        context.note(.secondFactorRemoved, byAndOf: caller, reason: "by-owner", for: request)
        return try await settle(.secondFactorRemoved, account, caller)
    }

    /// Ends every other session, which began under what was asked for before, and gives this one a new token.
    private func settle(
        _ kind: AuditEvent.Kind, _ account: Account, _ caller: Principal
    ) async throws(Refusal) -> [(name: String, value: String)] {
        let renewal = SessionRenewal(context: context, request: request)
        let ended = try await renewal.endOthers(than: caller)
        if ended > 0 {
            context.note(
                .sessionRevoked, byAndOf: caller, reason: kind.rawValue, count: ended, for: request)
        }
        return await renewal.cookie(of: caller, passwordSetAt: account.passwordChangedAt)
    }

    /// The caller's account, whose password, and second factor if there is one, the request proves.
    private func proven() async throws(Refusal) -> Account {
        let caller = try request.loggedInCaller()
        let fields = try SecondFactorFields(of: request)
        let password = try fields.password()
        let outcome = try await CredentialCheck(context: context).evaluate(
            caller.session.email, password, code: fields.code, for: request)
        guard case .proven(let account, _, _) = outcome, account.id == caller.user else {
            throw .wrongCurrentPassword
        }
        return account
    }
}

/// `password` and `code`, as far as a request brings them.
private struct SecondFactorFields {
    private let fields: RequestFields
    let code: SecondFactorInput?

    init(of request: EndpointRequest) throws(Refusal) {
        fields = try RequestFields(of: request, named: ["password", "code"])
        do throws(FieldFault) {
            code = try LoginCredentials.code(in: fields)
        } catch {
            throw .invalidInput([error.fault])
        }
    }

    func password() throws(Refusal) -> Password {
        do throws(FieldFault) {
            return try LoginCredentials.password(in: fields, "password")
        } catch {
            throw .invalidInput([error.fault])
        }
    }

    func required() throws(Refusal) -> SecondFactorInput {
        guard let code else { throw .invalidInput([.init(field: "code", message: "is missing")]) }
        return code
    }
}
