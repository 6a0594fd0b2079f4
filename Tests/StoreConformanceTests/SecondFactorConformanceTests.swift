import GatewayCore
import GatewayRedis
import Testing

@Suite("Second factors, in Redis and in memory")
struct SecondFactorConformanceTests {
    private static func factor(_ name: String = "one", step: Int64 = 100) -> SecondFactor {
        SecondFactor(
            secret: SealedSecret(encoded: "p.\(name)"), lastStep: step,
            recovery: codes.map(\.digest))
    }

    private static let codes = (0..<3).map { _ in RecoveryCode.random() }

    private static func offer(
        _ secret: SealedSecret, to account: Account, _ store: any GatewayStore
    ) async throws -> Bool {
        try await store.offerSecondFactor(secret, to: account, for: SecondFactorOffer.lifetime)
    }

    private static func enrol(_ store: any GatewayStore) async throws -> Account {
        let alice = try Sample.account()
        _ = try await store.create(alice)
        #expect(try await Self.offer(factor().secret, to: alice, store))
        #expect(try await store.confirmSecondFactor(factor(), of: alice))
        return alice
    }

    @Test(
        "a factor counts once it is confirmed, and only the secret that was offered last can be",
        arguments: StoreKind.allCases)
    func enrolment(_ kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let alice = try Sample.account()
            #expect(try await !Self.offer(Self.factor().secret, to: alice, store))
            _ = try await store.create(alice)
            #expect(try await store.account(alice.id)?.secondFactor == nil)
            #expect(try await !store.confirmSecondFactor(Self.factor(), of: alice))
            #expect(try await Self.offer(Self.factor("first").secret, to: alice, store))
            #expect(try await Self.offer(Self.factor().secret, to: alice, store))
            #expect(try await store.account(alice.id)?.offeredSecret == Self.factor().secret)
            #expect(try await store.account(alice.id)?.secondFactor == nil)
            #expect(try await !store.confirmSecondFactor(Self.factor("first"), of: alice))
            #expect(try await store.confirmSecondFactor(Self.factor(), of: alice))
            let found = try await store.account(with: alice.email)
            #expect(found?.secondFactor == Self.factor())
            #expect(found?.offeredSecret == nil && found?.offerEndsAt == nil)
            #expect(try await store.removeSecondFactor(of: alice))
            #expect(try await store.account(alice.id)?.secondFactor == nil)
            #expect(try await !store.removeSecondFactor(of: alice))
        }
    }

    @Test("an offer counts until its end, and not from then on", arguments: StoreKind.allCases)
    func lifetime(_ kind: StoreKind) async throws {
        #expect(SecondFactorOffer.lifetime == .seconds(600))
        try await kind.withStore { _, store in
            let alice = try Sample.account()
            _ = try await store.create(alice)
            let before = Sample.now()
            #expect(try await Self.offer(Self.factor().secret, to: alice, store))
            let end = try #require(try await store.account(alice.id)?.offerEndsAt)
            #expect(end >= before + .seconds(600) && end <= Sample.now() + .seconds(600))
            let short = Self.factor("short")
            let span = Duration.milliseconds(200)
            #expect(try await store.offerSecondFactor(short.secret, to: alice, for: span))
            let over = try #require(try await store.account(alice.id)?.offerEndsAt)
            try await eventually("the clock moves on") { Sample.now() > over }
            #expect(try await !store.confirmSecondFactor(short, of: alice))
            #expect(try await store.account(alice.id)?.secondFactor == nil)
            #expect(try await store.offerSecondFactor(short.secret, to: alice, for: .zero))
            #expect(try await !store.confirmSecondFactor(short, of: alice))
            #expect(try await Self.offer(short.secret, to: alice, store))
            #expect(try await store.confirmSecondFactor(short, of: alice))
        }
    }

    @Test(
        "a new password takes an offer away, and a second factor not; what else is changed takes neither",
        arguments: StoreKind.allCases)
    func newPassword(_ kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let alice = try await Self.enrol(store)
            let other = Self.factor("other")
            #expect(try await Self.offer(other.secret, to: alice, store))
            _ = try await store.setAdmin(true, of: alice.id)
            #expect(try await store.account(alice.id)?.offeredSecret == other.secret)
            let hash = PasswordHash(encoded: "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$other")
            #expect(try await store.setPassword(hash, of: alice.id, replacing: nil, at: Sample.now()))
            #expect(try await store.account(alice.id)?.offeredSecret == nil)
            #expect(try await store.account(alice.id)?.offerEndsAt == nil)
            #expect(try await store.account(alice.id)?.secondFactor == Self.factor())
            #expect(try await !store.confirmSecondFactor(other, of: alice))
        }
    }

    @Test(
        "the code of a step is taken once, and after it none of an earlier step",
        arguments: StoreKind.allCases)
    func steps(_ kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let alice = try await Self.enrol(store)
            func use(_ step: Int64) async throws -> Bool {
                try await store.useSecondFactor(.step(step), of: alice.email, alice.id)
            }
            #expect(try await !use(100))
            #expect(try await use(101))
            #expect(try await !use(101))
            #expect(try await !use(100))
            #expect(try await use(103))
            #expect(try await !use(102))
        }
    }

    @Test("a recovery code is taken once", arguments: StoreKind.allCases)
    func recovery(_ kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let alice = try await Self.enrol(store)
            func use(_ code: RecoveryCode) async throws -> Bool {
                try await store.useSecondFactor(.recovery(code.digest), of: alice.email, alice.id)
            }
            #expect(try await use(Self.codes[1]))
            #expect(try await !use(Self.codes[1]))
            #expect(try await !use(RecoveryCode.random()))
            #expect(try await store.account(alice.id)?.secondFactor?.recovery.count == 2)
            #expect(try await use(Self.codes[0]))
            #expect(try await use(Self.codes[2]))
            #expect(try await store.account(alice.id)?.secondFactor?.recovery == [])
        }
    }

    @Test("nothing is used by nobody", arguments: StoreKind.allCases)
    func nothing(_ kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let alice = try await Self.enrol(store)
            #expect(try await !store.useSecondFactor(.nothing, of: alice.email, alice.id))
            #expect(try await !store.useSecondFactor(.step(500), of: alice.email, nil))
            #expect(
                try await !store.useSecondFactor(
                    .step(500), of: try Sample.email("nobody@example.com"), alice.id))
            #expect(try await store.account(alice.id)?.secondFactor == Self.factor())
        }
    }
}
