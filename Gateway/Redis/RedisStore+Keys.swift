package import GatewayCore

/// A key is indexed for its user before it exists and again after, like a session: there may be an index
/// entry without a key, which its expiry sweeps, but never a key that `endKeys` cannot find.
extension RedisStore: KeyStore {
    package func create(_ key: APIKey, policy: KeyPolicy) async throws(StoreFault) -> Bool {
        let lifetime = key.expiresAt - key.createdAt
        let enter = RedisCommand(
            .keyIndex, keys: [keys.apiKeys(of: key.user)],
            [
                key.digest.description, String(max(1_000, lifetime.wholeMicroseconds)),
                String(max(1, policy.perUser)),
            ])
        guard try await run(enter, repeatable: true).integer == 1 else { return false }
        let name = keys.apiKey(named: key.digest.description)
        let set = RedisCommand("SET", name, KeyRecord.encode(key), "PX", Self.milliseconds(lifetime))
        guard try await run([set, enter], repeatable: true)[1].integer == 1 else {
            // Its place was taken while it was being made.
            _ = try await run(RedisCommand("UNLINK", name), repeatable: true)
            return false
        }
        return true
    }

    package func apiKeys(of user: UserID) async throws(StoreFault) -> [APIKey] {
        let reply = try await run(
            RedisCommand("ZRANGE", keys.apiKeys(of: user), "0", "-1"), repeatable: true)
        let digests = reply.list?.compactMap(\.text) ?? []
        let records = try await run(
            digests.map { RedisCommand("GET", keys.apiKey(named: $0)) }, repeatable: true)
        let found = zip(digests, records).compactMap { digest, reply -> APIKey? in
            guard let record = reply.text, let digest = SessionDigest(hexadecimal: digest) else { return nil }
            return SessionRecord.decode(Array(record.utf8)[...], digest: digest).flatMap(APIKey.init)
        }
        return found.sorted { $0.createdAt > $1.createdAt }
    }

    package func endKey(_ id: SessionID, of user: UserID) async throws(StoreFault) -> Bool {
        let ending = try await apiKeys(of: user).filter { $0.id == id }
        return try await end(ending.map(\.digest.description), of: user) > 0
    }

    package func endKeys(of user: UserID, having scopes: KeyScopes?) async throws(StoreFault) -> Int {
        if let scopes {
            let ending = try await apiKeys(of: user).filter { !$0.grant.scopes.isDisjoint(with: scopes) }
            return try await end(ending.map(\.digest.description), of: user)
        }
        let reply = try await run(
            RedisCommand("ZRANGE", keys.apiKeys(of: user), "0", "-1"), repeatable: true)
        return try await end(reply.list?.compactMap(\.text) ?? [], of: user)
    }

    /// Ends those keys; answers how many were there.
    private func end(_ digests: [String], of user: UserID) async throws(StoreFault) -> Int {
        guard !digests.isEmpty else { return 0 }
        let replies = try await run(
            digests.map { RedisCommand(.sessionEnd, keys: [keys.apiKey(named: $0)], [keys.news, $0]) }
                + [RedisCommand(words: ["ZREM", keys.apiKeys(of: user)] + digests)], repeatable: true)
        return replies.dropLast().count { $0.text != nil }
    }

    package func touchKey(_ key: SessionDigest, at now: Timestamp, from address: AddressPrefix) {
        connection.tell(
            RedisCommand(
                .keyTouch, keys: [keys.apiKey(named: key.description)],
                [SessionRecord.text(of: now), address.description, String(KeyGrant.mostSeen)]))
    }
}
