import GatewayCore
import TestSupport
import Testing

@Suite("Stores: what workers say of themselves")
struct WorkerConformanceTests {
    private func report(_ worker: String, requests: Int = 0) -> WorkerReport {
        var policy = WorkerReport.Policy("api")
        policy.refused = 3
        let key = RefusalRanking.Key(
            policy: "api", subject: .composed("a|ü \"{}"), isShadow: true)
        return WorkerReport(
            worker: worker, version: "1", at: 1_700_000_000_000_000, isDraining: false, connections: 1,
            requests: requests, failures: 0, logins: .init(succeeded: 1, failed: 2, locked: 3),
            redis: .init(loops: 2, connected: 1, open: 1, unanswered: 4), policies: [policy],
            upstreams: [
                .init(
                    upstream: "app", inFlight: 1, queued: 2, open: 0, ejected: 1,
                    addresses: [.init(address: "127.0.0.1:1", verdict: "unhealthy", fault: "answers 500")])
            ], refused: [.init(key, count: 7)])
    }

    @Test(
        "a worker's last report is found until its time is over, beside those of others",
        arguments: StoreKind.allCases)
    func reports(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            #expect(try await store.workerReports().isEmpty)
            try await store.keep(report("b:2"), for: .seconds(60))
            try await store.keep(report("a:1"), for: .seconds(60))
            try await store.keep(report("b:2", requests: 9), for: .seconds(60))
            #expect(try await store.workerReports() == [report("a:1"), report("b:2", requests: 9)])
            try await store.keep(report("a:1"), for: .milliseconds(50))
            try await eventually("the first is silent") {
                try await store.workerReports().map(\.worker) == ["b:2"]
            }
        }
    }

    @Test("workers are bounded in number: those that fall silent first go", arguments: StoreKind.allCases)
    func bounded(kind: StoreKind) async throws {
        try await kind.withStore { _, store in
            for number in 0..<65 {
                try await store.keep(report("host:\(1_000 + number)"), for: .seconds(60 + number))
            }
            let names = try await store.workerReports().map(\.worker)
            #expect(names.count == 64 && names.first == "host:1001" && names.last == "host:1064")
        }
    }
}
