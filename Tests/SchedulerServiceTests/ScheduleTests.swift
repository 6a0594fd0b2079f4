import Foundation
import TestSupport
import Testing

@Suite("Schedules")
struct ScheduleTests {
    private let fixture: SchedulerFixture
    private let scheduler: RunningScheduler

    init() async throws {
        fixture = try SchedulerFixture()
        scheduler = try await fixture.start()
    }

    @Test("from submission to result: 202 with the schedule, completed, makespan, activities without a gap")
    func roundTrip() async throws {
        let submission = SchedulerFixture.submission(
            lots: 20, more: #","name":"  Monday  ","start_time":"2026-01-05T06:00:00+01:00""#)
        let accepted = try await scheduler.ask(.POST, "/api/v1/schedule", json: submission)
        #expect(accepted.status == 202)
        #expect(accepted.headers.first(name: "Location") == "/api/v1/schedule/\(accepted.id)")
        #expect(accepted.headers.first(name: "Cache-Control") == "no-store")
        #expect(accepted.json["name"] as? String == "Monday")
        #expect(accepted.json["start_time"] as? String == "2026-01-05T05:00:00Z")
        #expect(accepted.json["lots_count"] as? Int == 20)

        let finished = try await scheduler.finished(accepted.id)
        #expect(finished.json["status"] as? String == "completed")
        let result = try #require(finished.json["result"] as? [String: Any])
        #expect(result["lots_scheduled"] as? Int == 20)
        #expect(result["window_violations"] as? Int == 0)
        #expect((result["makespan"] as? Double ?? 0) > 0)
        let activities = try #require(result["activities"] as? [[String: Any]])
        #expect(activities.first?["start"] as? String == "2026-01-05T05:00:00Z")
        #expect(activities.first?["kind"] as? String == "CLEAN")
        for (one, next) in zip(activities, activities.dropFirst()) {
            #expect(one["end"] as? String == next["start"] as? String)
        }
        #expect(Set(activities.compactMap { $0["kind"] as? String }) == ["CLEAN", "FILL", "CHANGEOVER"])
    }

    @Test("seed bug 1: every one of many schedules submitted at once is there at once and completes")
    func burst() async throws {
        let scheduler = scheduler
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    let id = try await scheduler.submit()
                    #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)").status == 200)
                    return id
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(ids.count == 30)
        for id in ids { #expect(try await scheduler.finished(id).json["status"] as? String == "completed") }
    }

    @Test("the form with a CSV file makes the same schedule as the JSON")
    func form() async throws {
        let csv = "Lot ID,Type,Vials\r\nA,X,100000\r\nB,Y,200000\r\n"
        let body = FormBody.bytes([
            "csv_file": csv, "strategy": "spt", "name": "From a file", "config": #"{"clean_hours": 12}"#,
            "start_time": "2026-01-05T06:00:00Z",
        ])
        let accepted = try await scheduler.ask(
            .POST, "/api/v1/schedule", headers: FormBody.headers, body: body)
        #expect(accepted.status == 202)
        #expect(accepted.json["strategy"] as? String == "spt-pack")
        let json = """
            {"lots_data":[{"lot_id":"A","lot_type":"X","vials":100000},{"lot_id":"B","lot_type":"Y","vials":200000}],
            "strategy":"spt_pack","config":{"clean_hours":12},"start_time":"2026-01-05T06:00:00Z"}
            """
        let other = try await scheduler.submit(json)
        let first = try await scheduler.finished(accepted.id)
        let second = try await scheduler.finished(other)
        #expect(first.json["result"] as? NSDictionary == second.json["result"] as? NSDictionary)
        #expect((first.json["result"] as? [String: Any])?["lots_scheduled"] as? Int == 2)
    }

    @Test("POST /schedule/json takes JSON and nothing else")
    func jsonRoute() async throws {
        let accepted = try await scheduler.ask(
            .POST, "/api/v1/schedule/json", json: SchedulerFixture.submission())
        #expect(accepted.status == 202)
        let form = try await scheduler.ask(
            .POST, "/api/v1/schedule/json", headers: FormBody.headers,
            body: FormBody.bytes(["csv_file": "Lot ID,Type,Vials\nA,X,1\n"]))
        #expect(form.status == 415)
        let plain = try await scheduler.ask(
            .POST, "/api/v1/schedule", headers: ["Content-Type": "text/plain"], body: Array("{}".utf8))
        #expect(plain.status == 415)
        #expect(plain.code == "unsupported-media-type")
    }

    @Test("a start time without an offset is taken as UTC and answered with a warning")
    func startTimeWarning() async throws {
        let answer = try await scheduler.ask(
            .POST, "/api/v1/schedule",
            json: SchedulerFixture.submission(more: #","start_time":"2026-01-05T06:00:00""#))
        #expect(answer.status == 202)
        #expect(answer.json["start_time"] as? String == "2026-01-05T06:00:00Z")
        #expect((answer.json["warnings"] as? [[String: Any]])?.first?["field"] as? String == "start_time")
    }

    @Test(
        "the same key and content answer with the same schedule, also as a form with another boundary; other content is 409"
    )
    func idempotency() async throws {
        let csv = "Lot ID,Type,Vials\nA,X,100000\n"
        func send(_ csv: String, boundary: String, as user: String = "anna") async throws
            -> RunningScheduler.Answer
        {
            try await scheduler.ask(
                .POST, "/api/v1/schedule", as: user,
                headers: [
                    "Content-Type": "multipart/form-data; boundary=\(boundary)", "Idempotency-Key": "key-1",
                ], body: FormBody.bytes(["csv_file": csv], boundary: boundary))
        }
        let first = try await send(csv, boundary: "one")
        let second = try await send(csv, boundary: "two")
        #expect(first.status == 202)
        #expect(second.status == 202)
        #expect(first.id == second.id)
        let other = try await send(csv + "B,X,5\n", boundary: "one")
        #expect(other.status == 409)
        #expect(other.code == "idempotency-key-reused")
        #expect(try await send(csv, boundary: "one", as: "ben").id != first.id)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules").json["total"] as? Int == 1)
    }

    @Test("a key of 255 characters is accepted, one of 256, an empty one and one with a space are not")
    func idempotencyKeys() async throws {
        for (key, status) in [
            (String(repeating: "k", count: 255), 202), (String(repeating: "k", count: 256), 400), ("", 400),
            ("a b", 400),
        ] as [(String, UInt)] {
            let answer = try await scheduler.ask(
                .POST, "/api/v1/schedule", headers: ["Idempotency-Key": key],
                json: SchedulerFixture.submission())
            #expect(answer.status == status, "\(key.count) characters")
        }
    }

    @Test("completed results never change: ETag, 304, must-revalidate; what can change is no-store")
    func caching() async throws {
        let id = try await scheduler.submit()
        let finished = try await scheduler.finished(id)
        #expect(finished.headers.first(name: "Cache-Control") == "private, max-age=0, must-revalidate")
        var tags: Set<String> = []
        for path in ["", "/export?format=json", "/export?format=csv"] {
            let full = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)\(path)")
            let tag = try #require(full.headers.first(name: "ETag"))
            tags.insert(tag)
            for condition in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let again = try await scheduler.ask(
                    .GET, "/api/v1/schedule/\(id)\(path)", headers: ["If-None-Match": condition])
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
                #expect(again.headers.first(name: "ETag") == tag)
            }
            let other = try await scheduler.ask(
                .GET, "/api/v1/schedule/\(id)\(path)", headers: ["If-None-Match": "\"x\""])
            #expect(other.status == 200)
            #expect(other.body == full.body)
        }
        #expect(tags.count == 3)
        let list = try await scheduler.ask(.GET, "/api/v1/schedules")
        #expect(list.headers.first(name: "Cache-Control") == "no-store")
        #expect(list.headers.first(name: "ETag") == nil)
    }

    @Test("export as JSON is the result itself, as CSV a file with a mark and a line for each activity")
    func export() async throws {
        let json = """
            {"lots_data":[{"lot_id":"=1+1","lot_type":"a,b","vials":100000}],"strategy":"lpt-pack",
            "start_time":"2026-01-05T06:00:00Z"}
            """
        let id = try await scheduler.submit(json)
        let finished = try await scheduler.finished(id)
        let exported = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export?format=json")
        #expect(exported.headers.first(name: "Content-Type") == "application/json")
        #expect(exported.json as NSDictionary == finished.json["result"] as? NSDictionary)
        let csv = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export?format=csv")
        #expect(csv.headers.first(name: "Content-Type") == "text/csv; charset=utf-8")
        #expect(
            csv.headers.first(name: "Content-Disposition") == "attachment; filename=\"schedule-\(id).csv\"")
        #expect(csv.body.starts(with: [0xEF, 0xBB, 0xBF]))
        let lines = csv.text.split(separator: "\r\n")
        #expect(lines.count == 3)
        #expect(lines.last?.contains(#"FILL,'=1+1,"a,b""#) == true)
    }

    @Test("structured, each activity has an ID, its place and its block, and the same times as in the result")
    func structured() async throws {
        let id = try await scheduler.submit(SchedulerFixture.submission(lots: 20))
        let early = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/structured", as: "ben")
        #expect(early.status == 404)
        let finished = try await scheduler.finished(id)
        let result = try #require(finished.json["result"] as? [String: Any])
        let plain = try #require(result["activities"] as? [[String: Any]])
        let answer = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/structured")
        #expect((answer.json["schedule"] as? [String: Any])?["id"] as? String == id)
        let activities = try #require(answer.json["activities"] as? [[String: Any]])
        #expect(activities.map { $0["sequence"] as? Int } == (1...plain.count).map(Optional.init))
        #expect(Set(activities.compactMap { $0["id"] as? String }).count == plain.count)
        for (one, other) in zip(activities, plain) {
            #expect(other.allSatisfy { one[$0.key] as? NSObject == $0.value as? NSObject })
        }
        let blocks = try #require(answer.json["blocks"] as? [[String: Any]])
        #expect(blocks.count == plain.count { $0["kind"] as? String == "CLEAN" })
        #expect(blocks.reduce(0) { $0 + ($1["lots"] as? Int ?? 0) } == 20)
        #expect(blocks.allSatisfy { ($0["hours"] as? Double ?? 999) <= 120 + 1e-9 })
        let tag = try #require(answer.headers.first(name: "ETag"))
        let again = try await scheduler.ask(
            .GET, "/api/v1/schedule/\(id)/structured", headers: ["If-None-Match": tag])
        #expect(again.status == 304)
    }

    @Test("deleting answers 204 and the schedule is gone with its result")
    func deletion() async throws {
        let id = try await scheduler.submit()
        _ = try await scheduler.finished(id)
        #expect(try await scheduler.ask(.DELETE, "/api/v1/schedule/\(id)").status == 204)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)").status == 404)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export").status == 404)
        #expect(try await scheduler.ask(.DELETE, "/api/v1/schedule/\(id)").status == 404)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules/stats").json["total"] as? Int == 0)
    }

    @Test("lists and statistics count what the owner has, by status and by strategy")
    func listing() async throws {
        for strategy in ["lpt-pack", "lpt-pack", "spt-pack"] {
            _ = try await scheduler.finished(
                scheduler.submit(SchedulerFixture.submission(strategy: strategy)))
        }
        let all = try await scheduler.ask(.GET, "/api/v1/schedules?page_size=2&page=2")
        #expect(all.json["total"] as? Int == 3)
        #expect(all.json["page"] as? Int == 2)
        #expect(all.json["page_size"] as? Int == 2)
        #expect((all.json["schedules"] as? [Any])?.count == 1)
        let some = try await scheduler.ask(.GET, "/api/v1/schedules?strategy=LPT&status=completed")
        #expect(some.json["total"] as? Int == 2)
        let statistics = try await scheduler.ask(.GET, "/api/v1/schedules/stats")
        #expect(statistics.json["total"] as? Int == 3)
        #expect(statistics.json["by_strategy"] as? [String: Int] == ["lpt-pack": 2, "spt-pack": 1])
        #expect((statistics.json["by_status"] as? [String: Int])?["completed"] == 3)
    }

    @Test("the strategies are listed with their aliases, and which of them can be used")
    func strategies() async throws {
        let answer = try await scheduler.ask(.GET, "/api/v1/strategies")
        let list = try #require(try JSONSerialization.jsonObject(with: answer.body) as? [[String: Any]])
        let names = list.compactMap { $0["name"] as? String }
        #expect(
            Set(names) == ["smart-pack", "spt-pack", "lpt-pack", "cfs-pack", "hybrid-pack", "milp-opt"])
        #expect(list.allSatisfy { $0["description"] is String && $0["aliases"] is [String] })
    }
}
