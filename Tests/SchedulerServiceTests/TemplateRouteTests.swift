import Foundation
import NIOHTTP1
import TestSupport
import Testing

@Suite("Templates")
struct TemplateRouteTests {
    private let scheduler: RunningScheduler

    init() async throws {
        scheduler = try await SchedulerFixture(["--max-templates-per-user", "3"]).start()
    }

    @discardableResult
    private func create(
        _ name: String, _ config: String = "{}", isPublic: Bool = false, as user: String = "anna"
    ) async throws -> RunningScheduler.Answer {
        try await scheduler.ask(
            .POST, "/api/v1/config", as: user,
            json: #"{"name":"\#(name)","is_public":\#(isPublic),"config":\#(config)}"#)
    }

    private func put(_ id: String, _ json: String, ifMatch: String? = nil) async throws
        -> RunningScheduler.Answer
    {
        try await scheduler.ask(
            .PUT, "/api/v1/config/\(id)", headers: ifMatch.map { ["If-Match": $0] } ?? [:], json: json)
    }

    @Test("a template is made, read, listed, replaced and deleted")
    func life() async throws {
        let made = try await create("  Line 1 ", #"{"clean_hours":12.5}"#)
        #expect(made.status == 201)
        #expect(made.headers.first(name: "Location") == "/api/v1/config/\(made.id)")
        #expect(made.json["name"] as? String == "Line 1")
        #expect(made.json["version"] as? Int == 1)
        #expect(made.json["is_public"] as? Bool == false)
        #expect(made.json["is_default"] as? Bool == false)
        let config = try #require(made.json["config"] as? [String: Any])
        #expect(config["clean_hours"] as? Double == 12.5)
        #expect(config["window_hours"] as? Double == 120)

        let shown = try await scheduler.ask(.GET, "/api/v1/config/\(made.id)")
        #expect(shown.json as NSDictionary == made.json as NSDictionary)
        #expect(shown.headers.first(name: "Cache-Control") == "no-store")
        let tag = try #require(shown.headers.first(name: "ETag"))

        let replaced = try await put(
            made.id, #"{"name":"Line 2","is_public":true,"config":{}}"#, ifMatch: tag)
        #expect(replaced.status == 200)
        #expect(replaced.json["version"] as? Int == 2)
        #expect((replaced.json["config"] as? [String: Any])?["clean_hours"] as? Double == 24)
        #expect(replaced.headers.first(name: "ETag") != tag)

        let list = try await scheduler.ask(.GET, "/api/v1/configs?page=1&page_size=50", as: "ben")
        #expect(list.json["total"] as? Int == 1)
        #expect((list.json["templates"] as? [[String: Any]])?.first?["name"] as? String == "Line 2")
        #expect(try await scheduler.ask(.DELETE, "/api/v1/config/\(made.id)").status == 204)
        let gone = try await scheduler.ask(.GET, "/api/v1/config/\(made.id)")
        #expect(gone.status == 404)
        #expect(gone.code == "template-not-found")
    }

    @Test("an update that saw another version changes nothing, one that saw none is told to look first")
    func optimism() async throws {
        let id = try await create("a").id
        let body = #"{"name":"b","config":{}}"#
        #expect(try await put(id, body).status == 428)
        #expect(try await put(id, #"{"name":"b","config":{},"version":1}"#).json["version"] as? Int == 2)
        let late = try await put(id, #"{"name":"c","config":{},"version":1}"#)
        #expect(late.status == 409)
        #expect(late.code == "template-changed")
        for tag in ["\"v1\"", "W/\"v2\"", "\"v1\", \"v2\"", "nonsense", "\"v-1\""] {
            let answer = try await put(id, body, ifMatch: tag)
            #expect(answer.status == 412, "\(tag)")
            #expect(answer.code == "template-changed")
        }
        #expect(try await put(id, #"{"name":"c","config":{},"version":1}"#, ifMatch: "\"v2\"").status == 412)
        #expect(try await put(id, body, ifMatch: "\"v2\"").json["version"] as? Int == 3)
        #expect(try await put(id, body, ifMatch: "*").json["version"] as? Int == 4)
        #expect(try await put("nowhere", body, ifMatch: "*").status == 404)
    }

    @Test("what is wrong with a template is told at once and nothing is stored")
    func faults() async throws {
        let answer = try await scheduler.ask(
            .POST, "/api/v1/config",
            json: #"{"name":"a\u0000b","config":{"clean_hours":-1,"nonsense":1},"is_public":"yes","extra":1}"#
        )
        #expect(answer.status == 400)
        #expect(
            Set(answer.fields) == ["name", "config.clean_hours", "config.nonsense", "is_public", "extra"])
        for (body, field) in [
            (#"{"config":{}}"#, "name"), (#"{"name":" ","config":{}}"#, "name"), (#"{"name":"a"}"#, "config"),
            (#"{"name":"a","config":null}"#, "config"), (#"{"name":"a","config":[]}"#, "config"),
        ] {
            #expect(try await scheduler.ask(.POST, "/api/v1/config", json: body).fields == [field], "\(body)")
        }
        let longest = String(repeating: "n", count: 255)
        #expect(try await create(longest).status == 201)
        #expect(try await create(longest + "n").fields == ["name"])
        #expect(try await scheduler.ask(.GET, "/api/v1/configs").json["total"] as? Int == 1)
        let plain = try await scheduler.ask(
            .POST, "/api/v1/config", headers: ["Content-Type": "text/plain"], body: Array("{}".utf8))
        #expect(plain.status == 415)
    }

    @Test("a user's last template is stored, one more is refused; another user is not concerned")
    func limit() async throws {
        for number in 1...3 { #expect(try await create("\(number)").status == 201) }
        let more = try await create("4")
        #expect(more.status == 409)
        #expect(more.code == "too-many-templates")
        #expect(more.text.contains("3 templates"))
        #expect(try await create("4", as: "ben").status == 201)
    }

    @Test(
        "others are told that a private template is not there, and that a public one is not theirs to change")
    func ownership() async throws {
        let hidden = try await create("hidden").id
        let shared = try await create("shared", isPublic: true).id
        let body = #"{"name":"mine","config":{},"version":1}"#
        for (method, path, json) in [
            (HTTPMethod.GET, "", nil), (.PUT, "", body), (.DELETE, "", nil), (.POST, "/set-default", nil),
            (.GET, "/export", nil),
        ] as [(HTTPMethod, String, String?)] {
            let answer = try await scheduler.ask(
                method, "/api/v1/config/\(hidden)\(path)", as: "ben", json: json)
            #expect(answer.status == 404)
            #expect(answer.code == "template-not-found")
        }
        #expect(try await scheduler.ask(.GET, "/api/v1/config/\(shared)", as: "ben").status == 200)
        for (method, json) in [(HTTPMethod.PUT, body), (.DELETE, nil)] as [(HTTPMethod, String?)] {
            let answer = try await scheduler.ask(method, "/api/v1/config/\(shared)", as: "ben", json: json)
            #expect(answer.status == 403)
            #expect(answer.code == "not-owner")
        }
        let administrator = try await scheduler.ask(
            .GET, "/api/v1/config/\(hidden)", as: "root", roles: ["admin"])
        #expect(administrator.status == 200)
        let all = try await scheduler.ask(.GET, "/api/v1/configs", as: "root", roles: ["admin"])
        #expect(all.json["total"] as? Int == 2)
        #expect(
            try await scheduler.ask(.GET, "/api/v1/configs?scope=shared", as: "ben").json["total"] as? Int
                == 1)
        #expect(
            try await scheduler.ask(.GET, "/api/v1/configs?scope=own", as: "ben").json["total"] as? Int == 0)
        #expect(try await scheduler.ask(.GET, "/api/v1/configs?scope=mine").fields == ["scope"])
    }

    @Test("a default is chosen, shown, replaced by another and cleared; deleting its template clears it too")
    func defaults() async throws {
        let none = try await scheduler.ask(.GET, "/api/v1/config/default")
        #expect(none.status == 404)
        #expect(none.code == "no-default-template")
        let (first, second) = (try await create("1").id, try await create("2").id)
        for id in [first, second] {
            let chosen = try await scheduler.ask(.POST, "/api/v1/config/\(id)/set-default")
            #expect(chosen.status == 200)
            #expect(chosen.json["is_default"] as? Bool == true)
            #expect(try await scheduler.ask(.GET, "/api/v1/config/default").id == id)
        }
        #expect(try await scheduler.ask(.GET, "/api/v1/config/\(first)").json["is_default"] as? Bool == false)
        #expect(try await scheduler.ask(.DELETE, "/api/v1/config/default").status == 204)
        #expect(try await scheduler.ask(.DELETE, "/api/v1/config/default").status == 404)
        _ = try await scheduler.ask(.POST, "/api/v1/config/\(first)/set-default")
        #expect(try await scheduler.ask(.DELETE, "/api/v1/config/\(first)").status == 204)
        #expect(try await scheduler.ask(.GET, "/api/v1/config/default").status == 404)
    }

    @Test("validating tells every fault, or all settings with what was left out, and stores nothing")
    func validation() async throws {
        func validate(_ json: String) async throws -> [String: Any] {
            let answer = try await scheduler.ask(.POST, "/api/v1/config/validate", json: json)
            #expect(answer.status == 200)
            return answer.json
        }
        let good = try await validate(#"{"config":{"window_hours":100}}"#)
        #expect(good["valid"] as? Bool == true)
        #expect((good["config"] as? [String: Any])?["clean_hours"] as? Double == 24)
        let bad = try await validate(#"{"config":{"window_hours":0,"clean_hours":1001}}"#)
        #expect(bad["valid"] as? Bool == false)
        #expect((bad["errors"] as? [Any])?.count == 2)
        #expect(bad["config"] is NSNull)
        #expect(try await scheduler.ask(.GET, "/api/v1/configs").json["total"] as? Int == 0)
    }

    @Test("the system's settings are shown with the bounds of each figure, and both sides of a bound hold")
    func systemSettings() async throws {
        let answer = try await scheduler.ask(.GET, "/api/v1/config/system/default")
        let config = try #require(answer.json["config"] as? [String: Any])
        #expect(config["fill_rate_vph"] as? Int == 19_920)
        let bounds = try #require(answer.json["bounds"] as? [String: [String: Double]])
        for (setting, bound) in bounds {
            let (least, most) = (try #require(bound["minimum"]), try #require(bound["maximum"]))
            for (value, isValid) in [(least, true), (most, true), (least - 1, false), (most + 1, false)] {
                let verdict = try await scheduler.ask(
                    .POST, "/api/v1/config/validate", json: #"{"config":{"\#(setting)":\#(value)}}"#)
                #expect(verdict.json["valid"] as? Bool == isValid, "\(setting) \(value)")
            }
        }
    }

    @Test("an exported template is imported by another user as their own, private one")
    func exchange() async throws {
        let id = try await create("Line 1", #"{"clean_hours":12}"#, isPublic: true).id
        let file = try await scheduler.ask(.GET, "/api/v1/config/\(id)/export", as: "ben")
        #expect(
            file.headers.first(name: "Content-Disposition") == "attachment; filename=\"template-\(id).json\"")
        let imported = try await scheduler.ask(
            .POST, "/api/v1/config/import", as: "ben", json: file.text)
        #expect(imported.status == 201)
        #expect(imported.id != id)
        #expect(imported.json["owner"] as? String == "ben")
        #expect(imported.json["is_public"] as? Bool == false)
        #expect((imported.json["config"] as? [String: Any])?["clean_hours"] as? Double == 12)
        for (old, new, field) in [
            ("\"format\":1", "\"format\":2", "format"),
            ("fillscheduler-template", "recipe", "kind"),
        ] {
            let answer = try await scheduler.ask(
                .POST, "/api/v1/config/import", json: file.text.replacing(old, with: new))
            #expect(answer.status == 400)
            #expect(answer.fields == [field])
        }
    }
}
