package import GatewayCore

extension RedisStore: KeySetStore {
    package func publish(_ keys: [PublishedKey], for lifetime: Duration) async throws(StoreFault) {
        let members = keys.filter { !$0.keyID.contains(" ") && !$0.x.contains(" ") }.map {
            "\($0.keyID) \($0.x)"
        }
        guard !members.isEmpty else { return }
        let span = String(max(1, lifetime.wholeMicroseconds))
        _ = try await run(
            RedisCommand(.keysPublish, keys: [self.keys.publishedKeys], [span] + members), repeatable: true)
    }

    package func publishedKeys() async throws(StoreFault) -> [PublishedKey] {
        let replies = try await run(
            [
                RedisCommand("TIME"),
                RedisCommand("ZRANGE", keys.publishedKeys, "0", "-1", "WITHSCORES"),
            ], repeatable: true)
        let now = try Self.clock(replies[0])
        let words = replies[1].list?.compactMap(\.text) ?? []
        return stride(from: 0, to: words.count - 1, by: 2).compactMap { index in
            let parts = words[index].split(separator: " ")
            guard parts.count == 2, let expires = Double(words[index + 1]), Int64(expires) > now else {
                return nil
            }
            return PublishedKey(keyID: String(parts[0]), x: String(parts[1]))
        }
    }
}
