import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Drain")
struct DrainTests {
    @Test("a request under way finishes, its connection ends after it, and idle connections end at once")
    func finishes() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {
                gate.wait()
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withGateway(upstream) { rig in
            let idle = try rig.client()
            let fresh = try rig.client()
            #expect(try await idle.request("GET", "/none").status == 404)
            let busy = try rig.client()
            try await busy.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("the request is under way") { rig.upstream.requests.count == 1 }
            async let drained = rig.gateway.drain(within: .seconds(20))
            #expect(try await idle.ends())
            #expect(try await fresh.ends())
            try await eventually("nobody is let in any more") { (try? rig.client()) == nil }
            gate.signal()
            let answer = try await busy.response()
            #expect(answer.text == "ok" && answer["Connection"] == "close")
            #expect(try await busy.ends())
            busy.close()
            #expect(await drained)
        }
    }

    @Test("what does not finish in time is cut off, and the drain says so")
    func cutOff() async throws {
        let upstream = try RecordingUpstream { link in _ = try link.socket.readToEnd(resetIsEnd: true) }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("the request is under way") { rig.upstream.connectionCount == 1 }
            #expect(await rig.gateway.drain(within: .milliseconds(200)) == false)
            #expect(try await client.ends())
        }
    }
}
