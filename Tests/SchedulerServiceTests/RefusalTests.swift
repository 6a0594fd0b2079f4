import Foundation
import NIOHTTP1
import TestSupport
import Testing

@Suite("What is refused")
struct RefusalTests {
    private let fixture: SchedulerFixture
    private let scheduler: RunningScheduler
    private static let bodyLimit = 4_096

    init() async throws {
        fixture = try SchedulerFixture(["--max-body", "\(Self.bodyLimit)", "--max-lots", "5"])
        scheduler = try await fixture.start()
    }

    private func submit(_ json: String) async throws -> RunningScheduler.Answer {
        try await scheduler.ask(.POST, "/api/v1/schedule", json: json)
    }

    private func stored() async throws -> Int? {
        try await scheduler.ask(.GET, "/api/v1/schedules").json["total"] as? Int
    }

    @Test("seed bug 7: a submission with faults is 400, names every one of them at once and stores nothing")
    func allFaults() async throws {
        let answer = try await submit(
            """
            {"strategy":"nonsense","name":7,"start_time":"yesterday","config":{"clean_hours":-1},"extra":1,
            "lots_data":[{"lot_id":"A","lot_type":"X","vials":0},{"lot_id":"A","lot_type":"X","vials":1}]}
            """)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid-input")
        #expect(
            Set(answer.fields).isSuperset(of: [
                "strategy", "name", "start_time", "config.clean_hours", "extra", "lots_data[0].vials",
                "lots_data[1].lot_id",
            ]), "\(answer.text)")
        #expect(try await stored() == 0)
    }

    @Test(
        "seed bug 11: an unknown strategy is refused at submission with the known ones"
    )
    func strategies() async throws {
        for name in ["nonsense", "milp-op"] {
            let answer = try await submit(SchedulerFixture.submission(strategy: name))
            #expect(answer.status == 400)
            #expect(answer.fields == ["strategy"])
            #expect(answer.text.contains("smart-pack"))
        }
        #expect(try await stored() == 0)
    }

    @Test("seed bug 18: a body that is not JSON, or not an object, is a problem and never 500")
    func malformedJSON() async throws {
        for body in [
            "", "{", "[", "nonsense", "7", "null", "\"x\"", "{\"lots_data\":}", "{}{}", "\u{FEFF}{}",
            "{\"a\":1,\"a\":1}",
        ] {
            let answer = try await submit(body)
            #expect(answer.status == 400, "\(body)")
            #expect(answer.code == "invalid-input", "\(body)")
            #expect(answer.headers.first(name: "Content-Type") == "application/problem+json")
        }
        let deep = String(repeating: "[", count: 2_000)
        #expect(try await submit(deep).status == 400)
        let notText = try await scheduler.ask(
            .POST, "/api/v1/schedule", headers: ["Content-Type": "application/json"],
            body: [0x7B, 0xFF, 0x7D])
        #expect(notText.status == 400)
    }

    @Test(
        "a form that is not one is a problem: no boundary, another boundary, cut short, a field twice, no file"
    )
    func malformedForms() async throws {
        let whole = FormBody.bytes(["csv_file": "Lot ID,Type,Vials\nA,X,100\n"])
        let type = "multipart/form-data"
        let cases: [(String, [UInt8], String)] = [
            (type, whole, "no boundary"), (type + "; boundary=", whole, "empty boundary"),
            (type + "; boundary=other", whole, "another boundary"),
            (type + "; boundary=" + String(repeating: "b", count: 71), whole, "boundary too long"),
            (type + "; boundary=\(FormBody.boundary)", Array(whole.dropLast(12)), "cut short"),
            (type + "; boundary=\(FormBody.boundary)", [], "empty body"),
            (type + "; boundary=\(FormBody.boundary)", FormBody.bytes(["name": "a"]), "no file"),
            (
                type + "; boundary=\(FormBody.boundary)", FormBody.bytes(["name": "a", "name": "b"]),
                "a field twice"
            ),
            (
                type + "; boundary=\(FormBody.boundary)",
                FormBody.bytes(["csv_file": "Lot ID,Type,Vials\nA,X,1\n", "surprise": "b"]),
                "an unknown field"
            ),
        ]
        for (type, body, what) in cases {
            let answer = try await scheduler.ask(
                .POST, "/api/v1/schedule", headers: ["Content-Type": type], body: body)
            #expect(answer.status == 400, "\(what): \(answer.text)")
        }
        #expect(try await stored() == 0)
        let quoted = try await scheduler.ask(
            .POST, "/api/v1/schedule",
            headers: [
                "Content-Type": "Multipart/Form-Data; charset=utf-8; Boundary=\"\(FormBody.boundary)\""
            ],
            body: whole)
        #expect(quoted.status == 202)
    }

    @Test("the faults of a CSV file carry their lines")
    func csvFaults() async throws {
        let csv = "Lot ID,Type,Vials\nA,X,100\nB,X,none\nA,Y,100\n"
        let answer = try await scheduler.ask(
            .POST, "/api/v1/schedule", headers: FormBody.headers, body: FormBody.bytes(["csv_file": csv]))
        #expect(answer.status == 400)
        let lines = (answer.json["errors"] as? [[String: Any]])?.compactMap { $0["line"] as? Int }
        #expect(lines == [3, 4])
    }

    @Test(
        "seed bug 17: a body at the limit is read, one byte more is 413, with and without a length, on every route that reads one"
    )
    func bodyLimit() async throws {
        func padded(to length: Int) -> String {
            let json = SchedulerFixture.submission()
            return json + String(repeating: " ", count: length - json.utf8.count)
        }
        #expect(try await submit(padded(to: Self.bodyLimit)).status == 202)
        for path in ["/api/v1/schedule", "/api/v1/schedule/json", "/api/v1/schedule/validate"] {
            let over = try await scheduler.ask(.POST, path, json: padded(to: Self.bodyLimit + 1))
            #expect(over.status == 413)
            #expect(over.code == "body-too-large")
            #expect(over.json["request_id"] as? String == over.headers.first(name: "X-Request-ID"))
        }
        for (length, status) in [(Self.bodyLimit, 202), (Self.bodyLimit + 1, 413), (4 << 20, 413)]
            as [(Int, Int)]
        {
            let answer = try await rawChunked(padded(to: length))
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(length): \(answer.prefix(200))")
        }
    }

    /// Sends `body` in chunks, so that no length announces it; through curl, which speaks for itself.
    private func rawChunked(_ body: String) async throws -> String {
        let file = try fixture.folder.write(Data(body.utf8), to: "body-\(body.utf8.count)")
        let token = String(decoding: try fixture.key.sign(SchedulerFixture.claims()), as: UTF8.self)
        let curl = try ServerProcess(
            "curl",
            [
                "-sS", "-i", "-H", "X-Fillgate-Assertion: \(token)", "-H", "Content-Type: application/json",
                "-H",
                "Transfer-Encoding: chunked", "-H", "Expect:", "--data-binary", "@\(file)",
                "http://\(scheduler.address)/api/v1/schedule",
            ])
        try await curl.waitForExit()
        return curl.output
    }

    @Test("the number of lots has its limit on both sides")
    func lotLimit() async throws {
        #expect(try await submit(SchedulerFixture.submission(lots: 5)).status == 202)
        let over = try await submit(SchedulerFixture.submission(lots: 6))
        #expect(over.status == 400)
        #expect(over.fields == ["lots_data"])
    }

    @Test(
        "seed bug 15: pages go from 1 to 1000 and have 1 to 50 entries; everything else is 400",
        arguments: [
            ("page=1&page_size=1", 200), ("page=1000&page_size=50", 200), ("", 200), ("page=0", 400),
            ("page=1001", 400), ("page=-1", 400), ("page=+1", 400), ("page=x", 400), ("page=", 400),
            ("page=1.0", 400), ("page=99999999999999999999", 400), ("page_size=0", 400),
            ("page_size=51", 400),
            ("page=1&page=2", 400), ("status=done", 400), ("status=completed", 200), ("strategy=none", 400),
            ("strategy=spt", 200), ("sort=name", 400), ("page=%zz", 400),
            ("search=", 200),
        ])
    func pages(query: String, status: UInt) async throws {
        let answer = try await scheduler.ask(.GET, "/api/v1/schedules?\(query)")
        #expect(answer.status == status, "\(answer.text)")
        if status == 400 { #expect(answer.code == "invalid-input") }
    }

    @Test(
        "a search has at most the 255 characters that a name may have", arguments: [(255, 200), (256, 400)])
    func searchLength(length: Int, status: UInt) async throws {
        let text = String(repeating: "%C3%A9", count: length)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules?search=\(text)").status == status)
    }

    @Test(
        "the ID of a comparison has 1 to 64 characters",
        arguments: [(0, 400), (1, 200), (64, 200), (65, 400)])
    func comparisonLength(length: Int, status: UInt) async throws {
        let id = String(repeating: "a", count: length)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules?comparison=\(id)").status == status)
    }

    @Test("validation reports all faults and warnings with 200 and stores nothing; lots alone will do")
    func validation() async throws {
        func validate(_ json: String) async throws -> RunningScheduler.Answer {
            try await scheduler.ask(.POST, "/api/v1/schedule/validate", json: json)
        }
        let good = try await validate(SchedulerFixture.submission())
        #expect(good.status == 200)
        #expect(good.json["valid"] as? Bool == true)
        #expect(good.json["lots_count"] as? Int == 3)
        #expect((good.json["errors"] as? [Any])?.isEmpty == true)
        #expect(try await validate(SchedulerFixture.lots(2)).json["valid"] as? Bool == true)

        let bad = try await validate(
            #"[{"lot_id":"A","lot_type":"X","vials":0},{"lot_id":"A","lot_type":"X","vials":5,"fill_hours":9}]"#
        )
        #expect(bad.status == 200)
        #expect(bad.json["valid"] as? Bool == false)
        #expect(bad.fields == ["lots_data[0].vials", "lots_data[1].lot_id"])
        #expect(
            (bad.json["warnings"] as? [[String: Any]])?.first?["field"] as? String
                == "lots_data[1].fill_hours")
        #expect(try await validate("nonsense").status == 400)
        #expect(try await stored() == 0)
    }

    @Test("seed bug 13: an export before the end says why there is none: waiting, running, cancelled")
    func exportTooEarly() async throws {
        let id = try await scheduler.submit()
        _ = try await scheduler.finished(id)
        #expect(try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export").status == 200)
        let again = try await scheduler.ask(.POST, "/api/v1/schedule/\(id)/cancel")
        #expect(again.status == 409)
        #expect(again.code == "already-final")
    }

    @Test(
        "pain 34, seed bug 23: every answer carries the gateway's request ID, refusals, 404s and malformed bodies included"
    )
    func requestIDs() async throws {
        let id = "gateway-id-0123456789"
        let requests: [(String, String, String?)] = [
            ("GET", "/api/v1/strategies", nil), ("GET", "/health", nil), ("GET", "/nothing", nil),
            ("GET", "/api/v1/schedule/none", nil), ("DELETE", "/api/v1/schedule/none", nil),
            ("PATCH", "/api/v1/schedules", nil), ("POST", "/api/v1/schedule", "{"),
            ("POST", "/api/v1/schedule", String(repeating: " ", count: 5_000)),
            ("GET", "/api/v1/schedules?page=0", nil), ("HEAD", "/api/v1/strategies", nil),
        ]
        for (method, path, json) in requests {
            for user in ["anna", nil] {
                let answer = try await scheduler.ask(
                    .init(rawValue: method), path, as: user, headers: ["X-Request-ID": id], json: json)
                #expect(answer.headers[canonicalForm: "X-Request-ID"] == [id[...]], "\(method) \(path)")
                if answer.status >= 400 {
                    let told = method == "HEAD" ? id : answer.json["request_id"] as? String
                    #expect(told == id, "\(method) \(path)")
                    #expect(answer.headers.first(name: "Content-Type") == "application/problem+json")
                }
            }
        }
    }

    @Test("a request ID that could forge a log line is replaced by one of our own")
    func forgedRequestID() async throws {
        for given in ["short", "with space in it", "\"},{\"level\":\"x", String(repeating: "a", count: 129)] {
            let answer = try await scheduler.ask(.GET, "/health", as: nil, headers: ["X-Request-ID": given])
            let id = try #require(answer.headers.first(name: "X-Request-ID"))
            #expect(id != given)
            #expect(id.count == 36)
        }
    }

    @Test("a full queue is 503 with Retry-After and stores nothing")
    func fullQueue() async throws {
        let fixture = try SchedulerFixture(
            SchedulerFixture.patient + ["--max-pending", "1", "--workers", "1"])
        let scheduler = try await fixture.start()
        // Fills the only worker, then the only place to wait.
        let search = try SchedulerFixture.search
        _ = try await scheduler.reaches(scheduler.submit(search), ["running"])
        _ = try await scheduler.submit(search)
        let answer = try await scheduler.ask(.POST, "/api/v1/schedule", json: SchedulerFixture.submission())
        #expect(answer.status == 503)
        #expect(answer.code == "queue-full")
        #expect(answer.headers.first(name: "Retry-After") == "5")
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules").json["total"] as? Int == 2)
    }

    @Test("a user's full queue is 429 with Retry-After and stores nothing; other users go on")
    func fullOwnerQueue() async throws {
        let fixture = try SchedulerFixture(
            SchedulerFixture.patient + ["--max-pending-per-user", "2", "--workers", "1"])
        let scheduler = try await fixture.start()
        let running = try await scheduler.submit(SchedulerFixture.search)
        _ = try await scheduler.reaches(running, ["running"])
        let waiting = try await scheduler.submit()
        _ = try await scheduler.submit()
        let refused = try await scheduler.ask(.POST, "/api/v1/schedule", json: SchedulerFixture.submission())
        #expect(refused.status == 429)
        #expect(refused.code == "queue-full")
        #expect(refused.headers.first(name: "Retry-After") == "5")
        #expect(refused.text.contains("2 schedules"))
        #expect(try await scheduler.ask(.GET, "/api/v1/schedules").json["total"] as? Int == 3)
        _ = try await scheduler.submit(as: "ben")
        // One that is cancelled makes room.
        #expect(try await scheduler.ask(.POST, "/api/v1/schedule/\(waiting)/cancel").status == 200)
        _ = try await scheduler.submit()
    }
}
