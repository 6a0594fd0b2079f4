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
