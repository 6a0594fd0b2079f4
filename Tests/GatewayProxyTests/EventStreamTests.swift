import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Event streams")
struct EventStreamTests {
    private static let chunked =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    private static let untilEnd = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"

    private static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    /// The next chunk that the client gets; empty for the last.
    private func nextChunk(_ client: RawClient) async throws -> String {
        try await Blocking.run {
            let line = String(decoding: try client.socket.read(through: "\r\n").dropLast(2), as: UTF8.self)
            let bytes = try client.socket.read((Int(line, radix: 16) ?? 0) + 2)
            return String(decoding: bytes.dropLast(2), as: UTF8.self)
        }
    }

    private func open(_ rig: Rig, _ version: String = "1.1") async throws -> (RawClient, RawMessage) {
        let client = try rig.client()
        try await client.send("GET /open/events HTTP/\(version)\r\nHost: a\r\n\r\n")
        return (client, try await Blocking.run { try RawMessage(headFrom: client.socket) })
    }

    @Test(
        "every event reaches the client before the upstream sends the next, in each framing",
        arguments: [false, true],
        ["1.0", "1.1"])
    func flushed(isChunked: Bool, version: String) async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send((isChunked ? Self.chunked : Self.untilEnd) + "\r\n")
            for number in 0..<20 {
                gate.wait()
                let event = "data: \(number)\n\n"
                try link.send(isChunked ? Self.chunk(event) : event)
            }
            if isChunked { try link.send("0\r\n\r\n") }
        }
        try await withGateway(upstream) { rig in
            let (client, head) = try await open(rig, version)
            #expect(head.status == 200)
            #expect(head["Transfer-Encoding"] == (version == "1.0" ? nil : "chunked"))
            for number in 0..<20 {
                gate.signal()
                let event = "data: \(number)\n\n"
                if version == "1.0" {
                    let bytes = try await Blocking.run { try client.socket.read(event.utf8.count) }
                    #expect(String(decoding: bytes, as: UTF8.self) == event)
                } else {
                    #expect(try await nextChunk(client) == event)
                }
            }
            if version == "1.1" {
                #expect(try await nextChunk(client).isEmpty)
                #expect(try await client.request("GET", "/none").status == 404)
            } else {
                #expect(try await client.ends())
            }
        }
    }

    @Test("between events an upstream may be silent for longer than its response timeout, but not for ever")
    func silence() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("\(Self.chunked)\r\n")
            try link.send(Self.chunk("data: 1\n\n"))
            usleep(1_000_000)
            try link.send(Self.chunk("data: 2\n\n"))
            _ = try link.socket.readToEnd(resetIsEnd: true)
        }
        try await withGateway(
            upstream,
            {
                $0.upstream.responseTimeout = .milliseconds(300)
                $0.limits.streamIdleTimeout = .seconds(3)
            }
        ) { rig in
            let (client, _) = try await open(rig)
            #expect(try await nextChunk(client) == "data: 1\n\n")
            #expect(try await nextChunk(client) == "data: 2\n\n")
            #expect(try await client.ends())
            #expect(try await rig.log(1)[0]["code"] as? String == "upstream-timeout")
            try await rig.expectNothingHeld()
        }
    }

    @Test(
        "on drain a stream ends between two events, with a proper end, and its connection may still ask once")
    func drainBetween() async throws {
        let upstream = try RecordingUpstream { link in
            while let request = try link.request() {
                guard request.target == "/open/events" else {
                    try link.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    continue
                }
                try link.send("\(Self.chunked)\r\n\(Self.chunk("data: 1\n\n"))")
                _ = try link.socket.readToEnd(resetIsEnd: true)
            }
        }
        try await withGateway(upstream, { $0.limits.drainIdleTimeout = .seconds(10) }) { rig in
            let (client, _) = try await open(rig)
            #expect(try await nextChunk(client) == "data: 1\n\n")
            async let drained = rig.gateway.drain(within: .seconds(20))
            #expect(try await nextChunk(client).isEmpty)
            let last = try await client.request("GET", "/open/x")
            #expect(last.status == 200 && last["Connection"] == "close")
            #expect(try await client.ends())
            client.close()
            #expect(await drained)
            let line = try await rig.log(1)[0]
            #expect(line["status"] as? Int == 200 && line["code"] as? String == "draining")
        }
    }

    @Test("on drain an event that has begun is finished, and nothing of the next is sent")
    func drainWithin() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("\(Self.chunked)\r\n\(Self.chunk("data: 1\n\ndata: "))")
            gate.wait()
            try link.send(Self.chunk("2\r\ndata: 3\r\n\r\ndata: never\r\n\r\n"))
            _ = try link.socket.readToEnd(resetIsEnd: true)
        }
        try await withGateway(upstream) { rig in
            let (client, _) = try await open(rig)
            #expect(try await nextChunk(client) == "data: 1\n\ndata: ")
            async let drained = rig.gateway.drain(within: .seconds(20))
            try await eventually("the gateway drains") {
                try await rig.onLoops { $0.isDraining }.allSatisfy { $0 }
            }
            #expect(try await Blocking.run { try client.socket.isSilent(for: .milliseconds(200)) })
            gate.signal()
            #expect(try await nextChunk(client) == "2\r\ndata: 3\r\n\r")
            #expect(try await nextChunk(client).isEmpty)
            #expect(try await client.ends())
            client.close()
            #expect(await drained)
        }
    }

    @Test(
        "on drain a stream that cannot be cut cleanly runs until the grace is over",
        arguments: ["Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n", "Content-Length: 100\r\n"])
    func drainUncut(fields: String) async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            let event = "data: 1\n\n"
            try link.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\(fields)\r\n")
            try link.send(fields.contains("chunked") ? Self.chunk(event) : event)
            _ = try link.socket.readToEnd(resetIsEnd: true)
        }
        try await withGateway(upstream) { rig in
            let (client, head) = try await open(rig)
            #expect(head.status == 200)
            #expect(await rig.gateway.drain(within: .milliseconds(300)) == false)
            let rest = String(decoding: try await client.rest(resetIsEnd: true), as: UTF8.self)
            #expect(rest.contains("data: 1") && !rest.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("pain 31: a reload touches no event stream")
    func reload() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("\(Self.chunked)\r\n")
            for number in 0..<3 {
                try link.send(Self.chunk("data: \(number)\n\n"))
                gate.wait()
            }
            try link.send("0\r\n\r\n")
        }
        try await withGateway(upstream) { rig in
            let (client, _) = try await open(rig)
            for number in 0..<3 {
                #expect(try await nextChunk(client) == "data: \(number)\n\n")
                try await rig.reload { next in next.upstream.idleTimeout = .seconds(31 + number) }
                gate.signal()
            }
            #expect(try await nextChunk(client).isEmpty)
        }
    }
}
