import Foundation
import GRDB
import NIOHTTP1
import SchedulerStore
import TestSupport
import Testing

/// The faults of the planner that this one follows, by the number that its review gave them: each test fails
/// if the fault comes back. Here through the whole service; those of 10, 12, 13, 19 and 21 are in files of
/// their own, and `SchedulingStrategiesTests` has those of the core.
@Suite("Faults of the seed in the service")
struct SeedFaultTests {
    private let fixture: SchedulerFixture
    private let scheduler: RunningScheduler
    private static let bodyLimit = 4_096

    init() async throws {
        fixture = try SchedulerFixture(["--max-body", "\(Self.bodyLimit)", "--max-lots", "20"])
        scheduler = try await fixture.start()
    }

    private func submit(_ json: String) async throws -> RunningScheduler.Answer {
        try await scheduler.ask(.POST, "/api/v1/schedule", json: json)
    }

    private func stored() async throws -> Int? {
        try await scheduler.ask(.GET, "/api/v1/schedules").json["total"] as? Int
    }

    /// Does something to the database behind the service's back.
    private func inDatabase<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws
        -> Value
    {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: fixture.database, configuration: configuration)
        defer { try? queue.close() }
        return try await queue.writeWithoutTransaction(body)
    }

    @Test("seed bug 1: what was answered with 202 is there for everybody at once, and is planned")
    func submission() async throws {
        let scheduler = scheduler
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let id = try await scheduler.submit()
                    #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)").status == 200)
                    #expect(try await scheduler.finished(id).json["status"] as? String == "completed")
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("seed bug 2: a deletion that fails half way is 503 and removes nothing; the next removes all")
    func deletion() async throws {
        let id = try await scheduler.submit()
        let finished = try await scheduler.finished(id)
        try await inDatabase {
            try $0.execute(
                sql: "CREATE TRIGGER refuse BEFORE DELETE ON results BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        let failed = try await scheduler.ask(.DELETE, "/api/v1/schedule/\(id)")
        #expect(failed.status == 503)
        #expect(failed.code == "store-unavailable")
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)").body == finished.body)
        try await inDatabase { try $0.execute(sql: "DROP TRIGGER refuse") }
        #expect(try await scheduler.ask(.DELETE, "/api/v1/schedule/\(id)").status == 204)
        let left = try await inDatabase { try Int.fetchOne($0, sql: "SELECT count(*) FROM results") }
        #expect(left == 0)
    }

    /// Every route, as a method and a path.
    private static let routes: [(HTTPMethod, String)] = [
        (.POST, "schedule"), (.POST, "schedule/json"), (.POST, "schedule/validate"), (.GET, "schedule/x"),
        (.DELETE, "schedule/x"), (.POST, "schedule/x/cancel"), (.GET, "schedule/x/export"),
        (.GET, "schedule/x/structured"), (.GET, "schedule/x/events"), (.GET, "schedules"),
        (.GET, "schedules/stats"), (.GET, "strategies"), (.POST, "compare"), (.GET, "compare/x"),
        (.DELETE, "compare/x"), (.POST, "compare/x/cancel"), (.GET, "compare/x/events"),
        (.GET, "comparisons"), (.POST, "config"), (.GET, "configs"), (.POST, "config/validate"),
        (.POST, "config/import"), (.GET, "config/system/default"), (.GET, "config/default"),
        (.DELETE, "config/default"), (.GET, "config/x"), (.PUT, "config/x"), (.DELETE, "config/x"),
        (.POST, "config/x/set-default"), (.GET, "config/x/export"),
    ]

    @Test("seed bug 3: no route tells anything to a caller whom the gateway does not vouch for")
    func authentication() async throws {
        for (method, path) in Self.routes {
            let nobody = try await scheduler.ask(method, "/api/v1/\(path)", as: nil)
            #expect(nobody.status == 401, "\(method) \(path)")
            #expect(nobody.code == "assertion-invalid")
            // The route is there for one who is vouched for: it is not just unknown.
            let somebody = try await scheduler.ask(method, "/api/v1/\(path)")
            #expect(somebody.status != 401 && somebody.code != "not-found", "\(method) \(path)")
        }
    }

    @Test("seed bug 4: the offset of a start counts; a text that is none is 400, and a missing one is now")
    func startTime() async throws {
        for (text, start) in [
            ("2025-10-13T10:00:00-05:00", "2025-10-13T15:00:00Z"),
            ("2025-10-13T10:00:00", "2025-10-13T10:00:00Z"),
        ] {
            let id = try await scheduler.submit(
                SchedulerFixture.submission(more: #","start_time":"\#(text)""#))
            let finished = try await scheduler.finished(id)
            let activities = (finished.json["result"] as? [String: Any])?["activities"] as? [[String: Any]]
            #expect(activities?.first?["start"] as? String == start)
        }
        let before = try #require(await stored())
        for text in ["tomorrow", "2025-10-13", "13.10.2025 10:00"] {
            let answer = try await submit(SchedulerFixture.submission(more: #","start_time":"\#(text)""#))
            #expect(answer.fields == ["start_time"])
        }
        #expect(try await stored() == before)
        let now = try await submit(SchedulerFixture.submission())
        let start = try #require(now.json["start_time"] as? String)
        #expect(start == now.json["created_at"] as? String)
    }

    @Test("seed bug 5: each later use of a lot's ID is one error, whether validated or submitted")
    func duplicates() async throws {
        let lots = (0..<12).map { #"{"lot_id":"L\#($0 / 3)","lot_type":"X","vials":1}"# }
        let json = #"{"lots_data":[\#(lots.joined(separator: ","))]}"#
        let expected = (0..<12).filter { $0 % 3 != 0 }.map { "lots_data[\($0)].lot_id" }
        let validated = try await scheduler.ask(.POST, "/api/v1/schedule/validate", json: json)
        #expect(validated.json["valid"] as? Bool == false)
        #expect(validated.fields == expected)
        #expect((validated.json["warnings"] as? [Any])?.isEmpty == true)
        let submitted = try await submit(json)
        #expect(submitted.status == 400)
        #expect(submitted.fields == expected)
    }

    @Test("seed bug 6: a failure has a code and a sentence for its owner; what it was is for operators alone")
    func failure() async throws {
        let fixture = try SchedulerFixture()
        let store = try ScheduleStore(path: fixture.database)
        var broken = NewSchedule(
            id: "broken", owner: "anna", name: "n", strategy: "lpt-pack", lotsCount: 1,
            startTime: .init(microseconds: 0), requestID: "request-0006", input: Data("{".utf8))
        broken.config = Data("{}".utf8)
        _ = try await store.submit(broken, idempotency: nil, queueLimit: 1, now: .init(microseconds: 0))
        let scheduler = try await fixture.start()
        let failed = try await scheduler.finished("broken")
        #expect(failed.json["status"] as? String == "failed")
        let error = try #require(failed.json["error"] as? [String: String])
        #expect(error["code"] == "input-unreadable")
        let diagnostic = try #require(try await store.diagnostics(requestID: "request-0006").first)
        #expect(diagnostic.contains("dataCorrupted"))
        #expect(!failed.text.contains("dataCorrupted"))
        try await scheduler.process.wait(forOutput: "dataCorrupted")
        #expect(scheduler.process.output.contains("request-0006"))
        store.close()
    }

    @Test("seed bug 7: input with faults leaves no row behind, however late in it the fault is")
    func allOrNothing() async throws {
        let faulty = SchedulerFixture.submission(lots: 3, more: #","config":{"clean_hours":-1}"#)
        #expect(try await submit(faulty).fields == ["config.clean_hours"])
        let compared = faulty.replacing(#""strategy":"lpt-pack""#, with: #""strategies":["lpt","spt"]"#)
        #expect(
            try await scheduler.ask(.POST, "/api/v1/compare", json: compared).fields == ["config.clean_hours"]
        )
        for table in ["schedules", "comparisons", "idempotency", "turns"] {
            let count = try await inDatabase { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
            #expect(count == 0, "\(table)")
        }
    }

    @Test("seed bugs 8 and 9: the service knows no password, so there is none to guess here")
    func login() async throws {
        for path in ["login", "auth/login", "token", "register"] {
            let json = #"{"email":"anna@example.com","password":"correct horse"}"#
            #expect(try await scheduler.ask(.POST, "/api/v1/\(path)", json: json).code == "not-found")
            #expect(try await scheduler.ask(.POST, "/api/v1/\(path)", as: nil, json: json).status == 401)
        }
    }

    @Test("seed bug 11: an unknown strategy is refused before anything is stored, with the names of all")
    func strategies() async throws {
        let names = ["smart-pack", "spt-pack", "lpt-pack", "cfs-pack", "hybrid-pack", "milp-opt"]
        for name in ["nonexistent-strategy", "", "milp-op"] {
            let answer = try await submit(SchedulerFixture.submission(strategy: name))
            #expect(answer.fields == ["strategy"])
            #expect(names.allSatisfy(answer.text.contains))
        }
        #expect(try await stored() == 0)
    }

    @Test("seed bug 14: the CSV of a schedule says that it is UTF-8, and quotes what has to be quoted")
    func csvExport() async throws {
        let json = #"""
            {"lots_data":[{"lot_id":"a,b","lot_type":"say \"x\"","vials":10},
            {"lot_id":"=cmd()","lot_type":"Größe; 5","vials":10}],"strategy":"lpt-pack"}
            """#
        let id = try await scheduler.submit(json)
        _ = try await scheduler.finished(id)
        let csv = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export?format=csv")
        #expect(csv.headers.first(name: "Content-Type") == "text/csv; charset=utf-8")
        #expect(csv.body.starts(with: [0xEF, 0xBB, 0xBF]))
        for cell in [#""a,b""#, #""say ""x""""#, #"'=cmd()"#, #""Größe; 5""#] {
            #expect(csv.text.contains(cell), "\(cell)")
        }
    }

    @Test(
        "seed bug 15: every list has pages 1 to 1000 of 1 to 50 entries",
        arguments: ["schedules", "configs", "comparisons"])
    func pages(list: String) async throws {
        for (query, status) in [
            ("page_size=50", 200), ("page_size=51", 400), ("page_size=1", 200), ("page_size=0", 400),
            ("page=1000", 200), ("page=1001", 400), ("page=1", 200), ("page=0", 400), ("page=-1", 400),
        ] as [(String, UInt)] {
            #expect(try await scheduler.ask(.GET, "/api/v1/\(list)?\(query)").status == status, "\(query)")
        }
    }

    @Test("seed bug 16: a name has at most 255 characters and no control characters; markup is only text")
    func names() async throws {
        func submit(_ name: String) async throws -> RunningScheduler.Answer {
            try await self.submit(SchedulerFixture.submission(more: #","name":"\#(name)""#))
        }
        let longest = String(repeating: "n", count: 255)
        #expect(try await submit(longest).json["name"] as? String == longest)
        for name in [longest + "n", #"a\nb"#, #"a\u0000b"#, #"a\u202Eb"#] {
            #expect(try await submit(name).fields == ["name"], "\(name)")
        }
        let markup = "<script>alert('XSS')</script>"
        let answer = try await submit(markup)
        #expect(answer.json["name"] as? String == markup)
        #expect(answer.headers.first(name: "Content-Type") == "application/json")
        #expect(answer.headers.first(name: "X-Content-Type-Options") == "nosniff")
    }

    @Test("seed bug 17: validation is bounded and authenticated as a submission is")
    func validation() async throws {
        let path = "/api/v1/schedule/validate"
        for (count, isValid) in [(20, true), (21, false)] {
            let answer = try await scheduler.ask(.POST, path, json: SchedulerFixture.submission(lots: count))
            #expect(answer.json["valid"] as? Bool == isValid)
        }
        func padded(_ length: Int) -> String {
            let json = SchedulerFixture.submission()
            return json + String(repeating: " ", count: length - json.utf8.count)
        }
        for path in [path, "/api/v1/schedule", "/api/v1/compare", "/api/v1/config"] {
            let within = try await scheduler.ask(.POST, path, json: padded(Self.bodyLimit))
            #expect(within.status != 413)
            #expect(try await scheduler.ask(.POST, path, json: padded(Self.bodyLimit + 1)).status == 413)
            #expect(try await scheduler.ask(.POST, path, as: nil, json: "{}").status == 401)
        }
    }

    @Test(
        "seed bug 18: what is damaged in the database is a typed error, and can still be listed and deleted")
    func damage() async throws {
        let id = try await scheduler.submit()
        _ = try await scheduler.finished(id)
        for document in ["x'7B'", "x''", "x'FF'", "CAST('{\"makespan\":1}' AS BLOB)"] {
            try await inDatabase { try $0.execute(sql: "UPDATE results SET document = \(document)") }
            for path in ["", "/export?format=csv", "/structured"] {
                let answer = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)\(path)")
                #expect(answer.status == 500)
                #expect(answer.code == "result-damaged")
                #expect(answer.json["request_id"] is String)
            }
        }
        try await inDatabase { try $0.execute(sql: "UPDATE schedules SET config = x'7B'") }
        let list = try await scheduler.ask(.GET, "/api/v1/schedules")
        #expect((list.json["schedules"] as? [[String: Any]])?.first?["id"] as? String == id)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules/stats").json["total"] as? Int == 1)
        #expect(try await scheduler.ask(.DELETE, "/api/v1/schedule/\(id)").status == 204)
        #expect(try await stored() == 0)
    }

    @Test(
        "seed bug 20: a result, a schedule's place in a list and a comparison's parts are found by an index")
    func indexes() async throws {
        let plans = try await inDatabase { db in
            try [
                "SELECT document FROM results WHERE schedule_id = 'x'",
                "SELECT id FROM schedules WHERE owner = 'x' AND comparison_id IS NULL ORDER BY id DESC",
                "SELECT id FROM schedules WHERE comparison_id = 'x' ORDER BY position",
            ].map { query in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(query)").map { $0["detail"] as String }
            }
        }
        for plan in plans {
            #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") && $0.contains("INDEX") }, "\(plan)")
        }
    }

    @Test("seed bug 22: JSON is written in one place of the service and so in one way")
    func oneEncoder() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appendingPathComponent("Scheduler/Service")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let writers = try files.filter { $0.pathExtension == "swift" }.filter {
            try String(contentsOf: $0, encoding: .utf8).contains("JSONEncoder(")
        }
        #expect(writers.map(\.lastPathComponent) == ["WireJSON.swift"])
    }

    @Test("seed bug 23: a request is known by one ID in its answer, in the log, and with what it submitted")
    func requestIDs() async throws {
        let id = "0199a0b0-0000-7000-8000-000000000023"
        let answer = try await scheduler.ask(
            .POST, "/api/v1/schedule", headers: ["X-Request-ID": id], json: SchedulerFixture.submission())
        #expect(answer.headers.first(name: "X-Request-ID") == id)
        _ = try await scheduler.finished(answer.id)
        // The line of the request, and those of the work that it caused.
        for word in ["request", "planning", "completed"] {
            try await scheduler.process.wait(until: "\(word) is logged with \(id)") {
                scheduler.process.output.split(separator: "\n").contains {
                    $0.contains("\"message\":\"\(word)\"") && $0.contains(id)
                }
            }
        }
        let refused = try await scheduler.ask(.GET, "/nowhere", as: nil)
        #expect(refused.json["request_id"] as? String == refused.headers.first(name: "X-Request-ID"))
    }
}
