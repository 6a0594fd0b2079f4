import GatewayCore

/// Whether somebody who knows the password also has the account's second factor.
///
/// Every attempt costs the same, whatever came of the password and whether or not the account has a second factor:
/// the codes of as many steps are worked out, of a secret of nobody's where there is none, and one flight asks
/// the store to use up what was typed, or nothing.
struct SecondFactorCheck {
    let context: EndpointContext

    /// Of nobody's; made once a process.
    private static let nobodys = TOTPSecret.random()
    /// Stands for a code where none was typed.
    private static let nothing = SecondFactorInput(SecretBytes(copying: [0x2E]))

    /// Why `candidate`, who has proved the password, is not let in; nil where they are. The word is for operators
    /// alone. `candidate` is nil where the password was not proved: then the answer says nothing.
    func objection(
        to candidate: Account?, _ email: EmailAddress, code: SecondFactorInput?, for request: EndpointRequest
    ) async throws(Refusal) -> String? {
        let factor = candidate?.secondFactor
        var secret: TOTPSecret?
        if let candidate, let factor {
            secret = context.secondFactor.vault.open(factor.secret, of: candidate.id)
        }
        var step: Int64?
        if let typed = code ?? Self.nothing {
            step = TOTP.step(
                ofCode: typed, secret ?? Self.nobodys, at: request.now, window: context.secondFactor.window)
        }
        let use: SecondFactorUse =
            switch (factor, code) {
            case (nil, _), (_, nil): .nothing
            case (_, let code?) where code.isCode:
                secret == nil ? .nothing : step.map(SecondFactorUse.step) ?? .nothing
            case (_, let code?): .recovery(code.recovery)
            }
        let isUsed = try await context.asking { store throws(StoreFault) in
            try await store.useSecondFactor(use, of: email, candidate?.id)
        }
        guard let candidate else { return nil }
        guard factor != nil else {
            return context.secondFactor.isRequired(of: candidate) ? "second-factor-not-enrolled" : nil
        }
        if isUsed {
            if case .recovery = use {
                context.note(.recoveryCodeUsed, of: .init(candidate), for: request)
            }
            return nil
        }
        if code == nil { return "second-factor-missing" }
        return secret == nil ? "second-factor-unreadable" : "second-factor-wrong"
    }
}
