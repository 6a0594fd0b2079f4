import GatewayCore
import TestSupport
import Testing

@Suite("Stores: API keys")
struct KeyConformanceTests {
    private func key(
        _ number: UInt64, of user: String = "0190-alice", scopes: KeyScopes = [.read, .write],
        at now: Timestamp = Sample.now(), lasting span: Duration = .seconds(3_600)
    ) throws -> APIKey {
        let blocks = try ["192.0.2.0/24", "2001:db8::/32"].map { try #require(AddressBlock($0)) }
        return APIKey(
            digest: SessionDigest(words: (number, 7, 8, 9)), user: try #require(UserID(user)),
            email: try Sample.email(),
            grant: KeyGrant(name: "CI, nightly – ünïcode", scopes: scopes, addresses: blocks), createdAt: now,
            expiresAt: now + span)
    }

    private func find(_ key: APIKey, in store: any GatewayStore) async throws -> APIKey? {
        let answer = try await store.admit(.init(session: key.digest, isKey: true, charges: []))
        guard case .found(let session) = answer.session else { return nil }
        return APIKey(session)
    }

    @Test(
        "pain 25: a key is found as it was made, with all that it allows, and is no session",
        arguments: StoreKind.allCases)
    func find(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let grants: [KeyScopes] = [[], .read, .write, .admin, [.read, .write, .admin]]
            for (number, scopes) in grants.enumerated() {
                let key = try key(UInt64(number + 1), scopes: scopes)
                #expect(try await store.create(key, policy: KeyPolicy()))
                for _ in 0..<2 { #expect(try await find(key, in: store) == key) }
                let session = try await store.admit(.init(session: key.digest, charges: [])).session
                #expect(session == .absent)
            }
            let session = try Sample.session(77)
            try await store.begin(session, policy: SessionPolicy())
            let answer = try await store.admit(.init(session: session.digest, isKey: true, charges: []))
            #expect(answer.session == .absent)
        }
    }

    @Test("a user's keys are listed newest first, and nobody else's", arguments: StoreKind.allCases)
    func list(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let start = Sample.now()
            let mine = try (1...3).map { try key(UInt64($0), at: start + .milliseconds($0)) }
            for key in mine { #expect(try await store.create(key, policy: KeyPolicy())) }
            let other = try key(9, of: "0190-bob")
            #expect(try await store.create(other, policy: KeyPolicy()))
            #expect(try await store.apiKeys(of: mine[0].user) == mine.reversed())
            #expect(try await store.apiKeys(of: try #require(UserID("nobody"))).isEmpty)
        }
    }

    @Test("a key ends by its owner alone, one by one or all", arguments: StoreKind.allCases)
    func end(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let keys = try (1...4).map { try key(UInt64($0), scopes: $0 == 4 ? [.read, .admin] : .read) }
            let bob = try #require(UserID("0190-bob"))
            for key in keys { #expect(try await store.create(key, policy: KeyPolicy())) }
            #expect(try await !store.endKey(keys[0].id, of: bob))
            #expect(try await find(keys[0], in: store) == keys[0])
            #expect(try await store.endKey(keys[0].id, of: keys[0].user))
            #expect(try await !store.endKey(keys[0].id, of: keys[0].user))
            #expect(try await find(keys[0], in: store) == nil)
            #expect(try await store.endKeys(of: bob, having: nil) == 0)
            // Who loses a role loses the keys that have it, and no others.
            #expect(try await store.endKeys(of: keys[0].user, having: .admin) == 1)
            #expect(try await find(keys[3], in: store) == nil)
            #expect(try await find(keys[1], in: store) == keys[1])
            #expect(try await store.endKeys(of: keys[0].user, having: nil) == 2)
            #expect(try await store.apiKeys(of: keys[0].user).isEmpty)
            #expect(try await find(keys[1], in: store) == nil)
        }
    }

    @Test(
        "a user has as many keys as the policy says and not one more, until one ends",
        arguments: StoreKind.allCases)
    func bound(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = KeyPolicy(perUser: 3)
            for number in 1...3 { #expect(try await store.create(try key(UInt64(number)), policy: policy)) }
            let fourth = try key(4)
            #expect(try await !store.create(fourth, policy: policy))
            #expect(try await find(fourth, in: store) == nil)
            #expect(try await store.create(try key(5, of: "0190-bob"), policy: policy))
            #expect(try await store.endKey(try key(2).id, of: fourth.user))
            #expect(try await store.create(fourth, policy: policy))
            #expect(try await store.apiKeys(of: fourth.user).count == 3)
        }
    }

    @Test("a key is gone at its end, and gives its place free", arguments: StoreKind.allCases)
    func expiry(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let policy = KeyPolicy(perUser: 1)
            let brief = try key(1, lasting: .seconds(2))
            #expect(try await store.create(brief, policy: policy))
            #expect(try await !store.create(try key(2), policy: policy))
            try await eventually("the key outlives its end") {
                store.touchKey(brief.digest, at: Sample.now(), from: try Sample.address())
                return try await find(brief, in: store) == nil
            }
            #expect(Sample.now() >= brief.expiresAt - .milliseconds(5))
            try await eventually("an ended key keeps its place") {
                try await store.create(try key(2), policy: policy)
            }
            #expect(try await store.apiKeys(of: brief.user).map(\.digest) == [try key(2).digest])
        }
    }

    @Test(
        "a key's last use is noted, never moved back, and brings nothing back", arguments: StoreKind.allCases)
    func touch(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            var key = try key(1)
            #expect(try await store.create(key, policy: KeyPolicy()))
            #expect(try await find(key, in: store)?.lastUsedAt == nil)
            let later = key.createdAt + .seconds(61)
            let here = try Sample.address()
            store.touchKey(key.digest, at: later, from: here)
            store.touchKey(key.digest, at: key.createdAt + .seconds(5), from: here)
            key.lastUsedAt = later
            key.grant.seen = [here]
            #expect(try await find(key, in: store) == key)
            #expect(try await store.endKey(key.id, of: key.user))
            store.touchKey(key.digest, at: later + .seconds(61), from: here)
            #expect(try await find(key, in: store) == nil)
        }
    }

    @Test(
        "a key knows whence it was used: the newest 16 addresses, each once, an IPv6 client by its /64",
        arguments: StoreKind.allCases)
    func whence(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let key = try key(1)
            #expect(try await store.create(key, policy: KeyPolicy()))
            let v6 = try Sample.address("2001:db8:1:2::7")
            let v4 = (1...16).map { AddressPrefix(containing: IPAddress(v4: 0xC000_0200 + $0)) }
            for address in [v6, v4[0], v6, v4[0]] {
                store.touchKey(key.digest, at: Sample.now(), from: address)
            }
            let found = try #require(try await find(key, in: store))
            #expect(found.grant.seen == [v4[0], v6])
            #expect(found.grant.name == key.grant.name && found.grant.addresses == key.grant.addresses)
            for address in v4 { store.touchKey(key.digest, at: Sample.now(), from: address) }
            let seen = try #require(try await find(key, in: store)).grant.seen
            #expect(seen == v4.reversed())
            #expect(try await store.apiKeys(of: key.user).map(\.grant.seen) == [seen])
        }
    }
}
