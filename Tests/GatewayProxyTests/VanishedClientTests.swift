import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Clients that vanish")
struct VanishedClientTests {
    /// Never answers; tells when its connection ends.
    private func silent(_ heard: Heard) throws -> RecordingUpstream {
        try RecordingUpstream { link in
            _ = try link.request()
            _ = try link.socket.readToEnd(resetIsEnd: true)
            heard.add([1])
        }
    }

    @Test(
        "a reset is noticed at once while the upstream is silent, also behind more than is read ahead",
        arguments: [0, 300_000])
    func reset(ahead: Int) async throws {
        let heard = Heard()
        try await withGateway(try silent(heard), { $0.upstream.responseTimeout = .seconds(600) }) { rig in
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.send([UInt8](repeating: UInt8(ascii: "x"), count: ahead))
            try await eventually("the request is under way") { rig.upstream.requests.count == 1 }
            client.socket.abort()
            try await eventually("the upstream's connection is closed") { heard.bytes == [1] }
            let line = try await rig.log(1)[0]
            #expect(line["code"] as? String == "client-closed" && line["status"] as? Int == 499)
            try await rig.expectNothingHeld()
        }
    }

    @Test("a reset in the middle of a request's body ends the upstream's connection, too")
    func resetInBody() async throws {
        let heard = Heard()
        let upstream = try RecordingUpstream { link in
            _ = try link.head()
            heard.add([0])
            _ = try link.socket.readToEnd(resetIsEnd: true)
            heard.add([1])
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            try await client.send("POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
            try await eventually("the request is under way") { heard.bytes == [0] }
            client.socket.abort()
            try await eventually("the upstream's connection is closed") { heard.bytes == [0, 1] }
            let line = try await rig.log(1)[0]
            #expect(line["code"] as? String == "client-closed" && line["status"] as? Int == 499)
            try await rig.expectNothingHeld()
        }
    }

    @Test("a reset between two events ends the stream's upstream")
    func resetInEvents() async throws {
        let heard = Heard()
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            _ = try link.socket.readToEnd(resetIsEnd: true)
            heard.add([1])
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await Blocking.run { try client.socket.read(through: "data: 1\n\n") }
            client.socket.abort()
            try await eventually("the upstream's connection is closed") { heard.bytes == [1] }
            let line = try await rig.log(1)[0]
            #expect(line["code"] as? String == "client-closed" && line["status"] as? Int == 200)
        }
    }

    @Test("a client that only says that it sends no more gets its answer")
    func halfClosed() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            gate.wait()
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            client.socket.endOutput()
            try await eventually("the request is under way") { rig.upstream.requests.count == 1 }
            #expect(try await Blocking.run { try client.socket.isSilent(for: .milliseconds(200)) })
            gate.signal()
            #expect(try await client.response().text == "ok")
            #expect(try await client.ends())
            #expect(try await rig.log(1)[0]["status"] as? Int == 200)
        }
    }
}
