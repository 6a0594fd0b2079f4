import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Places at an upstream")
struct UpstreamQueueTests {
    @Test("beyond its places and its queue an upstream is busy, and everybody in the queue gets a turn")
    func busy() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {
                gate.wait()
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withGateway(
            upstream,
            {
                $0.upstream.maxConnections = 2
                $0.upstream.queue = 2
            }
        ) { rig in
            let clients = try (0..<4).map { _ in try rig.client() }
            for client in clients { try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n") }
            try await eventually("two requests are under way and two wait") {
                try await rig.onLoops { $0.pools.allSatisfy { $0.inUse == 2 && $0.queued == 2 } } == [true]
            }
            let refused = try await rig.request("GET", "/open/x")
            #expect(
                refused.status == 503 && refused.text.contains("\"upstream-busy\"")
                    && refused["Retry-After"] == "1")
            for _ in clients { gate.signal() }
            for client in clients { #expect(try await client.response().text == "ok") }
            #expect(rig.upstream.connectionCount == 2)
            try await rig.expectNothingHeld()
        }
    }

    @Test("a place in the queue is given up when its time is over or its client is gone")
    func queueTimeout() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {
                gate.wait()
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withGateway(
            upstream,
            {
                $0.upstream.maxConnections = 1
                $0.upstream.queueTimeout = .milliseconds(300)
            }
        ) { rig in
            let first = try rig.client()
            try await first.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("one request is under way") { rig.upstream.requests.count == 1 }
            #expect(try await rig.request("GET", "/open/x").status == 503)
            let gone = try rig.client()
            try await gone.send("GET /open/gone HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("it waits") { try await rig.onLoops { $0.pools[0].queued } == [1] }
            gone.socket.abort()
            try await eventually("the queue is empty") {
                try await rig.onLoops { $0.pools.allSatisfy { $0.queued == 0 } } == [true]
            }
            gate.signal()
            #expect(try await first.response().text == "ok")
            #expect(!rig.upstream.requests.contains { $0.target == "/open/gone" })
        }
    }

    @Test("a client that disconnects in the middle of a body, or of an answer, leaves nothing behind")
    func disconnects() async throws {
        let upstream = try RecordingUpstream { link in
            while let request = try link.head() {
                if request.method == "GET" {
                    try link.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    while true { try link.send("4\r\nabcd\r\n") }
                }
                _ = try link.socket.readToEnd(resetIsEnd: true)
            }
        }
        try await withGateway(upstream, { $0.upstream.responseTimeout = .seconds(2) }) { rig in
            for isAbort in [false, true] {
                for text in [
                    "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhello",
                    "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                    "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                    "GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /open/x HTTP/1.1\r\nHo",
                ] {
                    let client = try rig.client()
                    try await client.send(text)
                    if text.hasPrefix("GET /open/x HTTP/1.1\r\nHost") {
                        _ = try await Blocking.run { try client.socket.read(1_000) }
                    } else {
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    if isAbort { client.socket.abort() } else { client.close() }
                }
            }
            try await eventually("all connections are gone") { rig.gateway.openConnections == 0 }
            try await rig.expectNothingHeld()
        }
    }
}
