import GatewayCore
import TestSupport
import Testing

@Suite("Stores: admission")
struct AdmissionConformanceTests {
    @Test("a session that began is found as it was given", arguments: StoreKind.allCases)
    func find(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let session = try Sample.session(1, userAgent: "Ünïcode/1.0 (with spaces; and = signs)")
            try await store.begin(session, policy: SessionPolicy())
            for _ in 0..<2 {
                let answer = try await store.admit(AdmissionQuestion(session: session.digest, charges: []))
                #expect(answer.session == .found(session))
                #expect(answer.outcomes.isEmpty)
            }
        }
    }

    @Test(
        "a session that never was is absent, and none is reported when none was asked for",
        arguments: StoreKind.allCases)
    func absent(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let digest = try Sample.session(1).digest
            #expect(try await store.admit(AdmissionQuestion(session: digest, charges: [])).session == .absent)
            let charge = try Sample.charge()
            let answer = try await store.admit(AdmissionQuestion(session: nil, charges: [charge]))
            #expect(answer.session == .notAsked)
            let nothing = try await store.admit(AdmissionQuestion(session: nil, charges: []))
            #expect(nothing.session == .notAsked && nothing.outcomes.isEmpty)
        }
    }

    @Test(
        "exactly the burst is admitted from rest, for every policy and subject by itself",
        arguments: StoreKind.allCases)
    func burst(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let user = try #require(UserID("0190-alice"))
            let v6 = try Sample.address("2001:db8:1:2::7")
            let charges = [
                try Sample.charge("a"), try Sample.charge("b", burst: 2),
                try Sample.charge("a", subject: .user(user)),
                try Sample.charge("a", subject: .addressAndUser(v6, user)),
                try Sample.charge("a", subject: .address(v6), burst: 4, cost: 2),
            ]
            var admitted = Array(repeating: 0, count: charges.count)
            for _ in 0..<6 {
                let answer = try await store.admit(AdmissionQuestion(session: nil, charges: charges))
                for (index, outcome) in answer.outcomes.enumerated() where outcome.isAdmitted {
                    admitted[index] += 1
                }
            }
            #expect(admitted == [3, 2, 3, 3, 2])
        }
    }

    @Test("outcomes say when the limit is at rest and when to come back", arguments: StoreKind.allCases)
    func outcome(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let charge = try Sample.charge(burst: 2)
            let question = AdmissionQuestion(session: nil, charges: [charge])
            let interval = charge.policy.gcra.interval
            let first = try await store.admit(question).outcomes[0]
            #expect(first == LimitOutcome(isAdmitted: true, untilFull: interval, retryAfter: 0))
            let second = try await store.admit(question).outcomes[0]
            #expect(second.isAdmitted && second.untilFull > interval && second.untilFull <= 2 * interval)
            let third = try await store.admit(question).outcomes[0]
            #expect(!third.isAdmitted && third.untilFull <= second.untilFull && third.untilFull > interval)
            #expect(third.retryAfter == third.untilFull - interval)
        }
    }

    @Test("a limit is whole again once it has been left alone for its window", arguments: StoreKind.allCases)
    func rest(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let question = AdmissionQuestion(
                session: nil, charges: [try Sample.charge(burst: 2, per: .milliseconds(150))])
            while try await store.admit(question).outcomes[0].isAdmitted {}
            try await Task.sleep(for: .milliseconds(310))
            #expect(try await store.admit(question).outcomes[0].untilFull == 150_000)
        }
    }

    @Test(
        "states show the TAT without charging, and reset puts a limit at rest", arguments: StoreKind.allCases)
    func states(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let used = try Sample.charge("used")
            let unused = try Sample.charge("unused")
            let outcome = try await store.admit(AdmissionQuestion(session: nil, charges: [used])).outcomes[0]
            for _ in 0..<2 {
                let (tats, now) = try await store.states(of: [used, unused])
                let tat = try #require(tats[0])
                #expect(tat > now && tat <= now + outcome.untilFull)
                #expect(tats[1] == nil)
            }
            #expect(try await store.reset([used, unused]) == 1)
            #expect(try await store.states(of: [used]).tats == [nil])
            #expect(try await store.reset([used, unused]) == 0)
            let again = try await store.admit(AdmissionQuestion(session: nil, charges: [used])).outcomes[0]
            #expect(again == outcome)
        }
    }

    @Test(
        "a touch is seen by the next look-up, moves no clock back, and brings nothing back",
        arguments: StoreKind.allCases)
    func touch(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let session = try Sample.session(1)
            try await store.begin(session, policy: SessionPolicy())
            let later = session.lastUsedAt + .seconds(61)
            store.touch(session.digest, at: later, idleTimeout: .seconds(1_800))
            store.touch(session.digest, at: session.lastUsedAt + .seconds(5), idleTimeout: .seconds(1_800))
            var touched = session
            touched.lastUsedAt = later
            let question = AdmissionQuestion(session: session.digest, charges: [])
            #expect(try await store.admit(question).session == .found(touched))
            #expect(try await store.end(session.digest))
            store.touch(session.digest, at: later + .seconds(61), idleTimeout: .seconds(1_800))
            #expect(try await store.admit(question).session == .absent)
        }
    }

    @Test("a session is gone at its end, however often it is used", arguments: StoreKind.allCases)
    func end(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let session = try Sample.session(1, lasting: .seconds(2))
            try await store.begin(session, policy: SessionPolicy())
            let question = AdmissionQuestion(session: session.digest, charges: [])
            #expect(try await store.admit(question).session == .found(session))
            try await eventually("the session outlives its end") {
                store.touch(session.digest, at: Sample.now(), idleTimeout: .seconds(1_800))
                return try await store.admit(question).session == .absent
            }
            #expect(Sample.now() >= session.expiresAt - .milliseconds(5))
        }
    }
}
