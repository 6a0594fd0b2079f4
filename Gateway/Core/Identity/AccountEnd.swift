/// Ending what an account opens, in one place: what is new and lets somebody in by an account belongs into
/// `endAccess`, and what is kept about one into `delete`.
package enum AccountEnd {
    /// What went with it.
    package struct Ended: Sendable, Hashable {
        package var sessions: Int
        package var keys: Int
    }

    /// Deletes an account with its sessions and API keys, and what counts wrong passwords of it. Nil where there is no such
    /// account.
    package static func delete(
        _ account: Account, in store: any AccountStore & SessionStore & KeyStore & LockoutStore
    ) async throws(StoreFault) -> Ended? {
        // First the account: no session can begin between the two.
        guard try await store.delete(account.id) else { return nil }
        let ended = try await endAccess(of: account.id, in: store)
        _ = try await store.unlock(.account(account.email))
        // Whoever gets the address next has devices of their own.
        _ = try await store.forgetDevices(of: account.email)
        return ended
    }

    /// Keeps an account from logging in and ends what it has open. Nil where there is no such account.
    package static func disable(
        _ account: Account, in store: any AccountStore & SessionStore & KeyStore
    ) async throws(StoreFault) -> Ended? {
        guard try await store.setActive(false, of: account.id) else { return nil }
        return try await endAccess(of: account.id, in: store)
    }

    /// Ends everything that lets somebody in as this user without the password.
    private static func endAccess(
        of user: UserID, in store: any SessionStore & KeyStore
    ) async throws(StoreFault) -> Ended {
        let keys = try await store.endKeys(of: user, having: nil)
        return Ended(sessions: try await store.endAll(of: user, except: nil), keys: keys)
    }
}
