import GatewayCore

/// What an administrator does to an account, with the event that it leaves.
///
/// Nobody disables, demotes or deletes themselves here, or sets their own password, so whoever acts is left. Two administrators who do it to
/// each other at the same moment are told so: each looks, after the change, whether they still are one, and takes the
/// change back if they are not. So there always is an administrator left.
struct AdminCare {
    let context: EndpointContext
    let caller: Principal
    let request: EndpointRequest

    func forbidSelf(_ account: Account, where isDangerous: Bool) throws(Refusal) {
        if isDangerous, account.id == caller.user { throw .ownAccount }
    }

    func setActive(_ isActive: Bool, of account: Account) async throws(Refusal) {
        try await write { store throws(StoreFault) in try await store.setActive(isActive, of: account.id) }
        if !isActive, account.isAdmin, try await !callerIsAdministrator() {
            try await write { store throws(StoreFault) in try await store.setActive(true, of: account.id) }
            throw .lastAdministrator
        }
        if !isActive { try await endKeys(of: account, having: nil) }
        try await settle(isActive ? .accountEnabled : .accountDisabled, account, ending: !isActive)
    }

    func setAdmin(_ isAdmin: Bool, of account: Account) async throws(Refusal) {
        try await write { store throws(StoreFault) in try await store.setAdmin(isAdmin, of: account.id) }
        if !isAdmin, try await !callerIsAdministrator() {
            try await write { store throws(StoreFault) in try await store.setAdmin(true, of: account.id) }
            throw .lastAdministrator
        }
        if !isAdmin { try await endKeys(of: account, having: .admin) }
        // New rights come with a new session.
        try await settle(.accountChanged, account, reason: isAdmin ? "admin" : "not-admin", ending: true)
    }

    func setPassword(_ password: Password, of account: Account) async throws(Refusal) {
        let hash = try await context.hashed(password)
        try await write { store throws(StoreFault) in
            try await store.setPassword(hash, of: account.id, replacing: nil, at: request.now)
        }
        // Whoever knew the old one may have made devices of their own known.
        _ = try await context.asking { store throws(StoreFault) in
            try await store.forgetDevices(of: account.email)
        }
        try await settle(.passwordChanged, account, reason: "by-administrator", ending: true)
    }

    func delete(_ account: Account) async throws(Refusal) {
        if account.isAdmin, account.isActive {
            // What is deleted cannot be taken back; what is disabled can.
            try await setActive(false, of: account)
        }
        let ended = try await context.asking { store throws(StoreFault) in
            try await AccountEnd.delete(account, in: store)
        }
        guard let ended else { throw .noSuchUser }
        context.note(.accountDeleted, by: .init(caller), of: .init(account), for: request)
        if ended.sessions > 0 {
            context.note(
                .sessionRevoked, by: .init(caller), of: .init(account), reason: "account-deleted",
                count: ended.sessions, for: request)
        }
    }

    /// Makes a change; `noSuchUser` where the account has gone.
    private func write(
        _ change: nonisolated(nonsending) (any GatewayStore) async throws(StoreFault) -> Bool
    ) async throws(Refusal) {
        guard try await context.asking(change) else { throw .noSuchUser }
    }

    private func callerIsAdministrator() async throws(Refusal) -> Bool {
        let own = try await context.asking { store throws(StoreFault) in
            try await store.account(caller.user)
        }
        return own.map { $0.isActive && $0.isAdmin } ?? false
    }

    /// Ends the account's API keys that have these scopes; nil: all of them.
    private func endKeys(of account: Account, having scopes: KeyScopes?) async throws(Refusal) {
        let ended = try await context.asking { store throws(StoreFault) in
            try await store.endKeys(of: account.id, having: scopes)
        }
        guard ended > 0 else { return }
        context.note(
            .keyRevoked, by: .init(caller), of: .init(account), count: ended, for: request)
    }

    /// Ends the account's sessions where that is due, and leaves the events. The administrator's own session stays.
    private func settle(
        _ kind: AuditEvent.Kind, _ account: Account, reason: String? = nil, ending: Bool
    ) async throws(Refusal) {
        context.note(kind, by: .init(caller), of: .init(account), reason: reason, for: request)
        guard ending else { return }
        let ended = try await context.asking { store throws(StoreFault) in
            try await store.endAll(of: account.id, except: caller.session.digest)
        }
        guard ended > 0 else { return }
        context.note(
            .sessionRevoked, by: .init(caller), of: .init(account), reason: kind.rawValue, count: ended,
            for: request)
    }
}
