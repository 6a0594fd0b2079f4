package import GatewayCore

extension RedisStore: LockoutStore {
    /// Counters that one flight of `unlock` clears.
    static let unlocksPerFlight = 200

    package func begin(
        _ attempt: LoginAttempt, policy: LockoutPolicy
    ) async throws(StoreFault) -> (account: Account?, verdict: LockoutVerdict) {
        // Sent again over a new connection where the first broke: an attempt that counts twice after a crash
        // of Redis is better than one that nobody can make.
        let replies = try await run(
            [login("begin", attempt, policy), readAccount(attempt.email)], repeatable: true)
        let account = try AccountRecord.decode(replies[1], email: attempt.email)
        switch replies[0].integer {
        case 0: return (account, .evaluate)
        case 1: return (account, .refused(.pair))
        case 2: return (account, .refused(.address))
        default: throw .unexpected("login: not what it replies")
        }
    }

    package func finish(
        _ attempt: LoginAttempt, as result: LoginResult, policy: LockoutPolicy
    ) async throws(StoreFault) {
        let verb =
            switch result {
            case .succeeded: "clear"
            case .failed, .refused: "keep"
            case .notEvaluated: "undo"
            }
        _ = try await run(login(verb, attempt, policy), repeatable: result != .notEvaluated)
    }

    private func login(_ verb: String, _ attempt: LoginAttempt, _ policy: LockoutPolicy) -> RedisCommand {
        let policy = policy.bounded
        let numbers = [
            Int64(policy.pair.failures), policy.pair.window.wholeMicroseconds,
            policy.pairDuration.wholeMicroseconds, policy.maxDuration.wholeMicroseconds,
            Int64(policy.address.failures), policy.address.window.wholeMicroseconds,
        ]
        return RedisCommand(
            .login,
            keys: [
                keys.counter(of: attempt.address, and: attempt.email), keys.counter(of: attempt.address),
                keys.counters(with: attempt.address), keys.counters(with: attempt.email), keys.locks,
            ], [verb] + numbers.map { String($0) } + [attempt.address.description, attempt.email.text])
    }

    package func lockouts(limit: Int) async throws(StoreFault) -> [Lockout] {
        guard limit > 0 else { return [] }
        let replies = try await run(
            [
                RedisCommand("TIME"),
                RedisCommand(
                    "ZRANGE", keys.locks, "+inf", "-inf", "BYSCORE", "REV", "LIMIT", "0", String(limit)),
            ], repeatable: true)
        let now = Timestamp(microseconds: try Self.clock(replies[0]))
        let members = replies[1].list?.compactMap(\.text) ?? []
        let counters = try await run(
            members.map { RedisCommand("GET", keys.counter(named: $0)) }, repeatable: true)
        return zip(members, counters).compactMap { member, counter in
            Self.lockout(member, counter.text, at: now)
        }
    }

    private static func lockout(_ member: String, _ counter: String?, at now: Timestamp) -> Lockout? {
        let names = member.split(separator: " ", maxSplits: 1)
        let numbers = counter?.split(separator: " ").compactMap { Int64($0) } ?? []
        guard let address = names.first.flatMap({ AddressPrefix(String($0)) }), numbers.count >= 4 else {
            return nil
        }
        let until = Timestamp(microseconds: numbers[2])
        guard now < until else { return nil }
        let email = names.count == 2 ? EmailAddress(String(names[1])) : nil
        return Lockout(
            reason: email == nil ? .address : .pair, email: email, address: address,
            since: Timestamp(microseconds: numbers[1]), until: until, failures: Int(numbers[3]))
    }

    package func unlock(_ scope: UnlockScope) async throws(StoreFault) -> Int {
        switch scope {
        case .account(let email):
            try await clear(try await members(of: keys.counters(with: email)), of: email)
        case .address(let address):
            try await clear(try await members(of: keys.counters(with: address)), with: address)
        case .everything:
            try await clearEverything()
        }
    }

    private func members(of index: String) async throws(StoreFault) -> [String] {
        try await run(RedisCommand("ZRANGE", index, "0", "-1"), repeatable: true).list?.compactMap(\.text)
            ?? []
    }

    /// Clears an account's pairs with `prefixes`.
    private func clear(_ prefixes: [String], of email: EmailAddress) async throws(StoreFault) -> Int {
        var gone = 0
        for part in prefixes.parts(of: Self.unlocksPerFlight) {
            let pairs = part.map { "\($0) \(email)" }
            gone += try await clear(
                pairs,
                [RedisCommand(words: ["ZREM", keys.counters(with: email)] + part)]
                    + part.compactMap { AddressPrefix($0) }
                    .map { RedisCommand("ZREM", keys.counters(with: $0), email.text) })
        }
        return gone
    }

    /// Clears an address's own counter and its pairs with `emails`.
    private func clear(_ emails: [String], with address: AddressPrefix) async throws(StoreFault) -> Int {
        var gone = try await clear([address.description], [])
        for part in emails.parts(of: Self.unlocksPerFlight) {
            gone += try await clear(
                part.map { "\(address) \($0)" },
                [RedisCommand(words: ["ZREM", keys.counters(with: address)] + part)]
                    + part.compactMap { EmailAddress($0) }
                    .map { RedisCommand("ZREM", keys.counters(with: $0), address.description) })
        }
        return gone
    }

    /// Clears counters, their locks, and with `others` their places in indexes; answers how many counters
    /// went.
    private func clear(_ counters: [String], _ others: [RedisCommand]) async throws(StoreFault) -> Int {
        let replies = try await run(
            [
                RedisCommand(words: ["DEL"] + counters.map { keys.counter(named: $0) }),
                RedisCommand(words: ["ZREM", keys.locks] + counters),
            ] + others, repeatable: true)
        return Int(replies[0].integer ?? 0)
    }

    private func clearEverything() async throws(StoreFault) -> Int {
        let counterPrefix = keys.counter(named: "")
        var gone = 0
        var cursor = "0"
        repeat {
            let reply = try await run(
                RedisCommand("SCAN", cursor, "MATCH", keys.everyLoginKey, "COUNT", "1000"), repeatable: true)
            guard let parts = reply.list, parts.count == 2, let next = parts[0].text else {
                throw .unexpected("SCAN: not what it replies")
            }
            cursor = next
            let found = parts[1].list?.compactMap(\.text) ?? []
            let deleted = try await run(found.map { RedisCommand("DEL", $0) }, repeatable: true)
            gone += zip(found, deleted).count { $0.hasPrefix(counterPrefix) && $1.integer == 1 }
        } while cursor != "0"
        return gone
    }
}

extension Array {
    /// The elements in order, in parts of at most `size`.
    fileprivate func parts(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
