package import GatewayCore

extension RedisStore: LockoutStore {
    /// Counters that one flight of `unlock` clears.
    static let unlocksPerFlight = 200

    package func begin(
        _ attempt: LoginAttempt, policy: LockoutPolicy
    ) async throws(StoreFault) -> LoginOpening {
        // Sent again over a new connection where the first broke: an attempt that counts twice after a crash
        // of Redis is better than one that nobody can make.
        let replies = try await run(
            [login("begin", attempt, policy, exists: false), readAccount(attempt.email)], repeatable: true)
        let account = try AccountRecord.decode(replies[1], email: attempt.email)
        guard let parts = replies[0].list, parts.count == 4, let code = parts[0].integer,
            let verdict = Self.verdict(code), let now = parts[2].text.flatMap(Int64.init),
            let began = parts[3].integer
        else { throw .unexpected("login: not what it replies") }
        return LoginOpening(
            account: account, verdict: verdict, isKnownDevice: parts[1].integer == 1,
            now: Timestamp(microseconds: now), began: Self.locks(began))
    }

    /// The locks whose bits are set, in the order of the verdicts' codes.
    private static func locks(_ bits: Int64) -> [LockoutReason] {
        zip(0..., [LockoutReason.pair, .address, .account, .consecutive, .device])
            .filter { bits >> $0.0 & 1 == 1 }.map(\.1)
    }

    private static func verdict(_ code: Int64) -> LockoutVerdict? {
        switch code {
        case 0: .evaluate
        case 1: .refused(.pair)
        case 2: .refused(.address)
        case 3: .refused(.account)
        case 4: .refused(.consecutive)
        case 5: .refused(.device)
        default: nil
        }
    }

    package func finish(
        _ attempt: LoginAttempt, as result: LoginResult, policy: LockoutPolicy
    ) async throws(StoreFault) {
        let verb =
            switch result {
            case .succeeded: "clear"
            case .failed: "fail"
            case .refused: "keep"
            case .notEvaluated: "undo"
            }
        let exists = if case .failed(true) = result { true } else { false }
        _ = try await run(
            login(verb, attempt, policy, exists: exists), repeatable: result != .notEvaluated)
    }

    private func login(
        _ verb: String, _ attempt: LoginAttempt, _ policy: LockoutPolicy, exists: Bool
    ) -> RedisCommand {
        let policy = policy.bounded
        let email = attempt.email
        let numbers = [
            Int64(policy.pair.failures), policy.pair.window.wholeMicroseconds,
            policy.pairDuration.wholeMicroseconds, policy.maxDuration.wholeMicroseconds,
            Int64(policy.address.failures), policy.address.window.wholeMicroseconds,
            Int64(policy.account.failures), policy.account.window.wholeMicroseconds,
            Int64(policy.consecutive), Int64(policy.namesPerAddress),
            policy.deviceLifetime.wholeMicroseconds, exists ? 1 : 0,
        ]
        let device = attempt.device
        return RedisCommand(
            .login,
            keys: [
                keys.counter(of: attempt.address, and: email), keys.counter(of: attempt.address),
                keys.counter(of: email), keys.counter(of: device?.id, and: email), keys.streak(of: email),
                keys.counters(with: attempt.address), keys.counters(with: email), keys.locks,
                keys.devicesSince(of: email),
            ],
            [verb] + numbers.map { String($0) } + [
                attempt.address.description, email.text, device?.id.description ?? "",
                String(device?.since.microseconds ?? 0),
            ])
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
            members.flatMap { member in
                [
                    RedisCommand("GET", keys.counter(named: member)),
                    RedisCommand("PTTL", keys.counter(named: member)),
                ]
            }, repeatable: true)
        return members.indices.compactMap { index in
            Self.lockout(
                members[index], counters[2 * index].text, left: counters[2 * index + 1].integer, at: now)
        }
    }

    /// The lock that a counter holds; nil where it is over. `left` is the counter's own time in milliseconds,
    /// negative where it has no end.
    private static func lockout(
        _ member: String, _ counter: String?, left: Int64?, at now: Timestamp
    ) -> Lockout? {
        let names = member.split(separator: " ", maxSplits: 1)
        let numbers = counter?.split(separator: " ").compactMap { Int64($0) } ?? []
        guard let first = names.first, numbers.count >= 2 else { return nil }
        let email = names.count == 2 ? EmailAddress(String(names[1])) : nil
        let address = AddressPrefix(String(first))
        let reason: LockoutReason
        switch (first.first, address, email) {
        case ("!", nil, _?):
            return Lockout(
                reason: .consecutive, email: email, address: nil, since: Timestamp(microseconds: numbers[1]),
                until: left.flatMap { $0 < 0 ? nil : now + .milliseconds($0) }, failures: Int(numbers[0]))
        case ("*", nil, _?): reason = .account
        case ("@", nil, _?): reason = .device
        case (_, _?, _?): reason = .pair
        case (_, _?, nil): reason = .address
        default: return nil
        }
        guard numbers.count >= 4 else { return nil }
        let until = Timestamp(microseconds: numbers[2])
        guard now < until else { return nil }
        return Lockout(
            reason: reason, email: email, address: address, since: Timestamp(microseconds: numbers[1]),
            until: until, failures: Int(numbers[3]))
    }

    package func deviceKey(orIfNone fresh: DeviceKey) async throws(StoreFault) -> DeviceKey {
        let reply = try await run(
            RedisCommand("SET", keys.deviceKey, fresh.text, "NX", "GET"), repeatable: true)
        guard reply != .null else { return fresh }
        guard let key = reply.text.flatMap(DeviceKey.init(text:)) else {
            throw .unexpected("SET: not a device key")
        }
        return key
    }

    package func forgetDevices(of email: EmailAddress) async throws(StoreFault) -> Timestamp {
        let longest = LockoutPolicy.longestDeviceLifetime
        let reply = try await run(
            RedisCommand(
                .devicesForget, keys: [keys.devicesSince(of: email)], [Self.milliseconds(longest)]),
            repeatable: true)
        guard let now = reply.text.flatMap(Int64.init) else {
            throw .unexpected("devices_forget: not what it replies")
        }
        return Timestamp(microseconds: now)
    }

    package func unlock(_ scope: UnlockScope) async throws(StoreFault) -> Int {
        switch scope {
        case .account(let email):
            try await clear([KeySchema.anywhere(email), KeySchema.inARow(email)], [])
                + clear(try await members(of: keys.counters(with: email)), of: email)
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

    /// Clears an account's counters with `prefixes` and devices.
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
            let found = parts[1].list?.compactMap(\.text).filter { !$0.hasPrefix(keys.devicesSince) } ?? []
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
