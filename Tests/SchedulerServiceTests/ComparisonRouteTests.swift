import Foundation
import NIOHTTP1
import TestSupport
import Testing

@Suite("Comparisons")
struct ComparisonRouteTests {
    private static let lots = SchedulerFixture.lots(12)

    private func compare(
        _ scheduler: RunningScheduler, _ strategies: String, lots: String = lots, more: String = "",
        headers: HTTPHeaders = [:]
    ) async throws -> RunningScheduler.Answer {
        try await scheduler.ask(
            .POST, "/api/v1/compare", headers: headers,
            json: #"{"strategies":\#(strategies),"lots_data":\#(lots)\#(more)}"#)
    }

    private func ended(_ scheduler: RunningScheduler, _ id: String) async throws -> RunningScheduler.Answer {
        var last: RunningScheduler.Answer?
        try await scheduler.process.wait(until: "comparison \(id) has ended", within: .seconds(60)) {
            let answer = try await scheduler.ask(.GET, "/api/v1/compare/\(id)")
            last = answer
            return ["completed", "failed", "cancelled"].contains(answer.json["status"] as? String ?? "")
        }
        return try #require(last)
    }

    private func members(_ answer: RunningScheduler.Answer) -> [[String: Any]] {
        answer.json["strategies"] as? [[String: Any]] ?? []
    }

    @Test("from submission to result: each strategy's figures add up, and the shortest is the best")
    func roundTrip() async throws {
        let scheduler = try await SchedulerFixture().start()
        let accepted = try await compare(
            scheduler, #"["spt","lpt_pack","cfs-pack"]"#,
            more: #","name":" Monday ","config":{"clean_hours":12},"start_time":"2026-01-05T06:00:00""#)
        #expect(accepted.status == 202)
        #expect(accepted.headers.first(name: "Location") == "/api/v1/compare/\(accepted.id)")
        #expect(accepted.json["name"] as? String == "Monday")
        #expect(accepted.json["lots_count"] as? Int == 12)
        #expect(accepted.json["start_time"] as? String == "2026-01-05T06:00:00Z")
        #expect((accepted.json["warnings"] as? [[String: Any]])?.first?["field"] as? String == "start_time")
        #expect((accepted.json["config"] as? [String: Any])?["clean_hours"] as? Double == 12)
        #expect(
            members(accepted).compactMap { $0["strategy"] as? String } == [
                "spt-pack", "lpt-pack", "cfs-pack",
            ])

        let finished = try await ended(scheduler, accepted.id)
        #expect(finished.json["status"] as? String == "completed")
        var best: (strategy: String, makespan: Double)?
        for member in members(finished) {
            let strategy = try #require(member["strategy"] as? String)
            let makespan = try #require(member["makespan"] as? Double)
            let result = try #require(member["result"] as? [String: Any])
            let kpis = try #require(result["kpis"] as? [String: Any])
            let parts = ["fill_hours", "changeover_hours", "clean_hours"].compactMap { kpis[$0] as? Double }
            #expect(abs(parts.reduce(0, +) - makespan) < 1e-9)
            #expect(result["makespan"] as? Double == makespan)
            #expect(result["activities"] == nil)
            if makespan < best?.makespan ?? .infinity { best = (strategy, makespan) }
        }
        #expect(finished.json["best_strategy"] as? String == best?.strategy)
        #expect(finished.json["best_makespan"] as? Double == best?.makespan)
    }

    @Test("activities come when they are asked for, and are those of each strategy's schedule")
    func activities() async throws {
        let scheduler = try await SchedulerFixture().start()
        let id = try await compare(scheduler, #"["spt-pack","lpt-pack"]"#).id
        _ = try await ended(scheduler, id)
        let full = try await scheduler.ask(.GET, "/api/v1/compare/\(id)?activities=true")
        for member in members(full) {
            let result = try #require(member["result"] as? NSDictionary)
            #expect((result["activities"] as? [Any])?.isEmpty == false)
            let schedule = try await scheduler.ask(
                .GET, "/api/v1/schedule/\(try #require(member["schedule_id"] as? String))")
            #expect(schedule.json["result"] as? NSDictionary == result)
            #expect(schedule.json["comparison"] as? String == id)
        }
        let wrong = try await scheduler.ask(.GET, "/api/v1/compare/\(id)?activities=yes")
        #expect(wrong.fields == ["activities"])
    }

    @Test("what has ended never changes: ETag and 304, another tag with activities")
    func caching() async throws {
        let scheduler = try await SchedulerFixture().start()
        let id = try await compare(scheduler, #"["spt-pack","lpt-pack"]"#).id
        _ = try await ended(scheduler, id)
        var tags: Set<String> = []
        for query in ["", "?activities=true"] {
            let path = "/api/v1/compare/\(id)\(query)"
            let tag = try #require(try await scheduler.ask(.GET, path).headers.first(name: "ETag"))
            tags.insert(tag)
            let again = try await scheduler.ask(.GET, path, headers: ["If-None-Match": tag])
            #expect(again.status == 304)
        }
        #expect(tags.count == 2)
    }

    @Test("two to six different strategies are compared, and each that is wrong is named at its place")
    func strategies() async throws {
        let scheduler = try await SchedulerFixture().start()
        let all = #"["smart","spt","lpt","cfs","hybrid","milp"]"#
        #expect(try await compare(scheduler, all).status == 202)
        for (strategies, fields) in [
            (#"["lpt-pack"]"#, ["strategies"]), ("[]", ["strategies"]), (#""lpt-pack""#, ["strategies"]),
            (#"["smart","spt","lpt","cfs","hybrid","milp","smart"]"#, ["strategies"]),
            (#"["lpt-pack","lpt"]"#, ["strategies[1]"]), (#"["lpt-pack","best"]"#, ["strategies[1]"]),
            (#"[7,"lpt-pack","spt-pack"]"#, ["strategies[0]"]), ("null", ["strategies"]),
        ] {
            let answer = try await compare(scheduler, strategies)
            #expect(answer.status == 400, "\(strategies)")
            #expect(answer.fields == fields, "\(strategies): \(answer.text)")
        }
        let faulty = try await compare(
            scheduler, #"["lpt"]"#, lots: "[]", more: #","strategy":"lpt","name":7"#)
        #expect(Set(faulty.fields).isSuperset(of: ["strategies", "strategy", "name"]))
        #expect(try await scheduler.ask(.GET, "/api/v1/comparisons").json["total"] as? Int == 1)
    }

    @Test("the form with a CSV file is taken too, with the strategies in one text")
    func form() async throws {
        let scheduler = try await SchedulerFixture().start()
        let answer = try await scheduler.ask(
            .POST, "/api/v1/compare", headers: FormBody.headers,
            body: FormBody.bytes([
                "csv_file": "Lot ID,Type,Vials\nA,X,100000\n", "strategies": "spt, lpt",
            ]))
        #expect(answer.status == 202)
        #expect(members(answer).compactMap { $0["strategy"] as? String } == ["spt-pack", "lpt-pack"])
    }

    @Test("the same key and body make one comparison, other strategies are a conflict")
    func idempotency() async throws {
        let scheduler = try await SchedulerFixture().start()
        let headers: HTTPHeaders = ["Idempotency-Key": "k"]
        let first = try await compare(scheduler, #"["spt","lpt"]"#, headers: headers)
        let again = try await compare(scheduler, #"["spt-pack","lpt_pack"]"#, headers: headers)
        #expect(again.id == first.id && again.status == 202)
        for other in [#"["lpt","spt"]"#, #"["spt","cfs"]"#] {
            #expect(try await compare(scheduler, other, headers: headers).code == "idempotency-key-reused")
        }
        let schedule = try await scheduler.ask(
            .POST, "/api/v1/schedule", headers: headers, json: #"{"lots_data":\#(Self.lots)}"#)
        #expect(schedule.code == "idempotency-key-reused")
    }

    @Test("its schedules count as waiting ones of the user, and are refused all together")
    func queueLimit() async throws {
        let scheduler = try await SchedulerFixture(["--max-pending-per-user", "2", "--workers", "1"]).start()
        let refused = try await compare(scheduler, #"["spt","lpt","cfs"]"#)
        #expect(refused.status == 429)
        #expect(refused.code == "queue-full")
        #expect(refused.headers.first(name: "Retry-After") != nil)
        #expect(try await scheduler.ask(.GET, "/api/v1/comparisons").json["total"] as? Int == 0)
        #expect(try await compare(scheduler, #"["spt","lpt"]"#).status == 202)
    }

    @Test("a running comparison is cancelled or deleted as a whole, and its planning stops")
    func ending() async throws {
        let scheduler = try await SchedulerFixture(SchedulerFixture.patient + ["--workers", "2"]).start()
        for method in [HTTPMethod.POST, .DELETE] {
            let id = try await compare(
                scheduler, #"["milp-opt","lpt-pack"]"#, lots: SchedulerFixture.searchedLots
            ).id
            try await scheduler.process.wait(until: "it runs") {
                try await scheduler.ask(.GET, "/api/v1/compare/\(id)").json["status"] as? String == "running"
            }
            let part = try #require(
                members(try await scheduler.ask(.GET, "/api/v1/compare/\(id)")).first?["schedule_id"]
                    as? String)
            let refused = try await scheduler.ask(.DELETE, "/api/v1/schedule/\(part)")
            #expect(refused.status == 409)
            #expect(refused.code == "part-of-comparison")
            if method == .POST {
                let cancelled = try await scheduler.ask(.POST, "/api/v1/compare/\(id)/cancel")
                #expect(cancelled.status == 200)
                #expect(cancelled.json["status"] as? String == "cancelled")
                #expect(
                    try await scheduler.ask(.POST, "/api/v1/compare/\(id)/cancel").code == "already-final")
            } else {
                #expect(try await scheduler.ask(.DELETE, "/api/v1/compare/\(id)").status == 204)
                #expect(try await scheduler.ask(.GET, "/api/v1/compare/\(id)").code == "comparison-not-found")
                #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(part)").status == 404)
            }
        }
        // The workers are free for the next.
        _ = try await scheduler.finished(scheduler.submit())
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules").json["total"] as? Int == 1)
    }

    @Test("others are told that there is none; an administrator reads it and may not change it")
    func ownership() async throws {
        let scheduler = try await SchedulerFixture().start()
        let id = try await compare(scheduler, #"["spt","lpt"]"#).id
        for (method, path) in [
            (HTTPMethod.GET, ""), (.GET, "/events"), (.DELETE, ""), (.POST, "/cancel"),
        ] {
            let answer = try await scheduler.ask(method, "/api/v1/compare/\(id)\(path)", as: "ben")
            #expect(answer.status == 404)
            #expect(answer.code == "comparison-not-found")
        }
        let shown = try await scheduler.ask(.GET, "/api/v1/compare/\(id)", as: "root", roles: ["admin"])
        #expect(shown.status == 200)
        let refused = try await scheduler.ask(.DELETE, "/api/v1/compare/\(id)", as: "root", roles: ["admin"])
        #expect(refused.status == 403)
        #expect(refused.code == "not-owner")
    }

    @Test("pages of comparisons are checked and counted like those of schedules")
    func pages() async throws {
        let scheduler = try await SchedulerFixture().start()
        for _ in 0..<3 { _ = try await compare(scheduler, #"["spt","lpt"]"#) }
        let page = try await scheduler.ask(.GET, "/api/v1/comparisons?page=2&page_size=2")
        #expect(page.json["total"] as? Int == 3)
        #expect(page.json["page"] as? Int == 2)
        #expect((page.json["comparisons"] as? [[String: Any]])?.count == 1)
        for query in ["page=0", "page=1001", "page_size=0", "page_size=51"] {
            #expect(try await scheduler.ask(.GET, "/api/v1/comparisons?\(query)").status == 400)
        }
    }

    @Test("events tell each strategy and all together, only forward, and end with the last")
    func events() async throws {
        let scheduler = try await SchedulerFixture(["--time-limit", "2", "--workers", "2"]).start()
        let csv = String(decoding: try Fixtures.bytes("lots_large.csv"), as: UTF8.self)
        let accepted = try await scheduler.ask(
            .POST, "/api/v1/compare", headers: FormBody.headers,
            body: FormBody.bytes(["csv_file": csv, "strategies": "milp-opt,lpt-pack,spt-pack"]))
        let events = try await scheduler.listen(to: accepted.id, kind: "compare").rest()
        #expect(events.last?.name == "end")
        #expect(events.last?.data["reason"] as? String == "finished")
        let told = events.dropLast()
        #expect(told.first?.name == "status")
        #expect(told.contains { $0.name == "progress" && $0.status == "running" })
        for (one, next) in zip(told, told.dropFirst()) {
            #expect(try #require(next.progress) >= #require(one.progress))
            if let best = one.best { #expect(try #require(next.best) <= best) }
        }
        let last = try #require(told.last)
        #expect(last.status == "completed" && last.progress == 1)
        #expect(last.data["best_strategy"] as? String == "milp-opt")
        let members = try #require(last.data["strategies"] as? [[String: Any]])
        #expect(members.compactMap { $0["strategy"] as? String } == ["milp-opt", "lpt-pack", "spt-pack"])
        #expect(members.allSatisfy { $0["status"] as? String == "completed" })
        // Who has seen the end is not told again.
        let again = try await scheduler.listen(to: accepted.id, kind: "compare", lastEventID: last.id)
        #expect(again.status == 204)
    }

    @Test("kill -9 in the middle of a comparison: after a restart every strategy completes")
    func killed() async throws {
        let fixture = try SchedulerFixture(["--max-lots", "10000", "--lease", "1", "--workers", "2"])
        let first = try await fixture.start()
        let id = try await compare(
            first, #"["lpt-pack","cfs-pack","spt-pack"]"#, lots: SchedulerFixture.lots(3_000)
        ).id
        try await first.process.wait(until: "it runs") {
            try await first.ask(.GET, "/api/v1/compare/\(id)").json["status"] as? String != "pending"
        }
        try await first.process.killNow()
        let second = try await fixture.start()
        let finished = try await ended(second, id)
        #expect(finished.json["status"] as? String == "completed")
        #expect(members(finished).allSatisfy { $0["makespan"] is Double })
    }
}
