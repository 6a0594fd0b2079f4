import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Drain")
struct DrainTests {
    @Test(
        "a request under way finishes, its connection ends after it, and without a grace idle ones end at once"
    )
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

    @Test("a connection that was accepted before and begins after everything was cut off ends at once")
    func lateForCutOff() async throws {
        let upstream = try RecordingUpstream { link in _ = try link.socket.readToEnd(resetIsEnd: true) }
        try await withGateway(upstream) { rig in
            rig.gateway.cutOff()
            let client = try rig.client()
            try? await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.ends())
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("a request that is on its way when the drain begins is answered, told to close, and the last")
    func lossless() async throws {
        try await withGateway(try .echo(), { $0.limits.drainIdleTimeout = .seconds(20) }) { rig in
            let kept = try rig.client()
            let fresh = try rig.client()
            #expect(try await kept.request("GET", "/open/x")["Connection"] == nil)
            try await eventually("both are being served") {
                try await rig.onLoops { $0.waiters.count }.reduce(0, +) == 2
            }
            async let drained = rig.gateway.drain(within: .seconds(30))
            try await eventually("the gateway drains") {
                try await rig.onLoops { $0.isDraining }.allSatisfy { $0 }
            }
            for client in [kept, fresh] {
                let answer = try await client.request("POST", "/open/x", body: "hello")
                #expect(answer.status == 200 && answer.text == "hello" && answer["Connection"] == "close")
                #expect(try await client.ends())
                client.close()
            }
            #expect(await drained)
            #expect(try await rig.log(3).allSatisfy { $0["status"] as? Int == 200 })
        }
    }

    @Test("an idle connection ends when its grace is over, though the drain could take longer")
    func idleGrace() async throws {
        try await withGateway(try .echo(), { $0.limits.drainIdleTimeout = .milliseconds(300) }) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/x").status == 200)
            async let drained = rig.gateway.drain(within: .seconds(600))
            #expect(try await client.ends())
            client.close()
            #expect(await drained)
        }
    }

    @Test("under load every connection ends with an answer that says so, and no request is lost")
    func underLoad() async throws {
        try await withGateway(
            try .echo(),
            {
                $0.limits.drainIdleTimeout = .seconds(10)
                $0.loops = 2
            }
        ) { rig in
            let started = Heard()
            let results = try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<16 {
                    tasks.addTask {
                        let client = try rig.client()
                        while true {
                            let answer = try await client.request("POST", "/open/\(number)", body: "x")
                            started.add([1])
                            guard answer.status == 200, answer.text == "x" else { return false }
                            if answer["Connection"] == "close" { return try await client.ends() }
                        }
                    }
                }
                try await eventually("all are at work") { started.bytes.count > 200 }
                async let drained = rig.gateway.drain(within: .seconds(30))
                var results: [Bool] = []
                for try await result in tasks { results.append(result) }
                #expect(await drained)
                return results
            }
            #expect(results == [Bool](repeating: true, count: 16))
        }
    }
}
