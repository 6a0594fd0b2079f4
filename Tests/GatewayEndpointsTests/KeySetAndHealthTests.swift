import Foundation
import GatewayCore
import ServiceCore
import Testing

@testable import GatewayEndpoints

@Suite("Keys and health")
struct KeySetAndHealthTests {
    private func keys(_ world: World, at now: Timestamp) async throws -> [String] {
        var call = Call.get(IdentityAssertion.keySetPath)
        call.now = now
        let answer = try await world.send(call)
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "application/jwk-set+json")
        return try JSONDecoder().decode(JSONWebKeySet.self, from: Data(answer.body)).keys.map(\.kid)
    }

    @Test("the key set holds this worker's keys and all published ones, each once, asked for once a second")
    func keySet() async throws {
        let world = try await World()
        let start = Call.clock()
        #expect(try await keys(world, at: start) == ["own"])
        try await world.publish(PublishedKey(keyID: "other", x: "BBBB"))
        try await world.publish(PublishedKey(keyID: "own", x: "AAAA"))
        #expect(try await keys(world, at: start + .milliseconds(999)) == ["own"])
        #expect(try await keys(world, at: start + .seconds(1)) == ["own", "other"])
        // A clock that is set back does not keep what is known for ever.
        try await world.publish(PublishedKey(keyID: "third", x: "CCCC"))
        #expect(try await keys(world, at: start - .seconds(3600)) == ["own", "other", "third"])
    }

    @Test("health is the process, readiness what the worker can do, and the public is not told why")
    func health() async throws {
        let world = try await World()
        let up = try await world.send(.get("/health"))
        #expect(up.status == 200)
        #expect(up.text == #"{"status":"ok"}"#)
        #expect(try await world.send(.get("/ready")).text == #"{"status":"ready"}"#)
        world.ready.isOn.withLock { $0 = false }
        #expect(try await world.send(.get("/health")).status == 200)
        var later = Call.get("/ready")
        later.now = Call.clock() + .seconds(1)
        let unready = try await world.send(later)
        #expect(unready.status == 503)
        #expect(unready.code == "not-ready")
        #expect(unready.header("Retry-After") == "1")
        #expect(
            Set(try unready.object().keys) == ["type", "title", "status", "detail", "code", "request_id"])
    }

    @Test("no two endpoints take the same method and path")
    func distinct() async throws {
        let names = try await World().endpointNames
        #expect(Set(names).count == names.count)
        #expect(names.contains("POST /api/v1/auth/login"))
    }
}
