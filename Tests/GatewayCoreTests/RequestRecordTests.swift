import GatewayCore
import Testing

@Suite("Records of requests: what the store keeps")
struct RequestRecordTests {
    private func record(path: String = "/a", user: String? = "ü@example.com") -> RequestRecord {
        RequestRecord(
            id: "0190", time: Timestamp(microseconds: 1_795_291_200_123_456), worker: "host:1/0",
            address: "2001:db8::1", user: user, method: "GET", path: path, version: "h2", route: "/a/**",
            upstream: nil, status: 429, code: "rate-limited", policy: "api", bytes: 200, total: 1_500,
            upstreamTime: 0, storeTime: 900)
    }

    @Test("a record is read as it was written, also where there is no user and no upstream")
    func roundTrip() {
        for user in [nil, "alice@example.com", "ü@example.com"] {
            #expect(RequestRecord(record(user: user).text) == record(user: user))
        }
    }

    @Test("a line break or another control character cannot make a field of its own")
    func control() {
        #expect(RequestRecord(record(path: "/a\nrate\u{1b}\u{85}").text)?.path == "/a?rate??")
    }

    @Test(
        "what is no record is none", arguments: ["", "1", "2\na", "1" + String(repeating: "\nx", count: 17)])
    func other(text: String) {
        #expect(RequestRecord(text) == nil)
    }
}
