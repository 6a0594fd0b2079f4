import GatewayCore
import TestSupport
import Testing

@Suite("Stores: requests in flight")
struct LeaseConformanceTests {
    private func lease(_ number: UInt64, _ user: String = "0190-alice") throws -> Lease {
        Lease(
            policy: "slots", subject: .user(try #require(UserID(user))), id: Lease.ID(words: (number, number))
        )
    }

    @Test(
        "as many leases as there are places are granted, one more is not, and one given back is free again",
        arguments: StoreKind.allCases)
    func places(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let leases = try (1...4).map { try lease(UInt64($0)) }
            let answers = try await store.take(leases.map { ($0, 3) }, for: .seconds(60))
            #expect(answers.map(\.isGranted) == [true, true, true, false])
            #expect(answers.map(\.inFlight) == [1, 2, 3, 3])
            #expect(try await store.held([leases[0]]) == [3])
            store.release([leases[1]])
            try await eventually("the place is free") {
                try await store.take([(leases[3], 3)], for: .seconds(60)) == [
                    LeaseAnswer(isGranted: true, inFlight: 3)
                ]
            }
            // Somebody else's places are others.
            let other = try lease(9, "0190-bob")
            #expect(try await store.take([(other, 1)], for: .seconds(60))[0].isGranted)
            #expect(try await store.forget([leases[0]]) == 3)
            #expect(try await store.held([leases[0], other]) == [0, 1])
        }
    }

    @Test("a lease that is asked for twice is held once", arguments: StoreKind.allCases)
    func twice(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let one = try lease(1)
            for _ in 0..<2 {
                let answer = try await store.take([(one, 1)], for: .seconds(60))
                #expect(answer == [LeaseAnswer(isGranted: true, inFlight: 1)])
            }
        }
    }

    @Test(
        "a lease that nobody renews ends by itself, one that is renewed does not",
        arguments: StoreKind.allCases)
    func expiry(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let (kept, lost) = (try lease(1), try lease(2))
            _ = try await store.take([(kept, 2), (lost, 2)], for: .milliseconds(400))
            try await eventually("the lease that is not renewed has ended") {
                store.renew([kept], for: .milliseconds(400))
                return try await store.held([kept]) == [1]
            }
            let answer = try await store.take([(try lease(3), 2)], for: .seconds(1))
            #expect(answer[0].isGranted)
        }
    }

    @Test("a lease that the store has lost is known again when it is renewed", arguments: StoreKind.allCases)
    func lostData(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let one = try lease(1)
            _ = try await store.take([(one, 1)], for: .seconds(60))
            #expect(try await store.forget([one]) == 1)
            store.renew([one], for: .seconds(60))
            try await eventually("it counts again") { try await store.held([one]) == [1] }
            #expect(try await store.take([(try lease(2), 1)], for: .seconds(60))[0].isGranted == false)
        }
    }
}
