import Foundation
import NIOHTTP1
import TestSupport
import Testing

@Suite("Schedules with templates")
struct TemplateUseTests {
    private let scheduler: RunningScheduler

    init() async throws { scheduler = try await SchedulerFixture().start() }

    private func template(_ config: String, isPublic: Bool = false, as user: String = "anna") async throws
        -> String
    {
        try await scheduler.ask(
            .POST, "/api/v1/config", as: user,
            json: #"{"name":"T","is_public":\#(isPublic),"config":\#(config)}"#
        ).id
    }

    private func submit(_ more: String, as user: String = "anna", headers: HTTPHeaders = [:]) async throws
        -> RunningScheduler.Answer
    {
        try await scheduler.ask(
            .POST, "/api/v1/schedule", as: user, headers: headers,
            json: SchedulerFixture.submission(more: more))
    }

    private func hours(_ answer: RunningScheduler.Answer, _ setting: String) -> Double? {
        (answer.json["config"] as? [String: Any])?[setting] as? Double
    }

    @Test("what a request states goes over its template member by member, in JSON and as a form")
    func layers() async throws {
        let id = try await template(#"{"clean_hours":12,"window_hours":90}"#)
        let answer = try await submit(#","template":"\#(id)","config":{"window_hours":80}"#)
        #expect(answer.status == 202)
        #expect(answer.json["template"] as? String == id)
        #expect(hours(answer, "clean_hours") == 12)
        #expect(hours(answer, "window_hours") == 80)
        #expect(hours(answer, "chg_same_hours") == 4)
        let form = try await scheduler.ask(
            .POST, "/api/v1/schedule", headers: FormBody.headers,
            body: FormBody.bytes([
                "csv_file": "Lot ID,Type,Vials\nA,X,100000\n", "template": id,
                "config": #"{"window_hours": 80}"#,
            ]))
        #expect(form.status == 202)
        #expect(form.json["config"] as? NSDictionary == answer.json["config"] as? NSDictionary)
        let finished = try await scheduler.finished(form.id)
        let result = try #require(finished.json["result"] as? [String: Any])
        #expect(abs((result["makespan"] as? Double ?? 0) - (12 + 100_000.0 / 19_920)) < 1e-6)
        #expect(finished.json["makespan"] as? Double == result["makespan"] as? Double)
    }

    @Test("a matrix in a request takes the place of its template's as a whole, and an empty one puts it away")
    func matrices() async throws {
        let id = try await template(#"{"changeover_matrix":{"A":{"B":2},"B":{"A":3}},"clean_hours":12}"#)
        func matrix(_ more: String) async throws -> NSDictionary? {
            let answer = try await submit(#","template":"\#(id)"\#(more)"#)
            #expect(answer.status == 202 && hours(answer, "clean_hours") == 12)
            return (answer.json["config"] as? [String: Any])?["changeover_matrix"] as? NSDictionary
        }
        #expect(try await matrix("") == ["A": ["B": 2], "B": ["A": 3]])
        #expect(try await matrix(#","config":{"window_hours":100}"#) == ["A": ["B": 2], "B": ["A": 3]])
        #expect(
            try await matrix(#","config":{"changeover_matrix":{"A":{"B":5}}}"#) == ["A": ["B": 5]])
        #expect(try await matrix(#","config":{"changeover_matrix":{}}"#) == nil)
        let refused = try await submit(#","template":"\#(id)","config":{"changeover_matrix":null}"#)
        #expect(refused.status == 400 && refused.fields == ["config.changeover_matrix"])
    }

    @Test("without a template the user's default holds, then the system's; system names the system's")
    func fallbacks() async throws {
        #expect(hours(try await submit(""), "clean_hours") == 24)
        let id = try await template(#"{"clean_hours":12}"#)
        _ = try await scheduler.ask(.POST, "/api/v1/config/\(id)/set-default")
        let byDefault = try await submit("")
        #expect(hours(byDefault, "clean_hours") == 12)
        #expect(byDefault.json["template"] as? String == id)
        #expect(hours(try await submit(#","config":{"window_hours":100}"#), "clean_hours") == 12)
        let system = try await submit(#","template":"system""#)
        #expect(hours(system, "clean_hours") == 24)
        #expect(system.json["template"] is NSNull)
        #expect(hours(try await submit("", as: "ben"), "clean_hours") == 24)
    }

    @Test("changing or deleting a template changes no schedule that was made with it")
    func independence() async throws {
        let id = try await template(#"{"clean_hours":12}"#)
        let made = try await submit(#","template":"\#(id)""#)
        let before = try await scheduler.finished(made.id)
        let change = try await scheduler.ask(
            .PUT, "/api/v1/config/\(id)", json: #"{"name":"T","config":{"clean_hours":48},"version":1}"#)
        #expect(change.status == 200)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(made.id)").body == before.body)
        #expect(try await scheduler.ask(.DELETE, "/api/v1/config/\(id)").status == 204)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(made.id)").body == before.body)
        #expect(hours(before, "clean_hours") == 12)
    }

    @Test("the same key and body make one schedule although the template under it was changed meanwhile")
    func idempotency() async throws {
        let id = try await template(#"{"clean_hours":12}"#)
        let headers: HTTPHeaders = ["Idempotency-Key": "k"]
        let first = try await submit(#","template":"\#(id)""#, headers: headers)
        _ = try await scheduler.ask(
            .PUT, "/api/v1/config/\(id)", json: #"{"name":"T","config":{"clean_hours":48},"version":1}"#)
        let again = try await submit(#","template":"\#(id)""#, headers: headers)
        #expect(again.status == 202)
        #expect(again.id == first.id)
        #expect(hours(again, "clean_hours") == 12)
        for other in ["", #","template":"system""#, #","template":"\#(id)","config":{}"#] {
            #expect(try await submit(other, headers: headers).code == "idempotency-key-reused")
        }
    }

    @Test("a template that the caller may not read is a fault in the field, beside all others")
    func unknown() async throws {
        let hidden = try await template("{}", as: "ben")
        let shared = try await template(#"{"clean_hours":6}"#, isPublic: true, as: "ben")
        for name in [hidden, "nowhere", String(repeating: "t", count: 65)] {
            let answer = try await submit(#","template":"\#(name)","name":7"#)
            #expect(answer.status == 400)
            #expect(Set(answer.fields) == ["template", "name"])
        }
        #expect(try await submit(#","template":7"#).fields == ["template"])
        #expect(hours(try await submit(#","template":"\#(shared)""#), "clean_hours") == 6)
    }

    @Test("a lot has to fit the window of the settings that hold, also when they are validated")
    func window() async throws {
        let id = try await template(#"{"window_hours":10}"#)
        let lots = #""lots_data":[{"lot_id":"A","lot_type":"X","vials":200000}]"#
        for path in ["schedule", "schedule/validate"] {
            let tight = try await scheduler.ask(
                .POST, "/api/v1/\(path)", json: #"{\#(lots),"template":"\#(id)"}"#)
            #expect(tight.text.contains("lots_data[0].vials"))
            let wide = try await scheduler.ask(
                .POST, "/api/v1/\(path)",
                json: #"{\#(lots),"template":"\#(id)","config":{"window_hours":11}}"#)
            #expect(!wide.text.contains("lots_data[0].vials"))
        }
    }

    @Test("lists tell the makespan and leave the settings out")
    func lists() async throws {
        let id = try await submit("").id
        let finished = try await scheduler.finished(id)
        let list = try await scheduler.ask(.GET, "/api/v1/schedules")
        let row = try #require((list.json["schedules"] as? [[String: Any]])?.first)
        #expect(row["makespan"] as? Double == finished.json["makespan"] as? Double)
        #expect(row["makespan"] is Double)
        #expect(row["config"] == nil)
        #expect(row["proven"] as? Bool == false)
        #expect(row["bound"] is NSNull)
    }
}
