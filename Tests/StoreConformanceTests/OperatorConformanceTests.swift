import GatewayCore
import TestSupport
import Testing

@Suite("Stores: what operators change and look up")
struct OperatorConformanceTests {
    private func override(_ name: String, burst: Int64 = 3) -> LimitOverride {
        var override = LimitOverride(.policy(name), author: "alice@ops: \"on call\"")
        override.rate = LimitOverride.Rate(count: 5, per: .seconds(60))
        override.burst = burst
        override.mode = .shadow
        return override
    }

    @Test(
        "an override is found with its author, its beginning and its end, and gone once it is cleared",
        arguments: StoreKind.allCases)
    func overrides(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            #expect(try await store.overrides().overrides.isEmpty)
            let made = try #require(try await store.set(override("api"), for: .seconds(60), most: 9))
            #expect(made.until - made.setAt == .seconds(60))
            var route = LimitOverride(.route("/a/** b"), author: "bob")
            route.bodyLimit = 1 << 20
            _ = try await store.set(route, for: .seconds(60), most: 9)
            let (found, now) = try await store.overrides()
            #expect(found.map(\.target) == [.policy("api"), .route("/a/** b")])
            #expect(found.first == made && found.last?.bodyLimit == 1 << 20)
            #expect(made.setAt <= now && now < made.until)
            // A second one for the same target takes the place of the first.
            let again = try await store.set(override("api", burst: 7), for: .seconds(90), most: 2)
            #expect(again?.burst == 7)
            #expect(try await store.overrides().overrides.map(\.burst) == [7, nil])
            #expect(try await store.clear(.policy("none")) == 0)
            #expect(try await store.clear(.policy("api")) == 1)
            #expect(try await store.clear(nil) == 1)
            #expect(try await store.overrides().overrides.isEmpty)
        }
    }

    @Test("overrides are bounded in number, and one that has ended makes room", arguments: StoreKind.allCases)
    func bounded(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            #expect(try await store.set(override("a"), for: .seconds(3), most: 2) != nil)
            #expect(try await store.set(override("b"), for: .seconds(60), most: 2) != nil)
            #expect(try await store.set(override("c"), for: .seconds(60), most: 2) == nil)
            try await eventually("the first has ended") {
                try await store.overrides().overrides.map(\.target) == [.policy("b")]
            }
            #expect(try await store.set(override("c"), for: .seconds(60), most: 2) != nil)
        }
    }

    private func record(_ id: String, path: String = "/a") -> RequestRecord {
        RequestRecord(
            id: id, time: Sample.now(), worker: "host:1/0", address: "192.0.2.1", user: "alice@example.com",
            method: "GET", path: path, version: "h2", route: "/a/**", upstream: "app", status: 429,
            code: "rate-limited", policy: "api", bytes: 200, total: 1_500, upstreamTime: 0, storeTime: 900)
    }

    @Test("a record is found under its ID as it was given, and no other is", arguments: StoreKind.allCases)
    func records(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let records = [record("first"), record("second", path: "/ü \"\\|")]
            store.keep(records, bounds: RecordBounds())
            for record in records {
                try await eventually("\(record.id) is kept") {
                    try await store.record(record.id, lifetime: .seconds(60)) == record
                }
            }
            #expect(try await store.record("third", lifetime: .seconds(60)) == nil)
            try await eventually("it is too old by now") {
                try await store.record("first", lifetime: .milliseconds(50)) == nil
            }
        }
    }

    @Test("of more records than there may be the oldest go, and none before", arguments: StoreKind.allCases)
    func count(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let bounds = RecordBounds(count: 3)
            for number in 1...3 { store.keep([record("r\(number)")], bounds: bounds) }
            try await eventually("the third is kept") {
                try await store.record("r3", lifetime: .seconds(60)) != nil
            }
            #expect(try await store.record("r1", lifetime: .seconds(60)) != nil)
            store.keep([record("r4")], bounds: bounds)
            try await eventually("the fourth is kept") {
                try await store.record("r4", lifetime: .seconds(60)) != nil
            }
            #expect(try await store.record("r1", lifetime: .seconds(60)) == nil)
            #expect(try await store.record("r2", lifetime: .seconds(60)) != nil)
        }
    }

    @Test("records are bounded in bytes, whatever is written twice", arguments: StoreKind.allCases)
    func bytes(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            let bounds = RecordBounds(bytes: 5 * record("r10").text.utf8.count)
            // The same again and again takes its room once.
            for _ in 0..<20 { store.keep([record("same")], bounds: bounds) }
            store.keep([record("other")], bounds: bounds)
            try await eventually("the other is kept") {
                try await store.record("other", lifetime: .seconds(60)) != nil
            }
            #expect(try await store.record("same", lifetime: .seconds(60)) != nil)
            store.keep((10..<30).map { record("r\($0)") }, bounds: bounds)
            try await eventually("the last is kept") {
                try await store.record("r29", lifetime: .seconds(60)) != nil
            }
            var left: [Int] = []
            for number in 10..<30 where try await store.record("r\(number)", lifetime: .seconds(60)) != nil {
                left.append(number)
            }
            #expect(left == [25, 26, 27, 28, 29])
            #expect(try await store.record("same", lifetime: .seconds(60)) == nil)
        }
    }
}
