/// Second factors of accounts. Every verb is one flight and touches the account's record only.
package protocol SecondFactorStore: AnyObject {
    /// Keeps a secret until it is confirmed, for `lifetime` by the store's own clock, in place of one that was offered
    /// before. A new password takes it away. False where there is no such account.
    func offerSecondFactor(
        _ secret: SealedSecret, to account: Account, for lifetime: Duration
    ) async throws(StoreFault) -> Bool
    /// From now on `factor` is asked for, if its secret is the one that was offered last and its time is not over;
    /// false if it is not.
    func confirmSecondFactor(_ factor: SecondFactor, of account: Account) async throws(StoreFault) -> Bool
    /// Uses up a step or a recovery code, once, however many ask at the same moment; false where it has been used,
    /// or is none. `nothing` is always false and costs the same, as does an account that is not there.
    func useSecondFactor(
        _ use: SecondFactorUse, of email: EmailAddress, _ user: UserID?
    ) async throws(StoreFault) -> Bool
    /// Forgets what was offered and what is asked for; false where there was neither.
    func removeSecondFactor(of account: Account) async throws(StoreFault) -> Bool
}
