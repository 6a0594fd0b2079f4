import GatewayCore
import Logging

/// Whether somebody knows an account's password, asked under the guard against guessing.
///
/// Who finds the hashing queue full is turned away before the store is asked anything, so that a flood of logins
/// costs little more than its requests.
///
/// Every attempt goes the same way, whatever the account is and whether or not it is locked: one flight to
/// the store, one check of a hash with the current parameters, one flight for the second factor, whether or not
/// there is one, and one flight more. An attempt that
/// cannot succeed, because there is no such account, it is disabled or a lock refuses it, is checked against
/// the dummy hash. Nothing that the caller sees tells these cases apart, nor any of them from a wrong
/// password.
struct CredentialCheck {
    let context: EndpointContext

    enum Outcome {
        /// It is their password. `replacement` is a hash of it with the current parameters where the stored one
        /// has others; `at` is the store's clock before the password was checked.
        case proven(Account, replacement: PasswordHash?, at: Timestamp)
        case refuted
    }

    /// `code` is what was typed of the second factor. A wrong one is a failure like a wrong password, in every respect.
    /// Refuses with `storeUnavailable` when a flight failed, so a success that could not be recorded is
    /// not one, and with `overloaded` when the password was not checked; that counts for nothing.
    func evaluate(
        _ email: EmailAddress, _ password: Password, code: SecondFactorInput?, for request: EndpointRequest
    ) async throws(Refusal) -> Outcome {
        do throws(Refusal) {
            let (outcome, counted) = try await check(email, password, code: code, for: request)
            context.onCredentialCheck(counted)
            return outcome
        } catch {
            context.onCredentialCheck(error.isOverloaded ? .overloaded : .storeUnavailable)
            throw error
        }
    }

    private func check(
        _ email: EmailAddress, _ password: Password, code: SecondFactorInput?, for request: EndpointRequest
    ) async throws(Refusal) -> (Outcome, counted: CredentialTally.Outcome) {
        guard context.passwords.hasRoom() else { throw .overloaded() }
        var attempt = LoginAttempt(email: email, address: request.address.prefix)
        attempt.device = try await context.devices.device(of: email, for: request, in: context)
        let policy = context.lockoutPolicy
        let opening = try await context.asking { [attempt] store throws(StoreFault) in
            try await store.begin(attempt, policy: policy)
        }
        if !opening.isKnownDevice { attempt.device = nil }
        let isEvaluated = opening.verdict == .evaluate
        let candidate = opening.account.flatMap { isEvaluated && $0.isActive ? $0 : nil }
        let hash = candidate?.passwordHash ?? context.passwords.dummyHash

        let answer: PasswordVerdict
        do throws(HashingFault) {
            answer = try await context.passwords.verify(password, hash)
        } catch {
            try await finish(attempt, as: isEvaluated ? .notEvaluated : .refused)
            if error == .failed {
                context.logger.error("a password could not be hashed", metadata: at(request))
            }
            throw .overloaded()
        }

        let objection = try await SecondFactorCheck(context: context).objection(
            to: answer.isMatch ? candidate : nil, email, code: code, for: request)
        if case .matches(let replacement) = answer, let candidate, objection == nil {
            try await finish(attempt, as: .succeeded)
            return (.proven(candidate, replacement: replacement, at: opening.now), .succeeded)
        }
        let exists = opening.account != nil
        try await finish(attempt, as: isEvaluated ? .failed(exists: exists) : .refused)
        note(answer, opening.verdict, opening.account, objection, request)
        for lock in opening.began {
            context.note(
                .locked, of: opening.account.map { .init($0) }, reason: lock.rawValue, for: request)
        }
        return (.refuted, isEvaluated ? .failed : .locked)
    }

    private func finish(_ attempt: LoginAttempt, as result: LoginResult) async throws(Refusal) {
        let policy = context.lockoutPolicy
        try await context.asking { store throws(StoreFault) in
            try await store.finish(attempt, as: result, policy: policy)
        }
    }

    /// Tells the operator what the caller is not told. The name that was typed stays out: people type
    /// passwords there.
    private func note(
        _ answer: PasswordVerdict, _ verdict: LockoutVerdict, _ account: Account?, _ objection: String?,
        _ request: EndpointRequest
    ) {
        let reason =
            switch (verdict, answer) {
            case (.refused(let reason), _): "locked-\(reason.rawValue)"
            case (_, .unusable(let reason)): "\(reason.rawValue)-hash"
            case (_, .matches): objection ?? Self.reason(account)
            case (_, .differs): Self.reason(account)
            }
        context.note(.loginFailed, of: account.map { .init($0) }, reason: reason, for: request)
    }

    private static func reason(_ account: Account?) -> String {
        guard let account else { return "unknown-account" }
        return account.isActive ? "wrong-password" : "disabled"
    }

    private func at(_ request: EndpointRequest) -> Logger.Metadata {
        ["request_id": "\(request.id)", "address": "\(request.address)"]
    }
}
