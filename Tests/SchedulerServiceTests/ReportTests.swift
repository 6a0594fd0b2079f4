import Foundation
@testable import SchedulerService
import TestSupport
import Testing

@Suite("Reports")
struct ReportTests {
    @Test("a result can be had as workbook, PDF and page, each with its type, name, tag and policy")
    func formats() async throws {
        let scheduler = try await SchedulerFixture().start()
        let id = try await scheduler.submit()
        _ = try await scheduler.finished(id)
        let formats: [(format: String, type: String, start: String, disposition: String)] = [
            (
                "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK",
                "attachment"
            ),
            ("pdf", "application/pdf", "%PDF-", "inline"),
            ("html", "text/html; charset=utf-8", "<!DOCTYPE html>", "inline"),
        ]
        var tags: Set<String> = []
        for (format, type, start, disposition) in formats {
            let path = "/api/v1/schedule/\(id)/export?format=\(format)"
            let answer = try await scheduler.ask(.GET, path)
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "Content-Type") == type)
            #expect(
                answer.headers.first(name: "Content-Disposition")
                    == "\(disposition); filename=\"schedule-\(id).\(format)\"")
            #expect(answer.body.starts(with: start.utf8))
            let tag = try #require(answer.headers.first(name: "ETag"))
            tags.insert(tag)
            let again = try await scheduler.ask(.GET, path, headers: ["If-None-Match": tag])
            #expect(again.status == 304 && again.body.isEmpty)
            let policy = answer.headers.first(name: "Content-Security-Policy")
            #expect((policy != nil) == (format == "html"))
            // The same for everybody who asks again, because nothing in it comes from the clock.
            #expect(try await scheduler.ask(.GET, path).body == answer.body)
        }
        #expect(tags.count == 3)
        #expect(
            try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export?format=pdf", as: "ben").status == 404
        )
        let unknown = try await scheduler.ask(.GET, "/api/v1/schedule/\(id)/export?format=doc")
        #expect(unknown.status == 400 && unknown.fields == ["format"])
    }

    @Test("as many files as may are made for a user and for all, and one more is refused until one is done")
    func bounds() async throws {
        let desk = ReportDesk(limits: .init(perUser: 2, total: 3))
        let gate = DispatchSemaphore(value: 0)
        let making = ["anna", "anna", "ben"].map { user in
            Task { try await desk.make(for: user) { gate.wait() } }
        }
        try await eventually("all three have entered") { desk.waiting == 3 }
        #expect(await refusal(of: desk, for: "anna") == "too-many-reports 429")
        #expect(await refusal(of: desk, for: "carl") == "too-many-reports 503")
        for _ in making { gate.signal() }
        for task in making { _ = try await task.value }
        #expect(try await desk.make(for: "anna") { 7 } == 7)
        #expect(desk.waiting == 0)
    }

    @Test("the file of somebody who went away before their turn is not made")
    func goneAway() async throws {
        let desk = ReportDesk()
        let gate = DispatchSemaphore(value: 0)
        let first = Task { try await desk.make(for: "anna") { gate.wait() } }
        try await eventually("the first has entered") { desk.waiting == 1 }
        let second = Task { try await desk.make(for: "ben") { true } }
        try await eventually("the second has entered") { desk.waiting == 2 }
        second.cancel()
        gate.signal()
        try await first.value
        await #expect(throws: CancellationError.self) { try await second.value }
    }

    private func refusal(of desk: ReportDesk, for user: String) async -> String? {
        do {
            try await desk.make(for: user) {}
            return nil
        } catch {
            let problem = Refusal(error).problem
            return "\(problem.code) \(problem.status)"
        }
    }
}
