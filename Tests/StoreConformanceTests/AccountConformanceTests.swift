import GatewayCore
import Testing

@Suite("Stores: many accounts, and how their passwords are hashed")
struct AccountConformanceTests {
    @Test("several accounts are created in one flight, each by itself", arguments: StoreKind.allCases)
    func batch(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let bob = try Sample.account("bob")
            #expect(try await store.create(bob) == .created)
            var rival = try Sample.account("rival")
            rival.email = bob.email
            var impostor = try Sample.account("impostor")
            impostor.id = bob.id
            let alice = try Sample.account()
            #expect(
                try await store.create([alice, rival, impostor, bob, try Sample.account("carol")])
                    == [.created, .addressTaken, .idTaken, .created, .created])
            #expect(try await store.account(bob.id) == bob)
            #expect(try await store.account(with: impostor.email) == nil)
            #expect(try await store.create([]).isEmpty)
            let emails = [alice.email, impostor.email, bob.email]
            #expect(try await store.accounts(with: emails) == [alice, nil, bob])
            #expect(try await store.accounts(with: []).isEmpty)
            #expect(
                try await store.addresses(of: [bob.id, rival.id, alice.id]) == [bob.email, nil, alice.email])
        }
    }

    @Test(
        "the forms of hashes are known from the moment that an account has one", arguments: StoreKind.allCases
    )
    func forms(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            #expect(try await store.passwordForms().isEmpty)
            var alice = try Sample.account()
            alice.passwordHash = PasswordHash(encoded: "$2b$12$salt")
            var plain = try Sample.account("plain")
            plain.passwordHash = PasswordHash(encoded: "none")
            #expect(try await store.create([alice, plain]) == [.created, .created])
            #expect(try await store.passwordForms() == ["$2b$12"])
            let hash = PasswordHash(encoded: "pbkdf2:sha256:1000$salt$00")
            let nobody = try #require(UserID("nobody"))
            #expect(try await !store.setPassword(hash, of: nobody, replacing: nil, at: Sample.now()))
            #expect(try await store.passwordForms() == ["$2b$12"])
            #expect(try await store.setPassword(hash, of: alice.id, replacing: nil, at: Sample.now()))
            #expect(try await store.setActive(false, of: alice.id))
            #expect(try await store.passwordForms() == ["$2b$12", "pbkdf2:sha256:1000"])
            try await store.forgetPasswordForms(["$2b$12", "never there"])
            try await store.notePasswordForms(["scrypt:16:8:1"])
            try await store.forgetPasswordForms([])
            try await store.notePasswordForms([])
            #expect(try await store.passwordForms() == ["pbkdf2:sha256:1000", "scrypt:16:8:1"])
        }
    }

    @Test("accounts bring no more than 32 forms", arguments: StoreKind.allCases)
    func bound(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            for number in 1...33 {
                var account = try Sample.account("user\(number)")
                account.passwordHash = PasswordHash(encoded: "pbkdf2:sha256:\(number)$salt$00")
                #expect(try await store.create(account) == .created)
                #expect(try await store.passwordForms().count == min(number, 32))
            }
        }
    }

    @Test(
        "deleting and disabling an account ends its sessions, and deleting its counters",
        arguments: StoreKind.allCases)
    func ends(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = LockoutPolicy(pair: .init(failures: 1, window: .seconds(60)))
            let attempt = LoginAttempt(email: try Sample.email(), address: try Sample.address())
            let alice = try Sample.account()
            #expect(try await store.create(alice) == .created)
            try await store.begin(try Sample.session(1), policy: SessionPolicy())
            _ = try await store.begin(attempt, policy: policy)
            try await store.finish(attempt, as: .failed, policy: policy)
            #expect(try await store.lockouts(limit: 10).count == 1)
            #expect(try await AccountEnd.disable(alice, in: store)?.sessions == 1)
            #expect(try await store.account(alice.id)?.isActive == false)
            try await store.begin(try Sample.session(2), policy: SessionPolicy())
            #expect(try await AccountEnd.delete(alice, in: store)?.sessions == 1)
            #expect(try await store.list(of: alice.id).isEmpty)
            #expect(try await store.lockouts(limit: 10).isEmpty)
            #expect(try await AccountEnd.delete(alice, in: store) == nil)
            #expect(try await AccountEnd.disable(alice, in: store) == nil)
        }
    }
}
