/// Who must have a second factor, and how secrets are kept.
package struct SecondFactorPolicy: Sendable {
    package enum Role: String, Sendable, Hashable, CaseIterable { case admin, user }

    /// Accounts of these roles do not log in without one.
    package var requiredFor: Set<Role>
    package var vault: SecondFactorVault
    /// What authenticator apps show beside the account.
    package var issuer: String
    /// Steps before and after the present one whose codes count as well; one of `TOTP.windows`.
    package let window: Int64

    package init(
        requiredFor: Set<Role> = [], vault: SecondFactorVault = SecondFactorVault(keyMaterial: nil),
        issuer: String = "fillgate", window: Int64 = 1
    ) {
        self.requiredFor = requiredFor
        self.vault = vault
        self.issuer = issuer
        self.window = min(max(window, TOTP.windows.lowerBound), TOTP.windows.upperBound)
    }

    package func isRequired(of account: Account) -> Bool {
        requiredFor.contains(account.isAdmin ? .admin : .user)
    }
}

/// A secret that is being brought in: what its owner needs to see, once.
package struct SecondFactorOffer: Sendable {
    /// How long it may be confirmed: long enough to find the phone, and no longer, so that a browser that was left in
    /// the middle of it is not taken over later.
    package static let lifetime = Duration.seconds(600)

    package let secret: TOTPSecret
    package let sealed: SealedSecret
    /// What the QR code says.
    package let uri: String

    /// A fresh one; nil where it could not be sealed.
    package init?(for account: Account, _ policy: SecondFactorPolicy) {
        let secret = TOTPSecret.random()
        guard let sealed = policy.vault.seal(secret, for: account.id) else { return nil }
        self.init(secret, sealed, account, policy)
    }

    /// One that was made before; nil where it cannot be opened any more.
    package init?(_ sealed: SealedSecret, for account: Account, _ policy: SecondFactorPolicy) {
        guard let secret = policy.vault.open(sealed, of: account.id) else { return nil }
        self.init(secret, sealed, account, policy)
    }

    private init(
        _ secret: TOTPSecret, _ sealed: SealedSecret, _ account: Account, _ policy: SecondFactorPolicy
    ) {
        self.secret = secret
        self.sealed = sealed
        uri = secret.uri(for: account.email, issuer: policy.issuer)
    }
}

extension SecondFactor {
    /// What counts once a secret is confirmed, and the recovery codes that go with it, which are shown now or never.
    package static func confirmed(
        _ secret: SealedSecret, at step: Int64
    ) -> (factor: SecondFactor, codes: [RecoveryCode]) {
        let codes = (0..<RecoveryCode.perEnrolment).map { _ in RecoveryCode.random() }
        return (SecondFactor(secret: secret, lastStep: step, recovery: codes.map(\.digest)), codes)
    }
}
