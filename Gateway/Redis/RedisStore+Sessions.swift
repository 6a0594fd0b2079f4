package import GatewayCore

/// A session is indexed for its user before it exists and again after, all in one flight: if the flight is
/// cut short there may be an index entry without a session, which harms nobody, but never a session that its
/// user's `endAll` cannot find; and an `endAll` that falls between the two leaves the session indexed.
extension RedisStore: SessionStore {
    package func begin(_ session: Session, policy: SessionPolicy) async throws(StoreFault) {
        let index = keys.sessions(of: session.user)
        let longest = session.expiresAt - session.lastUsedAt
        let lifetime = min(policy.idleTimeout + policy.touchInterval, longest)
        let enter = RedisCommand(
            .sessionIndex, keys: [index],
            [
                String(session.lastUsedAt.microseconds), session.digest.description,
                Self.milliseconds(longest),
                String(max(1, policy.perUser)),
            ])
        let set = RedisCommand(
            "SET", keys.session(session.digest), SessionRecord.encode(session), "PX",
            Self.milliseconds(lifetime))
        let replies = try await run([enter, set, enter], repeatable: true)
        let digests = replies[2].list?.compactMap(\.text) ?? []
        if !digests.isEmpty { try await prune(digests, in: index, to: max(1, policy.perUser)) }
    }

    /// Drops from an index of too many sessions those that have ended by themselves, and ends the first to
    /// have begun of those that are left over.
    private func prune(_ digests: [String], in index: String, to bound: Int) async throws(StoreFault) {
        let found = try await run(
            digests.map { RedisCommand("EXISTS", keys.session(named: $0)) }, repeatable: true)
        let live = zip(digests, found).filter { $0.1.integer == 1 }.map(\.0)
        let ending = Array(live.dropLast(bound))
        let leaving = zip(digests, found).filter { $0.1.integer != 1 }.map(\.0) + ending
        guard !leaving.isEmpty else { return }
        _ = try await run(
            ending.map(endSession)
                + [RedisCommand(words: ["ZREM", index] + leaving)], repeatable: true)
    }

    package func retire(_ session: SessionDigest, in grace: Duration) async throws(StoreFault) -> Bool {
        let span = String(max(0, grace.wholeMicroseconds))
        let reply = try await run(
            RedisCommand(
                .sessionRetire, keys: [keys.session(session)], [span, keys.news, session.description]),
            repeatable: true)
        return reply.integer == 1
    }

    package func end(_ session: SessionDigest) async throws(StoreFault) -> Bool {
        let reply = try await run(endSession(session.description), repeatable: true)
        guard let record = reply.text else { return false }
        // An entry that stayed in the index would be taken for a session that has ended, and is one.
        if let ended = SessionRecord.decode(Array(record.utf8)[...], digest: session) {
            connection.tell(RedisCommand("ZREM", keys.sessions(of: ended.user), session.description))
        }
        return true
    }

    package func end(_ id: SessionID, of user: UserID) async throws(StoreFault) -> Bool {
        let digests = try await digests(of: user).filter { $0.hasPrefix(id.description) }
        return try await end(digests, of: user) > 0
    }

    package func endAll(of user: UserID, except kept: SessionDigest?) async throws(StoreFault) -> Int {
        let kept = kept?.description
        return try await end(try await digests(of: user).filter { $0 != kept }, of: user)
    }

    package func list(of user: UserID) async throws(StoreFault) -> [Session] {
        let digests = try await digests(of: user)
        let replies = try await run(
            digests.map { RedisCommand("GET", keys.session(named: $0)) }, repeatable: true)
        return zip(digests, replies).reversed().compactMap { digest, reply in
            guard let record = reply.text, let digest = SessionDigest(hexadecimal: digest) else { return nil }
            return SessionRecord.decode(Array(record.utf8)[...], digest: digest)
        }
    }

    /// A user's indexed digests, the one that began first in front.
    private func digests(of user: UserID) async throws(StoreFault) -> [String] {
        let reply = try await run(
            RedisCommand("ZRANGE", keys.sessions(of: user), "0", "-1"), repeatable: true)
        return reply.list?.compactMap(\.text) ?? []
    }

    /// Ends those sessions; answers how many were there. Only what was read leaves the index: a session that
    /// is just beginning stays in it.
    private func end(_ digests: [String], of user: UserID) async throws(StoreFault) -> Int {
        guard !digests.isEmpty else { return 0 }
        let replies = try await run(
            digests.map(endSession) + [RedisCommand(words: ["ZREM", keys.sessions(of: user)] + digests)],
            repeatable: true)
        return replies.dropLast().count { $0.text != nil }
    }

    /// Ends one session and tells every worker; replies with its record.
    private func endSession(_ digest: String) -> RedisCommand {
        RedisCommand(.sessionEnd, keys: [keys.session(named: digest)], [keys.news, digest])
    }

    /// At least 1, as Redis refuses an expiry of nothing.
    static func milliseconds(_ span: Duration) -> String { String(max(1, span.wholeMilliseconds)) }
}

extension SessionDigest {
    /// Nil unless `text` is 64 hexadecimal digits in lower case.
    init?(hexadecimal text: String) {
        guard text.utf8.count == 64 else { return nil }
        let halves = (SessionID(String(text.prefix(32))), SessionID(String(text.suffix(32))))
        guard let front = halves.0, let back = halves.1 else { return nil }
        self.init(words: (front.words.0, front.words.1, back.words.0, back.words.1))
    }
}
