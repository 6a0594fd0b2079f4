/// Failures of one account in a row from unknown devices: the twin of what `login.lua` calls a streak.
struct LoginStreak {
    var length = 0
    /// When it became too long.
    var since: Int64 = 0
    /// When it is forgotten; nil for an account that exists.
    var expires: Int64?

    /// How long one of a name that nobody has is remembered.
    static let memory: Int64 = 3_600_000_000
}

/// What one attempt reads and writes.
private struct LoginCounters {
    var pair: LoginCounter
    var address: LoginCounter
    var account: LoginCounter
    var device: LoginCounter
    var streak: LoginStreak
}

extension MemoryStore: LockoutStore {
    /// Counters of one account, and known devices aside; as in `login.lua`.
    private static let places = 10_000

    package func begin(
        _ attempt: LoginAttempt, policy: LockoutPolicy
    ) async throws(StoreFault) -> LoginOpening {
        let moment = now
        let (now, policy) = (moment.microseconds, policy.bounded)
        sweepCounters(at: now)
        let isKnown = isKnown(attempt, policy, at: moment)
        var found = read(attempt, policy, at: now)
        let verdict = verdict(on: attempt, isKnown, found, policy, at: now)
        if verdict == .evaluate {
            if isKnown {
                found.device.count(
                    at: now, threshold: policy.pair.failures, first: policy.pairDuration,
                    longest: policy.maxDuration)
            } else {
                found.countUnknown(policy, at: now)
            }
            write(found, of: attempt, policy)
        }
        return LoginOpening(
            account: accounts[attempt.email], verdict: verdict, isKnownDevice: isKnown, now: moment,
            began: verdict == .evaluate ? found.began(at: now) : [])
    }

    private func isKnown(_ attempt: LoginAttempt, _ policy: LockoutPolicy, at now: Timestamp) -> Bool {
        guard let device = attempt.device else { return false }
        return device.since >= devicesSince[attempt.email] ?? device.since
            && now < device.since + policy.deviceLifetime
    }

    private func verdict(
        on attempt: LoginAttempt, _ isKnown: Bool, _ found: LoginCounters, _ policy: LockoutPolicy,
        at now: Int64
    ) -> LockoutVerdict {
        if isKnown { return found.device.isLocked(at: now) ? .refused(.device) : .evaluate }
        if found.pair.isLocked(at: now) { return .refused(.pair) }
        if found.address.isLocked(at: now) || !isHeard(attempt, policy) { return .refused(.address) }
        let pairs = counters.keys.count { name in
            if case .pair(_, attempt.email) = name { true } else { false }
        }
        let isPlaced = pairs < Self.places || counters[.pair(attempt.address, attempt.email)] != nil
        if found.account.isLocked(at: now) || !isPlaced { return .refused(.account) }
        return found.streak.length >= policy.consecutive ? .refused(.consecutive) : .evaluate
    }

    private func isHeard(_ attempt: LoginAttempt, _ policy: LockoutPolicy) -> Bool {
        let names = namesOf[attempt.address] ?? [:]
        return names.count < policy.namesPerAddress || names[attempt.email] != nil
    }

    package func finish(
        _ attempt: LoginAttempt, as result: LoginResult, policy: LockoutPolicy
    ) async throws(StoreFault) {
        let (now, policy) = (now.microseconds, policy.bounded)
        var found = read(attempt, policy, at: now)
        let isKnown = attempt.device != nil
        switch result {
        case .refused: return
        case .failed(let exists):
            if isKnown, !found.account.isLocked(at: now) { found.account.count(at: now, policy.account) }
            if exists { found.streak.expires = nil }
        case .succeeded:
            if isKnown {
                found.device = LoginCounter()
            } else {
                found.pair = LoginCounter()
                found.address.undo(at: now)
                found.account.undo(at: now)
            }
            found.streak = LoginStreak()
        case .notEvaluated:
            if isKnown {
                found.device.undo(at: now)
            } else {
                found.pair.undo(at: now)
                found.address.undo(at: now)
                found.account.undo(at: now)
                found.streak.length = max(0, found.streak.length - 1)
                if found.streak.length < policy.consecutive { found.streak.since = 0 }
            }
        }
        write(found, of: attempt, policy)
        if found.pair.isEmpty, result == .succeeded || result == .notEvaluated {
            namesOf[attempt.address]?[attempt.email] = nil
        }
    }

    private func read(_ attempt: LoginAttempt, _ policy: LockoutPolicy, at now: Int64) -> LoginCounters {
        func counter(_ name: CounterName, _ window: Duration, _ memory: Duration) -> LoginCounter {
            var counter = counters[name]?.counter ?? LoginCounter()
            counter.forget(at: now, window: window, memory: memory)
            return counter
        }
        let device = attempt.device.map { CounterName.device($0.id, attempt.email) }
        return LoginCounters(
            pair: counter(.pair(attempt.address, attempt.email), policy.pair.window, LoginCounter.memory),
            address: counter(.address(attempt.address), policy.address.window, .zero),
            account: counter(.account(attempt.email), policy.account.window, .zero),
            device: device.map { counter($0, policy.pair.window, LoginCounter.memory) } ?? LoginCounter(),
            streak: streaks[attempt.email] ?? LoginStreak())
    }

    private func write(_ found: LoginCounters, of attempt: LoginAttempt, _ policy: LockoutPolicy) {
        func write(_ name: CounterName, _ counter: LoginCounter, _ window: Duration, _ memory: Duration)
            -> Int64
        {
            let expiry = counter.isEmpty ? 0 : counter.expiry(window: window, memory: memory)
            counters[name] = counter.isEmpty ? nil : KeptCounter(counter: counter, expires: expiry)
            return expiry
        }
        let pair = write(
            .pair(attempt.address, attempt.email), found.pair, policy.pair.window, LoginCounter.memory)
        _ = write(.address(attempt.address), found.address, policy.address.window, .zero)
        let account = write(.account(attempt.email), found.account, policy.account.window, .zero)
        if let device = attempt.device {
            _ = write(
                .device(device.id, attempt.email), found.device, policy.pair.window, LoginCounter.memory)
        }
        streaks[attempt.email] = found.streak.length == 0 ? nil : found.streak
        if pair > 0 {
            namesOf[attempt.address, default: [:]][attempt.email] =
                max(pair, account, found.streak.expires ?? 0)
        }
    }

    private func sweepCounters(at now: Int64) {
        counters = counters.filter { $0.value.expires > now }
        streaks = streaks.filter { ($0.value.expires ?? .max) > now }
        namesOf = namesOf.compactMapValues { names in
            let left = names.filter { $0.value > now }
            return left.isEmpty ? nil : left
        }
    }

    package func lockouts(limit: Int) async throws(StoreFault) -> [Lockout] {
        let now = now.microseconds
        let endless = streaks.filter { $0.value.since > 0 && ($0.value.expires ?? .max) > now }
            .map { email, streak in
                Lockout(
                    reason: .consecutive, email: email, address: nil,
                    since: Timestamp(microseconds: streak.since),
                    until: streak.expires.map { Timestamp(microseconds: $0) }, failures: streak.length)
            }
        let locked = counters.filter { $0.value.counter.isLocked(at: now) }.map { name, kept in
            Lockout(
                reason: name.reason, email: name.email, address: name.address,
                since: Timestamp(microseconds: kept.counter.since),
                until: Timestamp(microseconds: kept.counter.until), failures: kept.counter.failures)
        }
        let all = (endless + locked).sorted { $0.ends > $1.ends }
        return Array(all.prefix(max(0, limit)))
    }

    package func unlock(_ scope: UnlockScope) async throws(StoreFault) -> Int {
        sweepCounters(at: now.microseconds)
        let before = counters.count + streaks.count
        switch scope {
        case .account(let email):
            counters = counters.filter { $0.key.email != email }
            streaks[email] = nil
            for address in namesOf.keys { namesOf[address]?[email] = nil }
        case .address(let address):
            counters = counters.filter { $0.key.address != address }
            namesOf[address] = nil
        case .everything:
            counters.removeAll()
            streaks.removeAll()
            namesOf.removeAll()
        }
        return before - counters.count - streaks.count
    }

    package func deviceKey(orIfNone fresh: DeviceKey) async throws(StoreFault) -> DeviceKey {
        let key = keptDeviceKey ?? fresh
        keptDeviceKey = key
        return key
    }

    package func forgetDevices(of email: EmailAddress) async throws(StoreFault) -> Timestamp {
        let now = now
        devicesSince[email] = now
        return now
    }
}

extension LoginCounters {
    fileprivate func began(at now: Int64) -> [LockoutReason] {
        let moments: [(LockoutReason, Int64)] = [
            (.pair, pair.since), (.address, address.since), (.account, account.since),
            (.consecutive, streak.since), (.device, device.since),
        ]
        return moments.filter { $0.1 == now }.map(\.0)
    }

    fileprivate mutating func countUnknown(_ policy: LockoutPolicy, at now: Int64) {
        pair.count(
            at: now, threshold: policy.pair.failures, first: policy.pairDuration, longest: policy.maxDuration)
        address.count(at: now, policy.address)
        account.count(at: now, policy.account)
        if streak.length == 0 || streak.expires != nil { streak.expires = now + LoginStreak.memory }
        streak.length += 1
        if streak.length >= policy.consecutive { streak.since = now }
    }
}

extension LoginCounter {
    /// Counts a failure against a threshold whose lock lasts as long as its window.
    fileprivate mutating func count(at now: Int64, _ threshold: FailureThreshold) {
        count(
            at: now, threshold: threshold.failures, first: threshold.window, longest: threshold.window)
    }
}

extension Lockout {
    /// For sorting: what has no end ends last.
    fileprivate var ends: Timestamp { until ?? Timestamp(microseconds: .max) }
}
