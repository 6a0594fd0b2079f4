import Foundation
import TestSupport
import Testing

@testable import Fillgate

@Suite("The admin API of a worker")
struct AdminWorkerTests {
    @Test("pain 16: what an administrator changes over HTTP holds for the next request, and is in the audit")
    func change() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("root@example.com", "--admin")
        try await line.addUser("alice@example.com")
        let worker = try await RunningWorker(line)
        func token(_ email: String) async throws -> String {
            var token: String?
            try await eventually("\(email) logs in", within: .seconds(20)) {
                token = try await worker.logIn(email).object["access_token"] as? String
                return token != nil
            }
            return try #require(token)
        }
        let (root, alice) = (try await token("root@example.com"), try await token("alice@example.com"))
        #expect(try await worker.send("GET", "/api/v1/admin/users", token: alice).status == 403)
        let users = try await worker.send("GET", "/api/v1/admin/users", token: root)
        #expect((users.object["users"] as? [Any])?.count == 2)

        let change = try await worker.send(
            "PATCH", "/api/v1/admin/users/alice%40example.com", json: #"{"is_active":false}"#, token: root)
        #expect(change.status == 200)
        #expect(try await worker.send("GET", "/api/v1/auth/me", token: alice).status == 401)
        let limits = try await worker.send(
            "GET", "/api/v1/admin/limits?address=127.0.0.1&user=root%40example.com", token: root)
        let names = (limits.object["limits"] as? [[String: Any]])?.compactMap { $0["policy"] as? String }
        #expect(Set(names ?? []) == ["address", "login", "api"])

        var kinds: [String] = []
        try await eventually("the event is kept", within: .seconds(20)) {
            let page = try await worker.send(
                "GET", "/api/v1/admin/audit?user=alice%40example.com", token: root)
            let events = page.object["events"] as? [[String: Any]] ?? []
            kinds = events.compactMap { $0["kind"] as? String }
            return kinds.contains("session-revoked")
        }
        #expect(kinds.contains("account-disabled"))
    }
}
