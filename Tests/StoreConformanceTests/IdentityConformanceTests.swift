import GatewayCore
import TestSupport
import Testing

@Suite("Stores: sessions, accounts, keys")
struct IdentityConformanceTests {
    @Test("a user's sessions are listed newest first, and nobody else's", arguments: StoreKind.allCases)
    func list(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let start = Sample.now()
            let mine = try (1...3).map { try Sample.session(UInt64($0), at: start + .milliseconds($0)) }
            for session in mine { try await store.begin(session, policy: SessionPolicy()) }
            try await store.begin(try Sample.session(9, of: "0190-bob"), policy: SessionPolicy())
            #expect(try await store.list(of: mine[0].user) == mine.reversed())
            #expect(try await store.list(of: try #require(UserID("nobody"))).isEmpty)
        }
    }

    @Test("ending a session is known at once, and ending it again is no error", arguments: StoreKind.allCases)
    func end(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let sessions = try (1...2).map { try Sample.session(UInt64($0)) }
            for session in sessions { try await store.begin(session, policy: SessionPolicy()) }
            #expect(try await store.end(sessions[0].digest))
            #expect(try await !store.end(sessions[0].digest))
            #expect(try await store.list(of: sessions[0].user).map(\.digest) == [sessions[1].digest])
            // By its public ID, and only by its owner.
            let bob = try #require(UserID("0190-bob"))
            #expect(try await !store.end(sessions[1].digest.sessionID, of: bob))
            #expect(try await store.end(sessions[1].digest.sessionID, of: sessions[1].user))
            #expect(try await !store.end(sessions[1].digest.sessionID, of: sessions[1].user))
            let question = AdmissionQuestion(session: sessions[1].digest, charges: [])
            #expect(try await store.admit(question).session == .absent)
        }
    }

    @Test(
        "ending all sessions of a user spares the one that is kept and other users",
        arguments: StoreKind.allCases)
    func endAll(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let mine = try (1...4).map { try Sample.session(UInt64($0)) }
            let other = try Sample.session(9, of: "0190-bob")
            for session in mine + [other] { try await store.begin(session, policy: SessionPolicy()) }
            #expect(try await store.endAll(of: mine[0].user, except: mine[2].digest) == 3)
            #expect(try await store.list(of: mine[0].user).map(\.digest) == [mine[2].digest])
            #expect(try await store.endAll(of: mine[0].user, except: nil) == 1)
            #expect(try await store.endAll(of: mine[0].user, except: nil) == 0)
            #expect(try await store.list(of: other.user) == [other])
        }
    }

    @Test(
        "pain 23: a replaced session is good for the grace, by the store's clock, and no use postpones its end",
        arguments: StoreKind.allCases)
    func retire(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let grace = Duration.seconds(2)
            let old = try Sample.session(1)
            let new = old.renewed(under: SessionToken.random(), at: old.createdAt + .seconds(5))
            try await store.begin(old, policy: SessionPolicy())
            try await store.begin(new, policy: SessionPolicy())
            let before = Sample.now()
            #expect(try await store.retire(old.digest, in: grace))
            let after = Sample.now()
            guard
                case .found(let retired) = try await store.admit(.init(session: old.digest, charges: []))
                    .session
            else {
                // A busy machine may have let the grace pass.
                #expect(Sample.now() - before >= grace)
                return
            }
            #expect(retired.expiresAt >= before + grace && retired.expiresAt <= after + grace)
            #expect(retired.user == old.user && retired.createdAt == old.createdAt)
            // Written out, not as a closure: a touch does not hop to the store's loop by itself.
            let deadline = ContinuousClock.now + .seconds(30)
            while try await store.admit(.init(session: old.digest, charges: [])).session != .absent {
                try #require(ContinuousClock.now < deadline, "the old token outlives the grace")
                // Not even use by workers whose clocks are wrong lengthens it.
                for skew in [-7_200, 0, 7_200] as [Int64] {
                    store.touch(
                        old.digest, at: Sample.now() + .seconds(skew), idleTimeout: .seconds(1_800))
                }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(Sample.now() - before >= grace - .milliseconds(5))
            #expect(try await store.admit(.init(session: new.digest, charges: [])).session == .found(new))
            #expect(new.createdAt == old.createdAt && new.expiresAt == old.expiresAt)
            #expect(try await !store.retire(old.digest, in: grace))
            #expect(try await store.admit(.init(session: old.digest, charges: [])).session == .absent)
        }
    }

    @Test("a grace longer than a session's life does not lengthen it", arguments: StoreKind.allCases)
    func retireLate(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let session = try Sample.session(1, lasting: .milliseconds(600))
            try await store.begin(session, policy: SessionPolicy())
            _ = try await store.retire(session.digest, in: .seconds(60))
            if case .found(let kept) = try await store.admit(.init(session: session.digest, charges: []))
                .session
            {
                #expect(kept.expiresAt == session.expiresAt)
            }
            try await eventually("it outlives its end") {
                try await store.admit(.init(session: session.digest, charges: [])).session == .absent
            }
        }
    }

    @Test(
        "the new token of a user's oldest session is not the one that goes when there are too many",
        arguments: StoreKind.allCases)
    func renewedOldest(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = SessionPolicy(perUser: 3)
            let start = Sample.now()
            let sessions = try (1...3).map { try Sample.session(UInt64($0), at: start + .milliseconds($0)) }
            for session in sessions { try await store.begin(session, policy: policy) }
            let new = sessions[0].renewed(under: SessionToken.random(), at: start + .seconds(1))
            try await store.begin(new, policy: policy)
            #expect(try await store.list(of: new.user) == [new, sessions[2], sessions[1]])
        }
    }

    @Test(
        "pain 27: one session more than a user may have ends the one that began first",
        arguments: StoreKind.allCases)
    func bound(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = SessionPolicy(perUser: 3)
            let start = Sample.now()
            let sessions = try (1...5).map { try Sample.session(UInt64($0), at: start + .milliseconds($0)) }
            for session in sessions.prefix(3) { try await store.begin(session, policy: policy) }
            #expect(try await store.list(of: sessions[0].user).count == 3)
            try await store.begin(sessions[3], policy: policy)
            #expect(try await store.list(of: sessions[0].user) == [sessions[3], sessions[2], sessions[1]])
            let question = AdmissionQuestion(session: sessions[0].digest, charges: [])
            #expect(try await store.admit(question).session == .absent)
            // One that has ended makes room: nobody else has to go.
            #expect(try await store.end(sessions[2].digest))
            try await store.begin(sessions[4], policy: policy)
            #expect(try await store.list(of: sessions[0].user) == [sessions[4], sessions[3], sessions[1]])
        }
    }

    @Test("a session that expired by itself is not counted against its user", arguments: StoreKind.allCases)
    func expired(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = SessionPolicy(perUser: 2)
            let start = Sample.now()
            let oldest = try Sample.session(1, at: start)
            let brief = try Sample.session(2, at: start + .milliseconds(1), lasting: .milliseconds(100))
            let newest = try Sample.session(3, at: start + .milliseconds(200))
            try await store.begin(oldest, policy: policy)
            try await store.begin(brief, policy: policy)
            try await eventually("the brief session lives on") {
                try await store.list(of: oldest.user).map(\.digest) == [oldest.digest]
            }
            try await store.begin(newest, policy: policy)
            #expect(try await store.list(of: oldest.user).map(\.digest) == [newest.digest, oldest.digest])
        }
    }

    @Test("an account is found by its ID and its address, as it was created", arguments: StoreKind.allCases)
    func account(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let account = try Sample.account()
            #expect(try await store.account(account.id) == nil)
            #expect(try await store.account(with: account.email) == nil)
            #expect(try await store.create(account) == .created)
            #expect(try await store.account(account.id) == account)
            #expect(try await store.account(with: account.email) == account)
        }
    }

    @Test(
        "an address belongs to one account, and asking for the same account again is no conflict",
        arguments: StoreKind.allCases)
    func taken(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let account = try Sample.account()
            var rival = try Sample.account("rival")
            rival.email = account.email
            #expect(try await store.create(account) == .created)
            #expect(try await store.create(rival) == .addressTaken)
            #expect(try await store.account(rival.id) == nil)
            #expect(try await store.create(account) == .created)
            #expect(try await store.account(with: account.email) == account)
        }
    }

    @Test(
        "changes take hold, and of an account that is not there change nothing", arguments: StoreKind.allCases
    )
    func change(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            var account = try Sample.account()
            let later = account.createdAt + .seconds(5)
            let hash = PasswordHash(encoded: "$argon2id$v=19$m=2,t=1,p=1$c2FsdA$bmV3")
            #expect(try await !store.setActive(false, of: account.id))
            #expect(try await !store.setAdmin(true, of: account.id))
            #expect(try await !store.setPassword(hash, of: account.id, replacing: nil, at: later))
            #expect(try await !store.delete(account.id))
            #expect(try await store.account(account.id) == nil)
            #expect(try await store.create(account) == .created)
            #expect(try await store.setActive(false, of: account.id))
            #expect(try await store.setAdmin(true, of: account.id))
            #expect(try await !store.setPassword(hash, of: account.id, replacing: hash, at: later))
            #expect(
                try await store.setPassword(hash, of: account.id, replacing: account.passwordHash, at: later))
            account.isActive = false
            account.isAdmin = true
            account.passwordHash = hash
            account.passwordChangedAt = later
            #expect(try await store.account(with: account.email) == account)
        }
    }

    @Test("a deleted account frees its address, and its ID means nobody", arguments: StoreKind.allCases)
    func delete(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let account = try Sample.account()
            #expect(try await store.create(account) == .created)
            #expect(try await store.delete(account.id))
            #expect(try await !store.delete(account.id))
            #expect(try await store.account(account.id) == nil)
            #expect(try await store.page(after: nil).accounts.isEmpty)
            var successor = try Sample.account("successor")
            successor.email = account.email
            #expect(try await store.create(successor) == .created)
            #expect(try await !store.setAdmin(true, of: account.id))
            #expect(try await store.account(with: account.email) == successor)
        }
    }

    @Test("pages reach every account once, through as many pages as it takes", arguments: StoreKind.allCases)
    func pages(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            for number in 0..<201 {
                #expect(try await store.create(try Sample.account("user\(number)")) == .created)
            }
            var seen: [UserID] = []
            var pages = 0
            var cursor: String?
            repeat {
                let page = try await store.page(after: cursor)
                seen += page.accounts.map(\.id)
                cursor = page.cursor
                pages += 1
            } while cursor != nil
            #expect(seen.count == 201 && Set(seen).count == 201)
            #expect(pages == 3)
        }
    }

    @Test("published keys are everybody's until they expire", arguments: StoreKind.allCases)
    func keys(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            #expect(try await store.publishedKeys().isEmpty)
            let brief = PublishedKey(keyID: "brief", x: "AAAA")
            let lasting = PublishedKey(keyID: "lasting", x: "BBBB")
            try await store.publish([brief], for: .seconds(2))
            try await store.publish([lasting, lasting], for: .seconds(60))
            #expect(try await Set(store.publishedKeys()) == [brief, lasting])
            try await eventually("an expired key is still published") {
                try await store.publishedKeys() == [lasting]
            }
        }
    }
}
