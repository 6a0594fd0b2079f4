extension MemoryStore: KeyStore {
    package func create(_ key: APIKey, policy: KeyPolicy) async throws(StoreFault) -> Bool {
        let now = now
        apiKeys = apiKeys.filter { now < $0.value.expiresAt }
        guard apiKeys[key.digest] != nil || kept(of: key.user).count < policy.perUser else { return false }
        apiKeys[key.digest] = key
        return true
    }

    package func apiKeys(of user: UserID) async throws(StoreFault) -> [APIKey] { kept(of: user) }

    package func endKey(_ id: SessionID, of user: UserID) async throws(StoreFault) -> Bool {
        let ending = kept(of: user).filter { $0.id == id }
        for key in ending { apiKeys[key.digest] = nil }
        return !ending.isEmpty
    }

    package func endKeys(of user: UserID, having scopes: KeyScopes?) async throws(StoreFault) -> Int {
        let ending = kept(of: user).filter { key in
            scopes.map { !key.grant.scopes.isDisjoint(with: $0) } ?? true
        }
        for key in ending { apiKeys[key.digest] = nil }
        return ending.count
    }

    package func touchKey(_ key: SessionDigest, at now: Timestamp, from address: AddressPrefix) {
        guard var kept = liveKey(key, at: self.now) else { return }
        kept.lastUsedAt = max(kept.lastUsedAt ?? now, now)
        if !kept.grant.seen.contains(address) {
            kept.grant.seen = Array(([address] + kept.grant.seen).prefix(KeyGrant.mostSeen))
        }
        apiKeys[key] = kept
    }

    func liveKey(_ digest: SessionDigest, at now: Timestamp) -> APIKey? {
        apiKeys[digest].flatMap { now < $0.expiresAt ? $0 : nil }
    }

    /// A user's keys that have not expired, newest first.
    private func kept(of user: UserID) -> [APIKey] {
        let now = now
        return apiKeys.values.filter { $0.user == user && now < $0.expiresAt }
            .sorted { $0.createdAt > $1.createdAt }
    }
}
