extension MemoryStore: LockoutStore {
    package func begin(
        _ attempt: LoginAttempt, policy: LockoutPolicy
    ) async throws(StoreFault) -> (account: Account?, verdict: LockoutVerdict) {
        let account = accounts[attempt.email]
        let (now, policy) = (now.microseconds, policy.bounded)
        var (pair, address) = read(attempt, policy, at: now)
        if pair.isLocked(at: now) { return (account, .refused(.pair)) }
        if address.isLocked(at: now) { return (account, .refused(.address)) }
        pair.count(
            at: now, threshold: policy.pair.failures, first: policy.pairDuration, longest: policy.maxDuration)
        address.count(
            at: now, threshold: policy.address.failures, first: policy.address.window,
            longest: policy.address.window)
        write(pair, address, of: attempt)
        return (account, .evaluate)
    }

    package func finish(
        _ attempt: LoginAttempt, as result: LoginResult, policy: LockoutPolicy
    ) async throws(StoreFault) {
        let now = now.microseconds
        var (pair, address) = read(attempt, policy.bounded, at: now)
        switch result {
        case .failed, .refused: return
        case .succeeded: pair = LoginCounter()
        case .notEvaluated: pair.undo(at: now)
        }
        address.undo(at: now)
        write(pair, address, of: attempt)
    }

    private func read(
        _ attempt: LoginAttempt, _ policy: LockoutPolicy, at now: Int64
    ) -> (pair: LoginCounter, address: LoginCounter) {
        var pair = counters[CounterName(address: attempt.address, email: attempt.email)] ?? LoginCounter()
        var address = counters[CounterName(address: attempt.address, email: nil)] ?? LoginCounter()
        pair.forget(at: now, window: policy.pair.window, memory: LoginCounter.memory)
        address.forget(at: now, window: policy.address.window, memory: .zero)
        return (pair, address)
    }

    private func write(_ pair: LoginCounter, _ address: LoginCounter, of attempt: LoginAttempt) {
        counters[CounterName(address: attempt.address, email: attempt.email)] = pair.isEmpty ? nil : pair
        counters[CounterName(address: attempt.address, email: nil)] = address.isEmpty ? nil : address
    }

    package func lockouts(limit: Int) async throws(StoreFault) -> [Lockout] {
        let now = now.microseconds
        let locked = counters.filter { $0.value.isLocked(at: now) }.sorted { $0.value.until > $1.value.until }
        return locked.prefix(max(0, limit)).map { name, counter in
            Lockout(
                reason: name.email == nil ? .address : .pair, email: name.email, address: name.address,
                since: Timestamp(microseconds: counter.since), until: Timestamp(microseconds: counter.until),
                failures: counter.failures)
        }
    }

    package func unlock(_ scope: UnlockScope) async throws(StoreFault) -> Int {
        let going = counters.keys.filter { name in
            switch scope {
            case .account(let email): name.email == email
            case .address(let address): name.address == address
            case .everything: true
            }
        }
        for name in going { counters[name] = nil }
        return going.count
    }
}
