extension MemoryStore: SessionStore {
    package func begin(_ session: Session, policy: SessionPolicy) async throws(StoreFault) {
        let now = now
        sessions = sessions.filter { now < $0.value.sweptAt }
        let lifetime = min(policy.idleTimeout + policy.touchInterval, session.expiresAt - session.lastUsedAt)
        sessionsBegun += 1
        sessions[session.digest] = KeptSession(
            session: session, sweptAt: now + lifetime, begunAt: session.lastUsedAt, order: sessionsBegun)
        for oldest in kept(of: session.user).dropLast(max(1, policy.perUser)) {
            sessions[oldest.session.digest] = nil
        }
    }

    package func retire(_ session: SessionDigest, in grace: Duration) async throws(StoreFault) -> Bool {
        let now = now
        guard var kept = live(session, at: now) else { return false }
        kept.session = kept.session.ending(by: now + grace)
        kept.sweptAt = min(kept.sweptAt, now + max(grace, .milliseconds(1)))
        sessions[session] = kept
        return true
    }

    package func end(_ session: SessionDigest) async throws(StoreFault) -> Bool {
        defer { sessions[session] = nil }
        return live(session, at: now) != nil
    }

    package func end(_ id: SessionID, of user: UserID) async throws(StoreFault) -> Bool {
        let ending = kept(of: user).filter { $0.session.digest.sessionID == id }
        for kept in ending { sessions[kept.session.digest] = nil }
        return !ending.isEmpty
    }

    package func endAll(of user: UserID, except kept: SessionDigest?) async throws(StoreFault) -> Int {
        let ending = self.kept(of: user).map(\.session.digest).filter { $0 != kept }
        for digest in ending { sessions[digest] = nil }
        return ending.count
    }

    package func list(of user: UserID) async throws(StoreFault) -> [Session] {
        kept(of: user).reversed().map(\.session)
    }

    /// A user's sessions whose time is not over, the one that began first in front.
    private func kept(of user: UserID) -> [KeptSession] {
        let now = now
        return sessions.values.filter { $0.session.user == user && now < $0.sweptAt }
            .sorted { ($0.begunAt, $0.order) < ($1.begunAt, $1.order) }
    }
}

extension MemoryStore: AccountStore {
    package func create(_ account: Account) async throws(StoreFault) -> AccountCreation {
        if let holder = accounts[account.email] { return holder.id == account.id ? .created : .addressTaken }
        accounts[account.email] = account
        return .created
    }

    package func account(_ id: UserID) async throws(StoreFault) -> Account? {
        accounts.values.first { $0.id == id }
    }

    package func account(with email: EmailAddress) async throws(StoreFault) -> Account? { accounts[email] }

    package func page(after cursor: String?) async throws(StoreFault) -> (
        accounts: [Account], cursor: String?
    ) {
        let rest = accounts.values.filter { isBefore(cursor ?? "", $0.email.text) }
            .sorted { isBefore($0.email.text, $1.email.text) }
        let page = Array(rest.prefix(100))
        return (page, page.count < rest.count ? page.last?.email.text : nil)
    }

    package func setActive(_ isActive: Bool, of id: UserID) async throws(StoreFault) -> Bool {
        update(id) { $0.isActive = isActive }
    }

    package func setAdmin(_ isAdmin: Bool, of id: UserID) async throws(StoreFault) -> Bool {
        update(id) { $0.isAdmin = isAdmin }
    }

    package func setPassword(
        _ hash: PasswordHash, of id: UserID, replacing expected: PasswordHash?, at now: Timestamp
    ) async throws(StoreFault) -> Bool {
        if let expected, try await account(id)?.passwordHash != expected { return false }
        return update(id) {
            $0.passwordHash = hash
            $0.passwordChangedAt = now
        }
    }

    package func delete(_ id: UserID) async throws(StoreFault) -> Bool {
        guard let account = try await account(id) else { return false }
        accounts[account.email] = nil
        return true
    }

    private func update(_ id: UserID, _ change: (inout Account) -> Void) -> Bool {
        guard var account = accounts.values.first(where: { $0.id == id }) else { return false }
        change(&account)
        accounts[account.email] = account
        return true
    }
}

extension MemoryStore: KeySetStore {
    package func publish(_ keys: [PublishedKey], for lifetime: Duration) async throws(StoreFault) {
        let now = now
        self.keys = self.keys.filter { now < $0.value }
        for key in keys { self.keys[key] = now + lifetime }
    }

    package func publishedKeys() async throws(StoreFault) -> [PublishedKey] {
        let now = now
        return keys.filter { now < $0.value }.sorted { $0.value < $1.value }.map(\.key)
    }
}

/// Whether `left` comes first in the order of bytes.
private func isBefore(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}
