import Foundation
import TestSupport
import Testing

@Suite("Due times and priorities over HTTP")
struct DueAndPriorityTests {
    @Test("they survive from the submission to the result and its exports, and break ties")
    func roundTrip() async throws {
        let fixture = try SchedulerFixture()
        let scheduler = try await fixture.start()
        let json = """
            {"lots_data":[{"lot_id":"A","lot_type":"X","vials":100000,"due":"2026-02-01"},
            {"lot_id":"B","lot_type":"X","vials":100000,"priority":9}]}
            """
        let csv = "Lot ID,Type,Vials,Due,Priority\nA,X,100000,2026-02-01,\nB,X,100000,,9\n"
        let form = try await scheduler.ask(
            .POST, "/api/v1/schedule", headers: FormBody.headers, body: FormBody.bytes(["csv_file": csv]))
        #expect(form.status == 202 && (form.json["warnings"] as? [Any])?.isEmpty != false)
        for id in [try await scheduler.submit(json), form.id] {
            let result = try await scheduler.finished(id).json["result"] as? [String: Any]
            let activities = try #require(result?["activities"] as? [[String: Any]])
            let fills = activities.filter { $0["kind"] as? String == "FILL" }
            #expect(fills.map { $0["lot_id"] as? String } == ["B", "A"])
            #expect(fills.map { $0["priority"] as? Int } == [9, nil])
            #expect(fills.map { $0["due"] as? String } == [nil, "2026-02-01T23:59:59Z"])
            let export = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export?format=csv")
            #expect(export.text.split(separator: "\r\n").first?.hasSuffix(",Due,Priority") == true)
        }
        let bad = try await scheduler.ask(
            .POST, "/api/v1/schedule",
            json: json.replacing("\"priority\":9", with: "\"priority\":101").replacing("02-01", with: "02-30")
        )
        #expect(bad.status == 400 && bad.fields == ["lots_data[0].due", "lots_data[1].priority"])
    }
}
