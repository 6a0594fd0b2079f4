import GatewayCore
import TestSupport
import Testing

@Suite("Stores: restrictions of an account, known devices")
struct KnownDeviceConformanceTests {
    private func attempt(
        _ name: String = "alice", from number: Int = 1, device: KnownDevice? = nil
    ) throws -> LoginAttempt {
        LoginAttempt(
            email: try Sample.email("\(name)@example.com"),
            address: try Sample.address("192.0.\(number / 250).\(number % 250)"), device: device)
    }

    /// An attempt that fails if it is evaluated.
    private func fail(
        _ attempt: LoginAttempt, _ store: any GatewayStore, _ policy: LockoutPolicy, exists: Bool = true
    ) async throws -> LockoutVerdict {
        var attempt = attempt
        let opening = try await store.begin(attempt, policy: policy)
        if !opening.isKnownDevice { attempt.device = nil }
        let result = opening.verdict == .evaluate ? LoginResult.failed(exists: exists) : .refused
        try await store.finish(attempt, as: result, policy: policy)
        return opening.verdict
    }

    private func succeed(
        _ attempt: LoginAttempt, _ store: any GatewayStore, _ policy: LockoutPolicy
    ) async throws -> LockoutVerdict {
        var attempt = attempt
        let opening = try await store.begin(attempt, policy: policy)
        if !opening.isKnownDevice { attempt.device = nil }
        let isHeard = opening.verdict == .evaluate
        try await store.finish(attempt, as: isHeard ? .succeeded : .refused, policy: policy)
        return opening.verdict
    }

    private let small = LockoutPolicy(
        pair: .init(failures: 2, window: .seconds(60)), address: .init(failures: 3, window: .seconds(60)),
        account: .init(failures: 5, window: .seconds(90)), consecutive: 1_000)

    @Test(
        "the failure over the threshold from anywhere restricts an account to known devices, not before",
        arguments: StoreKind.allCases)
    func account(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let device = KnownDevice(id: .random(), since: Sample.now())
            for place in 1...5 {
                #expect(try await fail(try attempt(from: place), store, small) == .evaluate)
            }
            for place in 6...8 {
                #expect(
                    try await fail(try attempt(from: place), store, small) == .refused(.account))
            }
            #expect(try await succeed(try attempt(from: 9), store, small) == .refused(.account))
            #expect(try await succeed(try attempt(from: 6, device: device), store, small) == .evaluate)
            #expect(try await fail(try attempt("bob", from: 6), store, small) == .evaluate)
            let lock = try #require(
                try await store.lockouts(limit: 9).first { $0.reason == .account })
            #expect(lock.email?.text == "alice@example.com" && lock.address == nil && lock.failures == 5)
            let until = try #require(lock.until)
            #expect(until - lock.since == .seconds(90))
        }
    }

    @Test("a restriction ends by itself after its window", arguments: StoreKind.allCases)
    func accountEnds(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            var policy = small
            policy.account = .init(failures: 2, window: .seconds(2))
            for place in 1...2 {
                #expect(try await fail(try attempt(from: place), store, policy) == .evaluate)
            }
            #expect(try await fail(try attempt(from: 3), store, policy) == .refused(.account))
            try await eventually("the restriction does not end") {
                try await store.lockouts(limit: 9).isEmpty
            }
            #expect(try await fail(try attempt(from: 3), store, policy) == .evaluate)
        }
    }

    @Test(
        "what succeeds or is not evaluated does not count towards a restriction",
        arguments: StoreKind.allCases)
    func accountUndo(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            for place in 1...20 {
                #expect(try await succeed(try attempt(from: place), store, small) == .evaluate)
                let other = try attempt(from: 100 + place)
                #expect(try await store.begin(other, policy: small).verdict == .evaluate)
                try await store.finish(other, as: .notEvaluated, policy: small)
            }
            #expect(try await store.lockouts(limit: 9).isEmpty)
        }
    }

    @Test(
        "after too many failures in a row only known devices may try, until the owner logs in from one",
        arguments: StoreKind.allCases)
    func consecutive(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            var policy = small
            policy.account = .init(failures: 1_000, window: .seconds(60))
            policy.consecutive = 4
            let device = KnownDevice(id: .random(), since: Sample.now())
            for place in 1...4 {
                #expect(try await fail(try attempt(from: place), store, policy) == .evaluate)
            }
            #expect(try await succeed(try attempt(from: 5), store, policy) == .refused(.consecutive))
            let lock = try #require(try await store.lockouts(limit: 9).first)
            #expect(
                lock.reason == .consecutive && lock.failures == 4 && lock.email?.text == "alice@example.com")
            #expect(lock.until == nil && lock.address == nil)
            #expect(try await fail(try attempt(from: 6, device: device), store, policy) == .evaluate)
            #expect(try await succeed(try attempt(from: 5), store, policy) == .refused(.consecutive))
            #expect(try await succeed(try attempt(from: 6, device: device), store, policy) == .evaluate)
            #expect(try await store.lockouts(limit: 9).isEmpty)
            for place in 11...14 {
                #expect(try await fail(try attempt(from: place), store, policy) == .evaluate)
            }
            #expect(try await fail(try attempt(from: 15), store, policy) == .refused(.consecutive))
        }
    }

    @Test("a success breaks a row of failures, wherever it comes from", arguments: StoreKind.allCases)
    func broken(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            var policy = small
            policy.account = .init(failures: 1_000, window: .seconds(60))
            policy.consecutive = 4
            for round in 0..<4 {
                for place in 1...3 {
                    let here = try attempt(from: 10 * round + place)
                    #expect(try await fail(here, store, policy) == .evaluate)
                }
                #expect(try await succeed(try attempt(from: 10 * round + 4), store, policy) == .evaluate)
            }
        }
    }

    @Test(
        "a row of failures of a name that nobody has is forgotten some day; it says when",
        arguments: StoreKind.allCases)
    func unknown(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            var policy = small
            policy.consecutive = 2
            for place in 1...2 {
                #expect(try await fail(try attempt(from: place), store, policy, exists: false) == .evaluate)
            }
            #expect(
                try await fail(try attempt(from: 3), store, policy, exists: false) == .refused(.consecutive))
            let lock = try #require(try await store.lockouts(limit: 9).first { $0.reason == .consecutive })
            let until = try #require(lock.until)
            #expect(until - lock.since > .seconds(3_590) && until - lock.since < .seconds(3_602))
        }
    }

    @Test(
        "guesses from a known device lock that device, for longer each time, and nobody else",
        arguments: StoreKind.allCases)
    func device(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            var policy = small
            policy.pairDuration = .seconds(1)
            policy.maxDuration = .seconds(2)
            policy.account = .init(failures: 100, window: .seconds(60))
            let stolen = KnownDevice(id: .random(), since: Sample.now())
            let other = KnownDevice(id: .random(), since: Sample.now())
            for expected in [1, 2, 2] as [Int64] {
                for place in 1...2 {
                    #expect(
                        try await fail(try attempt(from: place, device: stolen), store, policy) == .evaluate)
                }
                #expect(
                    try await fail(try attempt(from: 3, device: stolen), store, policy) == .refused(.device))
                let lock = try #require(try await store.lockouts(limit: 9).first)
                let until = try #require(lock.until)
                #expect(lock.reason == .device && until - lock.since == .seconds(expected))
                #expect(lock.email?.text == "alice@example.com" && lock.address == nil)
                #expect(try await succeed(try attempt(from: 1, device: other), store, policy) == .evaluate)
                #expect(try await succeed(try attempt(from: 1), store, policy) == .evaluate)
                try await eventually("the lock does not end") { try await store.lockouts(limit: 9).isEmpty }
            }
        }
    }

    @Test(
        "failures from known devices count towards the account's restriction",
        arguments: StoreKind.allCases)
    func anywhere(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            for place in 1...5 {
                let device = KnownDevice(id: .random(), since: Sample.now())
                let here = try attempt(from: place, device: device)
                #expect(try await fail(here, store, small) == .evaluate)
            }
            let unknown = try attempt(from: 9)
            #expect(try await fail(unknown, store, small) == .refused(.account))
        }
    }

    @Test(
        "pain 14, pain 17: neither a pair's lock nor an address's holds up a known device behind the same address",
        arguments: StoreKind.allCases)
    func spared(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let (here, carol) = (try attempt(), try attempt("carol"))
            for name in ["alice", "alice", "bob"] {
                #expect(try await fail(try attempt(name), store, small) == .evaluate)
            }
            #expect(try await fail(here, store, small) == .refused(.pair))
            #expect(try await fail(carol, store, small) == .refused(.address))
            let device = KnownDevice(id: .random(), since: Sample.now())
            #expect(try await succeed(try attempt(device: device), store, small) == .evaluate)
            // Its success is not the attacker's.
            #expect(try await fail(here, store, small) == .refused(.pair))
            #expect(try await fail(carol, store, small) == .refused(.address))
        }
    }

    @Test(
        "a device is known for its lifetime, and not once the account's devices were forgotten",
        arguments: StoreKind.allCases)
    func forgotten(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let here = try attempt()
            let opening = try await store.begin(here, policy: small)
            let known = KnownDevice(id: .random(), since: opening.now)
            let other = try attempt("bob", device: known)
            #expect(try await store.begin(try attempt(device: known), policy: small).isKnownDevice)
            var brief = small
            brief.deviceLifetime = .milliseconds(1)
            try await eventually("a device is known for ever") {
                try await !store.begin(try attempt(from: 2, device: known), policy: brief).isKnownDevice
            }
            let moment = try await store.forgetDevices(of: here.email)
            #expect(try await !store.begin(try attempt(from: 3, device: known), policy: small).isKnownDevice)
            let renewed = KnownDevice(id: known.id, since: moment)
            #expect(try await store.begin(try attempt(from: 4, device: renewed), policy: small).isKnownDevice)
            #expect(try await store.begin(other, policy: small).isKnownDevice)
            _ = try await store.unlock(.everything)
            #expect(try await !store.begin(try attempt(from: 5, device: known), policy: small).isKnownDevice)
        }
    }

    @Test(
        "pain 16: unlocking an account clears what counts against it anywhere, and its devices stay known",
        arguments: StoreKind.allCases)
    func unlock(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            var policy = small
            policy.consecutive = 4
            let device = KnownDevice(id: .random(), since: Sample.now())
            let email = try Sample.email()
            for scope in [UnlockScope.account(email), .everything] {
                for place in 1...4 {
                    #expect(try await fail(try attempt(from: place), store, policy) == .evaluate)
                }
                for _ in 1...2 {
                    #expect(
                        try await fail(try attempt(from: 5, device: device), store, policy) == .evaluate)
                }
                let reasons = Set(try await store.lockouts(limit: 99).map(\.reason))
                #expect(reasons == [.account, .consecutive, .device])
                // Four pairs, the device, the account and the row; and four addresses, if all is cleared.
                #expect(try await store.unlock(scope) == (scope == .everything ? 4 + 7 : 7))
                #expect(try await store.lockouts(limit: 99).isEmpty)
                let opening = try await store.begin(try attempt(from: 6, device: device), policy: policy)
                #expect(opening.verdict == .evaluate && opening.isKnownDevice)
                #expect(try await succeed(try attempt(from: 7), store, policy) == .evaluate)
                _ = try await store.unlock(.everything)
            }
        }
    }

    @Test(
        "an address is heard for as many names as may be remembered with it, and for no more; nothing is pushed out",
        arguments: StoreKind.allCases)
    func names(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy(
                address: .init(failures: 1_000, window: .seconds(60)), namesPerAddress: 7)
            let first = try attempt("user0")
            for number in 0..<7 {
                #expect(try await fail(try attempt("user\(number)"), store, policy) == .evaluate)
            }
            for number in 7..<50 {
                #expect(try await fail(try attempt("user\(number)"), store, policy) == .refused(.address))
            }
            for _ in 0..<4 {
                #expect(try await fail(first, store, policy) == .evaluate)
            }
            #expect(try await fail(first, store, policy) == .refused(.pair))
            #expect(try await fail(try attempt("user7", from: 2), store, policy) == .evaluate)
            // A name whose owner has got in makes room.
            #expect(try await succeed(try attempt("user1"), store, policy) == .evaluate)
            #expect(try await fail(try attempt("user8"), store, policy) == .evaluate)
        }
    }

    @Test(
        "the devices of an account that is deleted are unknown to whoever gets its address next",
        arguments: StoreKind.allCases)
    func deleted(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let account = try Sample.account()
            _ = try await store.create(account)
            let here = try attempt()
            let opening = try await store.begin(here, policy: small)
            let device = try attempt(device: KnownDevice(id: .random(), since: opening.now))
            let before = try await store.begin(device, policy: small)
            let ended = try await AccountEnd.delete(account, in: store)
            let after = try await store.begin(device, policy: small)
            #expect(before.isKnownDevice && ended != nil && !after.isKnownDevice)
        }
    }

    @Test("the first device key is everybody's", arguments: StoreKind.allCases)
    func key(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let first = DeviceKey.random()
            let kept = try await store.deviceKey(orIfNone: first)
            let again = try await store.deviceKey(orIfNone: .random())
            #expect(kept.text == first.text && again.text == first.text)
        }
    }
}
