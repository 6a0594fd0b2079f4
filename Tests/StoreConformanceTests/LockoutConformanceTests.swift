import GatewayCore
import TestSupport
import Testing

@Suite("Stores: lockouts")
struct LockoutConformanceTests {
    private func attempt(_ name: String = "alice", from address: String = "192.0.2.1") throws -> LoginAttempt
    {
        LoginAttempt(email: try Sample.email("\(name)@example.com"), address: try Sample.address(address))
    }

    @Test("the sixth failure from one prefix locks that pair, not the account", arguments: StoreKind.allCases)
    func pair(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy()
            let account = try Sample.account()
            _ = try await store.create(account)
            let here = try attempt()
            for _ in 0..<5 {
                let answer = try await store.begin(here, policy: policy)
                #expect(answer.verdict == .evaluate)
                #expect(answer.account == account)
                try await store.finish(here, as: .failed, policy: policy)
            }
            let sixth = try await store.begin(here, policy: policy)
            #expect(sixth.verdict == .refused(.pair))
            #expect(sixth.account == account)
            let elsewhere = try attempt(from: "198.51.100.1")
            #expect(try await store.begin(elsewhere, policy: policy).verdict == .evaluate)
            #expect(try await store.begin(try attempt("bob"), policy: policy).verdict == .evaluate)
        }
    }

    @Test("pain 18: an unknown account is counted like a known one", arguments: StoreKind.allCases)
    func unknown(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy()
            let nobody = try attempt("nobody")
            for _ in 0..<5 {
                let answer = try await store.begin(nobody, policy: policy)
                #expect(answer.verdict == .evaluate && answer.account == nil)
                try await store.finish(nobody, as: .failed, policy: policy)
            }
            #expect(try await store.begin(nobody, policy: policy).verdict == .refused(.pair))
        }
    }

    @Test(
        "of a thousand guesses at once no more are evaluated than the threshold",
        arguments: StoreKind.allCases)
    func parallel(kind: StoreKind) async throws {
        try await kind.withStore { loop, _ in
            let guess = try attempt()
            let guesses = (0..<1_000).map { _ in
                Task {
                    try await loop.run { _, store in
                        try await store.begin(guess, policy: LockoutPolicy()).verdict == .evaluate
                    }
                }
            }
            var evaluated = 0
            for guess in guesses where try await guess.value { evaluated += 1 }
            #expect(evaluated == 5)
        }
    }

    @Test(
        "an address that fails over many accounts is locked out at its threshold",
        arguments: StoreKind.allCases)
    func address(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy()
            for number in 0..<20 {
                let guess = try attempt("user\(number)")
                #expect(try await store.begin(guess, policy: policy).verdict == .evaluate)
                try await store.finish(guess, as: .failed, policy: policy)
            }
            #expect(
                try await store.begin(try attempt("user99"), policy: policy).verdict == .refused(.address))
            let elsewhere = try attempt("user99", from: "198.51.100.1")
            #expect(try await store.begin(elsewhere, policy: policy).verdict == .evaluate)
        }
    }

    @Test("pain 19: what a lock refuses counts for nothing", arguments: StoreKind.allCases)
    func refused(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy()
            let here = try attempt()
            for _ in 0..<5 { _ = try await store.begin(here, policy: policy) }
            let before = try await store.lockouts(limit: 10)
            for _ in 0..<50 {
                #expect(try await store.begin(here, policy: policy).verdict == .refused(.pair))
                try await store.finish(here, as: .refused, policy: policy)
            }
            #expect(try await store.lockouts(limit: 10) == before)
            // The address stands at 5 of 20: 15 more failures are evaluated, and the next is not.
            for number in 0..<15 {
                let verdict = try await store.begin(try attempt("user\(number)"), policy: policy).verdict
                #expect(verdict == .evaluate)
            }
            #expect(
                try await store.begin(try attempt("user99"), policy: policy).verdict == .refused(.address))
        }
    }

    @Test(
        "a success clears the pair and takes only itself back from the address", arguments: StoreKind.allCases
    )
    func success(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy(
                pair: .init(failures: 3, window: .seconds(60)),
                address: .init(failures: 5, window: .seconds(60)))
            let here = try attempt()
            for _ in 0..<2 { _ = try await store.begin(here, policy: policy) }
            #expect(try await store.begin(here, policy: policy).verdict == .evaluate)
            try await store.finish(here, as: .succeeded, policy: policy)
            // Two failures are left of the address; three more lock it, and the pair begins anew.
            for _ in 0..<2 { #expect(try await store.begin(here, policy: policy).verdict == .evaluate) }
            #expect(try await store.begin(try attempt("bob"), policy: policy).verdict == .evaluate)
            #expect(try await store.begin(here, policy: policy).verdict == .refused(.address))
        }
    }

    @Test(
        "pain 19: an attempt that was not evaluated is taken back, with the lock it made",
        arguments: StoreKind.allCases)
    func undo(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy(
                pair: .init(failures: 2, window: .seconds(60)),
                address: .init(failures: 2, window: .seconds(60)))
            let here = try attempt()
            for _ in 0..<5 {
                for _ in 0..<2 { #expect(try await store.begin(here, policy: policy).verdict == .evaluate) }
                #expect(try await store.begin(here, policy: policy).verdict == .refused(.pair))
                for _ in 0..<2 { try await store.finish(here, as: .notEvaluated, policy: policy) }
                #expect(try await store.lockouts(limit: 10).isEmpty)
            }
        }
    }

    @Test(
        "a lock ends by itself, the next is twice as long, and none longer than the longest",
        arguments: StoreKind.allCases)
    func doubling(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy(
                pair: .init(failures: 2, window: .seconds(60)), pairDuration: .milliseconds(400),
                maxDuration: .milliseconds(1_000), address: .init(failures: 100, window: .seconds(60)))
            let here = try attempt()
            for expected in [400, 800, 1_000, 1_000] as [Int64] {
                for _ in 0..<2 { #expect(try await store.begin(here, policy: policy).verdict == .evaluate) }
                let lock = try #require(try await store.lockouts(limit: 10).first)
                let until = try #require(lock.until)
                #expect(until - lock.since == .milliseconds(expected))
                #expect(lock.failures == 2 && lock.reason == .pair && lock.email == here.email)
                try await eventually("the lock does not end") { try await store.lockouts(limit: 10).isEmpty }
            }
        }
    }

    @Test("failures older than the window are forgotten", arguments: StoreKind.allCases)
    func window(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy(
                pair: .init(failures: 2, window: .milliseconds(200)),
                address: .init(failures: 2, window: .milliseconds(200)))
            let here = try attempt()
            for _ in 0..<3 {
                #expect(try await store.begin(here, policy: policy).verdict == .evaluate)
                try await Task.sleep(for: .milliseconds(220))
            }
        }
    }

    @Test("pain 20: a huge duration or threshold overflows nothing", arguments: StoreKind.allCases)
    func overflow(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy(
                pair: .init(failures: 1, window: .seconds(Int64.max / 4_000_000)),
                pairDuration: .seconds(Int64.max / 4_000_000), maxDuration: .seconds(Int64.max / 4_000_000),
                address: .init(failures: .max, window: .seconds(Int64.max / 4_000_000)))
            let here = try attempt()
            #expect(try await store.begin(here, policy: policy).verdict == .evaluate)
            #expect(try await store.begin(here, policy: policy).verdict == .refused(.pair))
            let lock = try #require(try await store.lockouts(limit: 1).first)
            let until = try #require(lock.until)
            #expect(until - lock.since == .seconds(86_400))
        }
    }

    @Test("lockouts lists what is locked, at most as many as asked for", arguments: StoreKind.allCases)
    func listing(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy(
                pair: .init(failures: 2, window: .seconds(60)),
                address: .init(failures: 3, window: .seconds(90)))
            let v6 = "2001:db8:1:2::/64"
            for _ in 0..<2 { _ = try await store.begin(try attempt(from: v6), policy: policy) }
            _ = try await store.begin(try attempt("bob", from: v6), policy: policy)
            let all = try await store.lockouts(limit: 10)
            #expect(Set(all.map(\.reason)) == [.pair, .address] && all.count == 2)
            #expect(all.allSatisfy { $0.address?.description == v6 })
            let address = try #require(all.first { $0.reason == .address })
            #expect(address.email == nil && address.failures == 3)
            let until = try #require(address.until)
            #expect(until - address.since == .seconds(90))
            #expect(try await store.lockouts(limit: 1).count == 1)
            #expect(try await store.lockouts(limit: 0).isEmpty)
        }
    }

    @Test(
        "pain 16: unlocking clears every counter in its scope at once, and says how many",
        arguments: StoreKind.allCases)
    func unlock(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy(
                pair: .init(failures: 1, window: .seconds(60)),
                address: .init(failures: 2, window: .seconds(60)))
            let places = ["192.0.2.1", "198.51.100.7"]
            func fill() async throws {
                for place in places {
                    for name in ["alice", "bob"] {
                        _ = try await store.begin(try attempt(name, from: place), policy: policy)
                    }
                }
            }
            try await fill()
            #expect(try await store.lockouts(limit: 100).count == 6)
            // Alice's two pairs, and what counts her failures from anywhere and in a row; the addresses stay
            // locked.
            #expect(try await store.unlock(.account(try Sample.email())) == 4)
            #expect(try await store.unlock(.account(try Sample.email())) == 0)
            #expect(try await store.begin(try attempt(), policy: policy).verdict == .refused(.address))
            // The address's own counter and Bob's pair with it.
            #expect(try await store.unlock(.address(try Sample.address(places[0]))) == 2)
            #expect(try await store.begin(try attempt(), policy: policy).verdict == .evaluate)
            #expect(
                try await store.begin(try attempt(from: places[1]), policy: policy).verdict
                    == .refused(.address))
            #expect(try await store.unlock(.everything) == 8)
            #expect(try await store.lockouts(limit: 100).isEmpty)
            try await fill()
            #expect(try await store.lockouts(limit: 100).count == 6)
        }
    }
}
